import PipelineModel

/// Valid pipelines made at random from the catalogue: some of the project's own with arguments replaced.
struct RandomPipelines {
  private var random: SplitMix
  private let seeds: [Pipeline]

  init(seed: Int, from seeds: [Pipeline]) {
    random = SplitMix(seed: seed)
    self.seeds = seeds
  }

  mutating func next() -> Pipeline {
    let base = seeds[Int.random(in: 0..<seeds.count, using: &random)]
    var pipeline = base
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      let form = changed(pipeline.form(includingDefaults: Bool.random(using: &random)), of: Catalogue.pipeline)
      if let valid = Pipeline.read(form).pipeline { pipeline = valid }
    }
    return pipeline
  }

  /// The form with one argument somewhere in it written, replaced or left out.
  private mutating func changed(_ form: Form, of description: StageDescription) -> Form {
    var form = form
    if var children = form.children, !children.isEmpty, Int.random(in: 0...9, using: &random) > 0 {
      let index = Int.random(in: 0..<children.count, using: &random)
      if let child = description.children?.first(where: { $0.name == children[index].name }) {
        children[index] = changed(children[index], of: child)
      }
      form.children = children
      return form
    }
    let choices = description.parameters
    guard !choices.isEmpty else { return form }
    let parameter = choices[Int.random(in: 0..<choices.count, using: &random)]
    // Arguments are written anew in the order of their parameters.
    var unlabelled = form.arguments.filter { $0.label == nil }.makeIterator()
    form.arguments = choices.compactMap { candidate in
      let written = candidate.label == nil ? unlabelled.next() : form.arguments.first { $0.label == candidate.label }
      guard candidate.name == parameter.name else { return written }
      if !candidate.isRequired && Bool.random(using: &random) { return nil }
      return Argument(candidate.label, literal(for: candidate))
    }
    return form
  }

  private mutating func literal(for parameter: Parameter) -> Literal {
    literal(of: parameter.type, limits: parameter.limits)
  }

  private mutating func literal(of type: ValueType, limits: Limits?) -> Literal {
    switch type {
    case .boolean: return .boolean(Bool.random(using: &random))
    case .integer: return .integer(Int(number(limits)))
    case .number:
      let value = number(limits)
      return value == value.rounded() ? .integer(Int(value)) : .number(value)
    case .string: return .string(string())
    case .array(let element):
      return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in literal(of: element, limits: limits) })
    case .integerOrChoice where Bool.random(using: &random): return .integer(Int(number(limits)))
    case .numberOrChoice where Bool.random(using: &random): return .number(number(limits))
    case .choice(let members), .integerOrChoice(let members), .numberOrChoice(let members):
      let member = members[Int.random(in: 0..<members.count, using: &random)]
      let arguments = member.parameters.compactMap { parameter -> Argument? in
        if !parameter.isRequired && Bool.random(using: &random) { return nil }
        return Argument(parameter.label, literal(for: parameter))
      }
      return .member(member.name, arguments)
    }
  }

  private mutating func number(_ limits: Limits?) -> Double {
    let lower = limits?.lower ?? -1000
    let upper = min(limits?.upper ?? 1000, lower + 1000)
    return Double.random(in: lower...upper, using: &random)
  }

  /// Letters, quotes, escapes, blanks, signs that are invisible and signs that are wide.
  private mutating func string() -> String {
    let alphabet: [Character] = [
      "a", "Z", "7", "_", "-", " ", "/", "*", "\"", "\\", "$", "{", "(", "é", "体", "👟", "\u{200B}",
    ]
    return String(
      (0..<Int.random(in: 1...6, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      })
  }
}
