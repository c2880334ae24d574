public import TrainingCompiler

/// How a scheme is tried out: what gives the accuracy of one subject with one seed.
///
/// A `Deployment` gives one that really adapts. Any other function does as well, such as one whose best scheme
/// is known.
public struct SchemeTrial: Sendable {
  /// The accuracy of a subject, 0...1, after an adaptation; the value is not used once it is cancelled.
  public typealias Run =
    @Sendable (_ subject: Int, _ seed: UInt64, _ isCancelled: @Sendable () -> Bool) -> Double

  public let subjects: [String]
  /// Every subject adapts once with each.
  public let seeds: [UInt64]
  /// How long a subject takes in relation to others; long ones are begun first.
  public let costs: [Int]
  /// What a result depends on besides the scheme, as a digest: results of another are not mixed with these.
  public let fingerprint: String
  /// Makes a scheme ready once for all its subjects and seeds.
  public let prepare: @Sendable (UpdateScheme) throws(CompilationError) -> Run

  public init(
    subjects: [String], seeds: [UInt64] = [0], costs: [Int]? = nil, fingerprint: String,
    prepare: @escaping @Sendable (UpdateScheme) throws(CompilationError) -> Run
  ) {
    precondition(!subjects.isEmpty && !seeds.isEmpty, "a trial has subjects and seeds")
    precondition(costs.map { $0.count == subjects.count } ?? true, "every subject has its cost")
    self.subjects = subjects
    self.seeds = seeds
    self.costs = costs ?? subjects.map { _ in 1 }
    self.fingerprint = fingerprint
    self.prepare = prepare
  }
}
