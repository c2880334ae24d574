/// How much of what adaptation brings is chance: the same adaptation with several seeds.
public struct SeedMetrics: Codable, Sendable, Hashable {
  /// Of the accuracies after adaptation, shares of 1.
  public var accuracyMean: Double
  /// The sample standard deviation, of n - 1.
  public var accuracyDeviation: Double
  public var macroF1Mean: Double
  public var macroF1Deviation: Double
  /// In the order of the seeds; the first gave the model and all other figures.
  public var runs: [SeedScore]

  /// - Precondition: There are at least two.
  public init(_ runs: [SeedScore]) {
    precondition(runs.count >= 2, "one seed tells nothing of chance")
    self.runs = runs
    (accuracyMean, accuracyDeviation) = Self.spread(runs.map(\.accuracyAfter))
    (macroF1Mean, macroF1Deviation) = Self.spread(runs.map(\.macroF1After))
  }

  private static func spread(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / (count - 1)).squareRoot())
  }
}

/// What one seed's adaptation brought, all subjects together.
public struct SeedScore: Codable, Sendable, Hashable {
  public var seed: UInt64
  public var accuracyAfter: Double
  public var macroF1After: Double

  public init(seed: UInt64, _ score: Score) {
    self.seed = seed
    accuracyAfter = score.accuracy
    macroF1After = score.macroF1
  }
}

extension SeedMetrics {
  /// `94.2 ± 0.6 %`.
  var accuracy: String { Self.text(accuracyMean, accuracyDeviation) }
  var macroF1: String { Self.text(macroF1Mean, macroF1Deviation) }

  private static func text(_ mean: Double, _ deviation: Double) -> String {
    "\(Figures.decimal(mean * 100, places: 1)) ± \(Figures.decimal(deviation * 100, places: 1)) %"
  }
}
