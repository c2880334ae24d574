public import PipelineModel

extension Pipeline {
  /// The pipeline with one value replaced, checked like the file itself.
  ///
  /// `train.epochs=3` names a stage and an argument, `ingest.window.samples=64` a stage within one,
  /// `ingest.read[1].topic=/imu` the second of several, `model.conv1.channels=16` a layer by the name that
  /// its tensors have, `update=.lastLayer` the only argument without a label, `train.rate=0.01` an argument of the member
  /// that stands in the stage (`optimizer: .sgd(0.003)`), `seed=3` an argument of the pipeline. Values are written as in a file; for strings and members the bare word will do.
  public func applying(override: String) throws(OverrideError) -> Pipeline {
    try applying(overrides: [override])
  }

  /// The same for several, of which only the result has to be right.
  public func applying(overrides: [String]) throws(OverrideError) -> Pipeline {
    var form = form()
    var last = ""
    for override in overrides {
      form = try OverridePath(override).replacing(in: form)
      // A value of the wrong type is told at once, with the override that brought it.
      let issues = Pipeline.read(form).issues.filter(\.concernsWriting)
      if !issues.isEmpty { throw OverrideError(override: override, reason: .invalid(issues)) }
      last = override
    }
    let (pipeline, issues) = Pipeline.read(form)
    guard let pipeline else { throw OverrideError(override: last, reason: .invalid(issues)) }
    return pipeline
  }
}

/// An override taken apart: where and what.
struct OverridePath {
  private let override: String
  private let components: [Component]
  private let value: String

  private struct Component {
    var name: String
    var index: Int?
  }

  init(_ override: String) throws(OverrideError) {
    self.override = override
    let sides = override.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard sides.count == 2, sides[0].utf8.count <= 256 else {
      throw OverrideError(override: override, reason: .malformed)
    }
    var components: [Component] = []
    for part in sides[0].split(separator: ".", omittingEmptySubsequences: false) {
      guard let component = Self.component(part) else { throw OverrideError(override: override, reason: .malformed) }
      components.append(component)
    }
    self.components = components
    value = String(sides[1])
  }

  /// `read` or `read[1]`.
  private static func component(_ text: Substring) -> Component? {
    let name = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard !name.isEmpty else { return nil }
    let rest = text.dropFirst(name.count)
    if rest.isEmpty { return Component(name: String(name)) }
    guard rest.first == "[", rest.last == "]", let index = Int(rest.dropFirst().dropLast()), index >= 0 else {
      return nil
    }
    return Component(name: String(name), index: index)
  }

  func replacing(in form: Form) throws(OverrideError) -> Form {
    try replacing(in: form, of: Catalogue.pipeline, components: components[...])
  }

  private func replacing(
    in form: Form, of description: StageDescription, components: ArraySlice<Component>
  ) throws(OverrideError) -> Form {
    guard let component = components.first else {
      let positional = description.parameters.filter { $0.label == nil }
      guard positional.count == 1 else {
        throw fail(.missingArgument(stage: description.name, known: description.parameters.map(\.name)))
      }
      return try setting(positional[0], in: form, of: description)
    }
    let isLast = components.count == 1 && component.index == nil
    if isLast, let parameter = description.parameters.first(where: { $0.name == component.name }) {
      return try setting(parameter, in: form, of: description)
    }
    if isLast, let member = MemberArgument(named: component.name, among: Self.values(of: form, description)),
      description.children?.contains(where: { $0.key == component.name }) != true
    {
      return setting(
        member.owner, in: form, of: description, to: member.replaced(by: try literal(for: member.parameter)))
    }
    guard let children = description.children else {
      if let parameter = description.parameters.first(where: { $0.name == component.name }) {
        let path = override.prefix { $0 != "=" }.split(separator: ".").dropLast(components.count - 1)
        throw fail(
          .argumentHasNoParts(
            path: path.joined(separator: "."), stage: description.name, name: parameter.name,
            example: parameter.placeholder))
      }
      throw unknown(component.name, in: description)
    }
    let (index, child) = try find(component, in: form, of: description, among: children)
    var result = form
    result.children?[index] = try replacing(
      in: form.children?[index] ?? Form(child.name), of: child, components: components.dropFirst())
    return result
  }

