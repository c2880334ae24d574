/// Collects the mistakes of a pipeline whose stages could be made.
struct Validation {
  private(set) var issues: [PipelineIssue] = []
  /// Stages of which something could not be read: what stands in them now is a default that nobody wrote.
  let unsound: Set<PipelinePath>
  /// Braces of which a stage could not be recognised, by path in the pipeline as it was made.
  let incompleteBlocks: Set<PipelinePath>

  init(unsound: Set<PipelinePath> = [], incompleteBlocks: Set<PipelinePath> = []) {
    self.unsound = unsound
    self.incompleteBlocks = incompleteBlocks
  }

  /// Reports a mistake, unless its stage is one that could not be read.
  mutating func report(_ fact: PipelineIssue.Fact, at path: PipelinePath, related: PipelinePath? = nil) {
    if !unsound.contains(path.stage) { issues.append(PipelineIssue(fact, at: path, related: related)) }
  }

  /// Reports a stage that is missing, doubled or misplaced: that holds whatever its arguments are.
  mutating func reportStructure(_ fact: PipelineIssue.Fact, at path: PipelinePath, related: PipelinePath? = nil) {
    issues.append(PipelineIssue(fact, at: path, related: related))
  }

  /// Whether a stage and all in its braces could be read.
  func isSound(_ path: PipelinePath) -> Bool {
    !unsound.contains { $0.steps.starts(with: path.steps) }
      && !incompleteBlocks.contains { $0.steps.starts(with: path.steps) }
  }

  /// Reports numbers outside of the limits of their parameter, in arrays and in members too.
  mutating func checkLimits(
    of literal: Literal, for parameter: Parameter, owner: String, at stage: PipelinePath
  ) {
    check(
      literal, type: parameter.type, limits: parameter.limits, unit: parameter.unit,
      subject: "\(owner)(\(parameter.label ?? "_"):)", at: stage.parameter(parameter.name))
  }

  private mutating func check(
    _ literal: Literal, type: ValueType, limits: Limits?, unit: String?, subject: String, at path: PipelinePath
  ) {
    switch literal {
    case .integer(let value):
      guard let limits, !limits.contains(Double(value)) else { return }
      let isInteger = type != .number
      report(
        .outOfRange(subject: subject, value: literal, isInteger: isInteger, limits: limits, unit: unit), at: path)
    case .number(let value):
      // Without limits of its own a number still has to be one.
      let limits = limits ?? .within(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
      guard !limits.contains(value) else { return }
      report(
        .outOfRange(subject: subject, value: literal, isInteger: false, limits: limits, unit: unit), at: path)
    case .array(let elements):
      guard case .array(let elementType) = type else { return }
      for (index, element) in elements.enumerated() {
        check(
          element, type: elementType, limits: limits, unit: unit, subject: subject, at: path.element(index))
      }
    case .member(let name, let arguments):
      guard let member = type.members.first(where: { $0.name == name }) else { return }
      checkLimits(of: arguments, of: member, at: path)
    case .nothing, .boolean, .string, .unreadable:
      return
    }
  }

  private mutating func checkLimits(of arguments: [Argument], of member: MemberDescription, at path: PipelinePath) {
    for (index, parameter) in member.parameters.enumerated() {
      // Values write their arguments in the order of the parameters and leave out defaults.
      let written =
        parameter.label.map { label in arguments.first { $0.label == label } }
        ?? arguments.filter { $0.label == nil }.dropFirst(
          member.parameters[..<index].count { $0.label == nil }
        ).first
      guard let written else { continue }
      check(
        written.value, type: parameter.type, limits: parameter.limits, unit: parameter.unit,
        subject: ".\(member.name)(\(parameter.label ?? "_"):)", at: path.parameter(parameter.name))
    }
  }
}
