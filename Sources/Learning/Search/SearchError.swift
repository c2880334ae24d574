public import TrainingCompiler

/// Why a search for an update scheme cannot begin or go on.
public enum SearchError: Error, Sendable, Hashable {
  case cancelled
  /// The planner refuses a scheme.
  case compilation(CompilationError)
  /// A name of a tensor is none of the network's.
  case scheme(UpdateSchemeError)
  /// These people are tested at the end and may play no part in a search.
  case testSubjects([String])
  /// The network was pretrained on these people, so they cannot play newcomers.
  case pretrainedSubjects([String])
  case unknownSubjects([String], available: [String])
  case subjectCannotAdapt(String, adapting: Int, testing: Int)
  case noSubjects
  case windowsDoNotFit(LearningError)
  case invalidSetting(name: String, value: String, allowed: String)
  /// Not even the smallest scheme fits the budget.
  case nothingFits(budgetBytes: Int, smallestBytes: Int)
}

extension SearchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cancelled:
      "cancelled; what was measured so far is in the journal, from which the search goes on"
    case .compilation(let error):
      "a scheme cannot be planned: \(error)"
    case .scheme(let error):
      "a scheme does not fit the network: \(error)"
    case .testSubjects(let names):
      "\(Self.list(names)) may not be searched on, because the result is tested on them; name training subjects"
    case .pretrainedSubjects(let names):
      "the network was pretrained on \(Self.list(names)), who can therefore not play new wearers; "
        + "pretrain without them"
    case .unknownSubjects(let names, let available):
      "there are no windows of \(Self.list(names)); there are windows of \(Self.list(available))"
    case .subjectCannotAdapt(let name, let adapting, let testing):
      "'\(name)' has \(adapting) windows to adapt from and \(testing) to test on, and needs one of each; "
        + "leave them out or change the fraction"
    case .noSubjects:
      "a search needs at least one subject to validate on"
    case .windowsDoNotFit(let error):
      error.description
    case .invalidSetting(let name, let value, let allowed):
      "\(name) is \(value), but must be \(allowed)"
    case .nothingFits(let budget, let smallest):
      "no scheme fits \(budget) bytes; the smallest one takes \(smallest)"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.map { "'\($0)'" }.joined(separator: ", ")
  }
}