  private func find(
    _ component: Component, in form: Form, of description: StageDescription, among children: [StageDescription]
  ) throws(OverrideError) -> (index: Int, child: StageDescription) {
    let stages = form.children ?? []
    if component.index == nil, let index = Self.layerNames(of: form).firstIndex(of: component.name),
      let child = children.first(where: { $0.name == stages[index].name })
    {
      return (index, child)
    }
    guard let child = children.first(where: { $0.key == component.name || $0.name == component.name }) else {
      throw unknown(component.name, in: description)
    }
    let found = stages.indices.filter { stages[$0].name == child.name }
    guard !found.isEmpty else { throw fail(.absentStage(name: child.name, parent: description.name)) }
    guard let index = component.index else {
      if found.count > 1 { throw fail(.ambiguousStage(name: component.name, count: found.count)) }
      return (found[0], child)
    }
    guard found.indices.contains(index) else {
      throw fail(.indexOutOfRange(name: component.name, index: index, count: found.count))
    }
    return (found[index], child)
  }

  /// The names of the layers if the form is a model.
  private static func layerNames(of form: Form) -> [String] {
    form.name == "Model" ? Model.layerNames(ofStages: (form.children ?? []).map(\.name)) : []
  }

  private func setting(
    _ parameter: Parameter, in form: Form, of description: StageDescription
  ) throws(OverrideError) -> Form {
    try setting(parameter, in: form, of: description, to: literal(for: parameter))
  }

  private func literal(for parameter: Parameter) throws(OverrideError) -> Literal {
    do throws(OverrideValue.Unreadable) {
      return try OverrideValue.literal(value, for: parameter)
    } catch {
      throw fail(.unreadableValue(message: error.message, suggestion: error.suggestion))
    }
  }

  /// What every parameter of a stage holds.
  private static func values(of form: Form, _ description: StageDescription) -> [(parameter: Parameter, value: Literal)]
  {
    var unlabelled = form.arguments.filter { $0.label == nil }[...]
    return description.parameters.compactMap { parameter in
      let argument =
        parameter.label == nil ? unlabelled.popFirst() : form.arguments.first { $0.label == parameter.label }
      return (argument?.value ?? parameter.defaultValue).map { (parameter, $0) }
    }
  }

  private func setting(
    _ parameter: Parameter, in form: Form, of description: StageDescription, to literal: Literal
  ) -> Form {
    var result = form
    let position = description.parameters.firstIndex { $0.name == parameter.name } ?? 0
    // The place that keeps arguments in the order of their parameters.
    var insertion = 0
    var unlabelled = 0
    for (index, argument) in form.arguments.enumerated() {
      let filled = description.parameters.firstIndex { candidate in
        guard argument.label == nil else { return candidate.label == argument.label }
        let positional = description.parameters.filter { $0.label == nil }
        return positional.indices.contains(unlabelled) && positional[unlabelled].name == candidate.name
      }
      if argument.label == nil { unlabelled += 1 }
      if filled == position {
        result.arguments[index].value = literal
        return result
      }
      if let filled, filled < position { insertion = index + 1 }
    }
    result.arguments.insert(Argument(parameter.label, literal), at: insertion)
    return result
  }

  private func unknown(_ name: String, in description: StageDescription) -> OverrideError {
    let stages = (description.children ?? []).map(\.key)
    let arguments = description.parameters.map(\.name)
    let nearest = nearestName(to: name, in: stages + arguments)
    if description.name == Catalogue.pipeline.name,
      let parent = (description.children ?? []).first(where: { child in
        (child.children ?? []).contains { $0.key == name || $0.name == name }
      })
    {
      return fail(.innerStage(name: name, parent: parent.name, path: "\(parent.key).\(override)"))
    }
    if stages.isEmpty {
      return fail(.unknownArgument(stage: description.name, name: name, nearest: nearest, known: arguments))
    }
    return fail(.unknownStage(name: name, parent: description.name, nearest: nearest, known: stages + arguments))
  }

  private func fail(_ reason: OverrideError.Reason) -> OverrideError {
    OverrideError(override: override, reason: reason)
  }
}
