/// The accuracies of a scheme on a deployment, as a journal keeps them.
public struct SchemeEvaluation: Codable, Sendable, Hashable {
  /// What is updated, as `UpdateScheme.tensorNames(in:)` says it.
  public var tensors: [String]
  /// 0...1, `[seed][subject]`.
  public var accuracies: [[Double]]
  /// Of the trial that measured it.
  public var fingerprint: String

  public init(tensors: [String], accuracies: [[Double]], fingerprint: String) {
    self.tensors = tensors
    self.accuracies = accuracies
    self.fingerprint = fingerprint
  }

  /// One a subject, over the seeds.
  public var subjectMeans: [Double] {
    guard let first = accuracies.first else { return [] }
    return first.indices.map { subject in accuracies.reduce(0) { $0 + $1[subject] } / Double(accuracies.count) }
  }

  /// Over the subjects, each of them counting alike.
  public var accuracy: Double { Summary(subjectMeans).mean }

  /// The paired difference from another scheme over the subjects.
  public func difference(from other: SchemeEvaluation) -> Summary {
    Summary.pairedDifference(ofRuns: accuracies, from: other.accuracies)
  }
}
