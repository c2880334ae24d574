/// Mean and spread of a few numbers, such as one accuracy a seed or a subject.
public struct Summary: Sendable, Hashable {
  public let count: Int
  public let mean: Double
  /// With n − 1 in the denominator; 0 for a single number.
  public let standardDeviation: Double

  public init(_ values: [Double]) {
    count = values.count
    mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    let centre = mean
    let squares = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
    standardDeviation = values.count < 2 ? 0 : (squares / Double(values.count - 1)).squareRoot()
  }

  /// Standard deviation with n in the denominator: the spread of exactly these numbers.
  public var populationDeviation: Double {
    count == 0 ? 0 : standardDeviation * (Double(max(count - 1, 0)) / Double(count)).squareRoot()
  }

  /// Of the mean; 0 for a single number.
  public var standardError: Double { count == 0 ? 0 : standardDeviation / Double(count).squareRoot() }

  /// The difference of two treatments over subjects that had both: mean and standard error of
  /// `treatment[s] − baseline[s]`.
  ///
  /// Subjects differ far more than treatments do, so only the difference within a subject tells them
  /// apart.
  /// - Precondition: One number a subject in both, in the same order.
  public static func pairedDifference(of treatment: [Double], from baseline: [Double]) -> Summary {
    precondition(treatment.count == baseline.count, "every subject has both numbers")
    return Summary(zip(treatment, baseline).map { $0 - $1 })
  }

  /// As above for several runs (seeds): `[run][subject]`. Each subject is averaged over its runs first,
  /// because runs of one subject are not independent.
  /// - Precondition: All runs have the same subjects in the same order.
  public static func pairedDifference(ofRuns treatment: [[Double]], from baseline: [[Double]]) -> Summary {
    precondition(treatment.count == baseline.count, "every run has both treatments")
    return pairedDifference(of: subjectMeans(treatment), from: subjectMeans(baseline))
  }

  private static func subjectMeans(_ runs: [[Double]]) -> [Double] {
    guard let first = runs.first else { return [] }
    precondition(runs.allSatisfy { $0.count == first.count }, "all runs have the same subjects")
    return first.indices.map { subject in runs.reduce(0) { $0 + $1[subject] } / Double(runs.count) }
  }
}
