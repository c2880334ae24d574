/// A part of a run whose result can be kept.
public enum RunStage: String, Codable, Sendable, Hashable, CaseIterable {
  /// Recordings become windows, as recorded.
  case ingest
  /// The float32 network.
  case pretrain
  /// The ranges of its activations, from which the int8 network follows.
  case quantize
  /// How well both do on the held-out subjects.
  case evaluate
  /// What training updates.
  case search
  /// Each held-out subject's adaptation, a result for each.
  case train

  /// Raised whenever the stage's results change for the same pipeline and recordings, so that older ones are not taken
  /// for new ones. A test holds the results of each.
  var method: Int {
    switch self {
    case .ingest: 2
    case .pretrain: 1
    case .quantize: 1
    case .evaluate: 1
    case .search: 2
    case .train: 3
    }
  }
}
