/// What a decoder knows of the place it is at, and what it has found wrong so far.
struct DecodingContext {
  var path = PipelinePath()
  /// What a sentence calls the place: `Window(seconds:)`.
  var subject = ""
  var expected = ValueType.string
  var unit: String?
  var issues: [PipelineIssue] = []
  /// Stages with a value that could not be read and was reported by whoever tried.
  var unreadable: Set<PipelinePath> = []
  /// Braces from which a stage was left out because its name is unknown and resembles nothing, with the
  /// indices, as written, of those that remain.
  var incompleteBlocks: [PipelinePath: [Int]] = [:]

  /// The nearest name, looked for while there are few enough issues for anyone to read.
  func nearest(to written: String, in names: [String]) -> String? {
    issues.count < Self.suggestionLimit ? nearestName(to: written, in: names) : nil
  }

  private static let suggestionLimit = 100

  mutating func report(_ fact: PipelineIssue.Fact, at path: PipelinePath? = nil) {
    issues.append(PipelineIssue(fact, at: path ?? self.path))
  }

  /// Reports a literal of the wrong type.
  mutating func refuse<Value>(_ literal: Literal) -> Value? {
    if literal == .unreadable {
      unreadable.insert(path.stage)
      return nil
    }
    report(.wrongType(subject: subject, expected: expected, unit: unit, found: literal))
    return nil
  }

  /// Decodes an argument at its own path.
  mutating func decode<Value: LiteralValue>(
    _: Value.Type, _ literal: Literal, for parameter: Parameter, of owner: String, at path: PipelinePath
  ) -> Value? {
    let saved = (self.path, subject, expected, unit)
    defer { (self.path, subject, expected, unit) = saved }
    self.path = path.parameter(parameter.name)
    subject = "\(owner)(\(parameter.label ?? "_"):)"
    expected = parameter.type
    unit = parameter.unit
    return Value.decode(literal, in: &self)
  }
}
