/// A stage that the catalogue describes.
protocol PipelineNode: Sendable, Hashable {
  static var schema: NodeSchema<Self> { get }
  /// Reports what is wrong with this stage on its own, beyond the limits of its arguments.
  func check(in validation: inout Validation, at path: PipelinePath)
}

extension PipelineNode {
  func check(in validation: inout Validation, at path: PipelinePath) {}
}

/// An alternative of stages: what may stand in one pair of braces.
protocol NodeChoice: Sendable, Hashable {
  static var kinds: [NodeKind<Self>] { get }
  /// The stage of a program's own that this is; it is none of the kinds.
  var own: OwnStage? { get }
}

extension NodeChoice {
  var own: OwnStage? { nil }
}

/// How one stage is described, made from a form and written as one.
struct NodeSchema<Node: PipelineNode>: Sendable {
  let description: StageDescription
  /// Every argument at its default; where there is none, at a value that nobody sees.
  let blank: Node
  let fields: [Field<Node>]
  let block: Block<Node>?

  init(
    _ name: String, blank: Node, takes: [Material] = [], gives: [Material] = [], phase: Int = 0,
    isRepeatable: Bool = false, example: String? = nil, _ summary: String, fields: [Field<Node>] = [],
    block: Block<Node>? = nil
  ) {
    self.blank = blank
    self.fields = fields.map { field in
      var field = field
      if !field.mustBeWritten { field.parameter.defaultValue = field.read(blank) }
      return field
    }
    self.block = block
    description = StageDescription(
      name: name, summary: summary, takes: takes, gives: gives, phase: phase, isRepeatable: isRepeatable,
      parameters: self.fields.map(\.parameter), children: block?.children,
      requiredChildren: block?.requiredChildren ?? [],
      example: example ?? (block == nil ? "\(name)()" : "\(name) { … }"))
  }

  /// Reads a form whose name has been recognised. Arguments that will not do stay at their default.
  func decode(_ form: Form, in context: inout DecodingContext, at path: PipelinePath) -> Node {
    var node = blank
    let parameters = description.parameters
    let literals = context.match(form.arguments, to: parameters, of: description.name, at: path)
    for (field, literal) in zip(fields, literals) {
      if let literal { field.write(&node, literal, description.name, path, &context) }
    }
    switch (block, form.children) {
    case (let block?, let children?): block.write(&node, children, description.name, path, &context)
    case (let block?, nil) where block.isOptional: break
    case (_?, nil):
      context.report(.missingBraces(stage: description), at: path)
      context.incompleteBlocks[path] = []
    case (nil, _?): context.report(.needlessBraces(stage: description), at: path)
    case (nil, nil): break
    }
    return node
  }

  func encode(_ node: Node, includingDefaults: Bool) -> Form {
    let arguments = fields.compactMap { field -> Argument? in
      let literal = field.read(node)
      if literal == .nothing || (!includingDefaults && literal == field.parameter.defaultValue) { return nil }
      return Argument(field.parameter.label, literal)
    }
    return Form(description.name, arguments, children: block.flatMap { $0.read(node, includingDefaults) })
  }

  /// Reports values out of range, what the stage itself objects to, and the same for its children.
  func validate(_ node: Node, in validation: inout Validation, at path: PipelinePath) {
    for field in fields {
      validation.checkLimits(of: field.read(node), for: field.parameter, owner: description.name, at: path)
    }
    node.check(in: &validation, at: path)
    block?.validate(node, description, path, &validation)
  }
}

/// One argument of a stage.
struct Field<Node: Sendable>: Sendable {
  var parameter: Parameter
  let mustBeWritten: Bool
  let read: @Sendable (Node) -> Literal
  let write: @Sendable (inout Node, Literal, String, PipelinePath, inout DecodingContext) -> Void

  /// An argument that takes the default of the blank stage when it is left out.
  static func optional<Value: LiteralValue>(
    _ name: String, _ keyPath: any WritableKeyPath<Node, Value> & Sendable, labelled: Bool = true,
    unit: String? = nil, limits: Limits? = nil, _ summary: String
  ) -> Field {
    Field(name, keyPath, labelled: labelled, required: false, unit: unit, limits: limits, summary)
  }

  /// An argument that must be written.
  static func required<Value: LiteralValue>(
    _ name: String, _ keyPath: any WritableKeyPath<Node, Value> & Sendable, labelled: Bool = true,
    unit: String? = nil, limits: Limits? = nil, _ summary: String
  ) -> Field {
    Field(name, keyPath, labelled: labelled, required: true, unit: unit, limits: limits, summary)
  }

  private init<Value: LiteralValue>(
    _ name: String, _ keyPath: any WritableKeyPath<Node, Value> & Sendable, labelled: Bool, required: Bool,
    unit: String?, limits: Limits?, _ summary: String
  ) {
    let parameter = Parameter.make(
      name, Value.self, labelled: labelled, unit: unit, limits: limits, summary)
    self.parameter = parameter
    mustBeWritten = required
    read = { $0[keyPath: keyPath].literal }
    write = { node, literal, owner, path, context in
      if let value = context.decode(Value.self, literal, for: parameter, of: owner, at: path) {
        node[keyPath: keyPath] = value
      }
    }
  }
}

/// The braces of a stage.
struct Block<Node: Sendable>: Sendable {
  let children: [StageDescription]
  let requiredChildren: [String]
  /// Whether the stage may stand without braces.
  let isOptional: Bool
  /// Nil where no braces stand.
  let read: @Sendable (Node, _ includingDefaults: Bool) -> [Form]?
  let write: @Sendable (inout Node, [Form], String, PipelinePath, inout DecodingContext) -> Void

  let validate: @Sendable (Node, StageDescription, PipelinePath, inout Validation) -> Void

  init<Choice: NodeChoice>(
    _ keyPath: any WritableKeyPath<Node, [Choice]> & Sendable, requires requiredChildren: [String] = []
  ) {
    children = Choice.kinds.map(\.description)
    self.requiredChildren = requiredChildren
    isOptional = false
    validate = { node, owner, path, validation in
      Self.validate(node[keyPath: keyPath], of: owner, at: path, in: &validation)
    }
    read = { node, includingDefaults in
      node[keyPath: keyPath].map { $0.form(includingDefaults: includingDefaults) }
    }
    write = { node, forms, owner, path, context in
      node[keyPath: keyPath] = Choice.decode(forms, in: &context, of: owner, at: path)
    }
  }

  /// Braces that may be left out; they are `nil` then, and never empty where they stand.
  init<Choice: NodeChoice>(optional keyPath: any WritableKeyPath<Node, [Choice]?> & Sendable) {
    children = Choice.kinds.map(\.description)
    requiredChildren = []
    isOptional = true
    validate = { node, owner, path, validation in
      guard let choices = node[keyPath: keyPath] else { return }
      Self.validate(choices, of: owner, at: path, in: &validation)
    }
    read = { node, includingDefaults in
      node[keyPath: keyPath]?.map { $0.form(includingDefaults: includingDefaults) }
    }
    write = { node, forms, owner, path, context in
      node[keyPath: keyPath] = Choice.decode(forms, in: &context, of: owner, at: path)
    }
  }

  private static func validate<Choice: NodeChoice>(
    _ choices: [Choice], of owner: StageDescription, at path: PipelinePath, in validation: inout Validation
  ) {
    validation.checkStructure(choices.map(\.description), of: owner, at: path)
    for (index, choice) in choices.enumerated() {
      choice.validate(in: &validation, at: path.child(index))
    }
  }
}
