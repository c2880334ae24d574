/// One alternative of a choice of stages, with the type of the stage erased.
struct NodeKind<Choice: Sendable>: Sendable {
  let description: StageDescription
  let decode: @Sendable (Form, inout DecodingContext, PipelinePath) -> Choice
  let encode: @Sendable (Choice, _ includingDefaults: Bool) -> Form?
  /// Whether the value is of this kind; if so, its mistakes have been reported.
  let validate: @Sendable (Choice, inout Validation, PipelinePath) -> Bool

  init<Node: PipelineNode>(
    wrap: @escaping @Sendable (Node) -> Choice, unwrap: @escaping @Sendable (Choice) -> Node?
  ) {
    let schema = Node.schema
    description = schema.description
    decode = { form, context, path in wrap(schema.decode(form, in: &context, at: path)) }
    encode = { choice, includingDefaults in
      unwrap(choice).map { schema.encode($0, includingDefaults: includingDefaults) }
    }
    validate = { choice, validation, path in
      guard let node = unwrap(choice) else { return false }
      schema.validate(node, in: &validation, at: path)
      return true
    }
  }
}

extension NodeChoice {
  /// The description of the stage that this is.
  var description: StageDescription {
    if let own { return own.description }
    let name = form(includingDefaults: false).name
    guard let kind = Self.kinds.first(where: { $0.description.name == name }) else {
      preconditionFailure("every stage is one of the kinds of its choice")
    }
    return kind.description
  }

  func validate(in validation: inout Validation, at path: PipelinePath) {
    if let own { return own.validate(in: &validation, at: path) }
    for kind in Self.kinds where kind.validate(self, &validation, path) { return }
  }

  func form(includingDefaults: Bool) -> Form {
    if let own { return own.form }
    for kind in Self.kinds {
      if let form = kind.encode(self, includingDefaults) { return form }
    }
    preconditionFailure("every stage is one of the kinds of its choice")
  }

  /// Reads what stands in braces. A name that resembles a known one counts as that one.
  static func decode(
    _ forms: [Form], in context: inout DecodingContext, of owner: String, at path: PipelinePath
  ) -> [Self] {
    let kinds = Self.kinds
    var choices: [Self] = []
    var kept: [Int] = []
    for (index, form) in forms.enumerated() {
      let here = path.child(index)
      if let kind = kinds.first(where: { $0.description.name == form.name }) {
        choices.append(kind.decode(form, &context, here))
        kept.append(index)
        continue
      }
      let names = kinds.map(\.description.name)
      let nearest = context.nearest(to: form.name, in: names)
      context.report(
        .unknownStage(owner: owner, name: form.name, nearest: nearest, home: home(of: form.name), known: names),
        at: here)
      if let kind = kinds.first(where: { $0.description.name == nearest }) {
        choices.append(kind.decode(form, &context, here))
        kept.append(index)
      }
    }
    if kept.count < forms.count { context.incompleteBlocks[path] = kept }
    return choices
  }

  /// Where a stage of this name may stand, if it is a known one in the wrong braces.
  private static func home(of name: String) -> String? {
    func search(_ description: StageDescription) -> String? {
      for child in description.children ?? [] {
        if child.name == name { return description.name }
        if let found = search(child) { return found }
      }
      return nil
    }
    return search(Catalogue.pipeline)
  }
}
