public import PipelineModel

/// Why a value given on the command line cannot replace one of the pipeline.
public struct OverrideError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Reason: Sendable, Hashable {
    /// Not `stage.argument=value`.
    case malformed
    case unknownStage(name: String, parent: String, nearest: String?, known: [String])
    /// A stage that stands within another.
    case innerStage(name: String, parent: String, path: String)
    /// A stage that exists but does not stand in this pipeline.
    case absentStage(name: String, parent: String)
    case ambiguousStage(name: String, count: Int)
    case indexOutOfRange(name: String, index: Int, count: Int)
    case unknownArgument(stage: String, name: String, nearest: String?, known: [String])
    /// Something follows the name of an argument.
    case argumentHasNoParts(path: String, stage: String, name: String, example: String)
    case missingArgument(stage: String, known: [String])
    /// The value is no value of this language.
    case unreadableValue(message: String, suggestion: String?)
    /// The pipeline would be wrong with it.
    case invalid([PipelineIssue])
  }

  /// As it was given: `train.epochs=3`.
  public let override: String
  public let reason: Reason

  public var description: String { "'\(override)': \(sentence)" }

  private var sentence: String {
    switch reason {
    case .malformed: "an override is written stage.argument=value, such as train.epochs=3"
    case .unknownStage(let name, let parent, let nearest, let known):
      "'\(parent)' has no stage '\(name)'" + Self.hint(nearest, known)
    case .innerStage(let name, let parent, let path): "'\(name)' stands in '\(parent)'; write \(path)"
    case .absentStage(let name, let parent): "the pipeline has no '\(name)' in '\(parent)'; add it to the file"
    case .ambiguousStage(let name, let count):
      "there are \(count) of '\(name)'; write \(name)[0] to \(name)[\(count - 1)]"
    case .indexOutOfRange(let name, let index, let count):
      "there is no \(name)[\(index)]; "
        + (count == 1 ? "the only one is \(name)[0]" : "the last one is \(name)[\(count - 1)]")
    case .unknownArgument(let stage, let name, let nearest, let known):
      "'\(stage)' has no argument '\(name)'" + Self.hint(nearest, known)
    case .argumentHasNoParts(let path, let stage, let name, let example):
      "the argument '\(name)' of '\(stage)' has no parts; write \(path)=\(example)"
    case .missingArgument(let stage, let known):
      known.isEmpty
        ? "'\(stage)' has no arguments" : "which argument of '\(stage)'? It has \(known.joined(separator: ", "))"
    case .unreadableValue(let message, let suggestion): message + (suggestion.map { "; \($0)" } ?? "")
    case .invalid(let issues):
      issues.map { issue in issue.message + (issue.suggestion.map { "; \($0)" } ?? "") }.joined(separator: "\n  ")
    }
  }

  private static func hint(_ nearest: String?, _ known: [String]) -> String {
    if let nearest { return "; did you mean '\(nearest)'?" }
    return known.isEmpty ? "" : "; it has \(known.joined(separator: ", "))"
  }
}
