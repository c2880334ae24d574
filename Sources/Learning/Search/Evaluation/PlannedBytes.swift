import Synchronization
public import TrainingCompiler

/// The arena bytes of schemes as the planner plans them, each planned once at each effort.
///
/// A quick plan bounds what a scheme needs from both sides. Only where a budget lies between these bounds, and for
/// what is reported, is a scheme planned as thoroughly as the plan that is kept.
public final class PlannedBytes: Sendable {
  /// What a plan needs.
  public struct Footprint: Sendable, Hashable, Codable {
    public var arenaBytes: Int
    /// No plan of the scheme needs less, nor any plan of a scheme that updates more.
    public var lowerBoundBytes: Int

    public init(arenaBytes: Int, lowerBoundBytes: Int) {
      self.arenaBytes = arenaBytes
      self.lowerBoundBytes = lowerBoundBytes
    }
  }

  public typealias Planner = @Sendable (UpdateScheme) throws(CompilationError) -> Footprint

  private let threads: Int
  private let isCancelled: @Sendable () -> Bool
  private let quick: Plans
  private let thorough: Plans

  /// - Parameters:
  ///   - plan: As thorough as the plan that is kept.
  ///   - quickPlan: Never of fewer bytes; the same if absent.
  public init(
    threads: Int, isCancelled: @escaping @Sendable () -> Bool = { false }, quickPlan: Planner? = nil,
    plan: @escaping Planner
  ) {
    precondition(threads >= 1, "something has to do the work")
    self.threads = threads
    self.isCancelled = isCancelled
    thorough = Plans(plan)
    quick = quickPlan.map(Plans.init) ?? thorough
  }

  /// Asks the planner of training steps.
  public convenience init(
    network: QuantizedNetwork, options: TrainingOptions, threads: Int,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    func planner(_ effort: Placement.Effort) -> Planner {
      { scheme throws(CompilationError) in
        let plan = try TrainingPlan.compile(network, scheme: scheme, options: options, effort: effort)
        return Footprint(arenaBytes: plan.arenaBytes, lowerBoundBytes: plan.lowerBoundBytes)
      }
    }
    self.init(
      threads: threads, isCancelled: isCancelled, quickPlan: planner(.quick), plan: planner(.thorough))
  }

  /// Plans made so far, at either effort.
  public var planCount: Int { quick === thorough ? quick.count : quick.count + thorough.count }

  public func footprint(of scheme: UpdateScheme) throws(SearchError) -> Footprint {
    try footprints(of: [scheme])[0]
  }

  /// The footprints of schemes in their order; those not yet known are planned on all threads.
  public func footprints(of schemes: [UpdateScheme]) throws(SearchError) -> [Footprint] {
    try footprints(of: schemes, from: thorough)
  }

  /// As above from quick plans: the arena is an upper bound of what a thorough plan needs.
  public func bounds(of schemes: [UpdateScheme]) throws(SearchError) -> [Footprint] {
    try footprints(of: schemes, from: quick)
  }

  /// For each scheme that fits a budget the bytes of a plan that does; nil for the others.
  public func bytes(of schemes: [UpdateScheme], within budgetBytes: Int) throws(SearchError) -> [Int?] {
    let bounds = try bounds(of: schemes)
    let open = schemes.indices.filter {
      bounds[$0].arenaBytes > budgetBytes && bounds[$0].lowerBoundBytes <= budgetBytes
    }
    var found = bounds.map { $0.arenaBytes <= budgetBytes ? $0.arenaBytes : nil }
    for (index, footprint) in zip(open, try footprints(of: open.map { schemes[$0] })) {
      found[index] = footprint.arenaBytes <= budgetBytes ? footprint.arenaBytes : nil
    }
    return found
  }

  private func footprints(of schemes: [UpdateScheme], from plans: Plans) throws(SearchError) -> [Footprint] {
    let missing = plans.missing(schemes)
    ParallelShards.forEach(missing.count, threads: threads) { index in
      guard !isCancelled() else { return }
      plans.make(missing[index])
    }
    if isCancelled() { throw .cancelled }
    var footprints: [Footprint] = []
    for result in plans.known(schemes) {
      switch result {
      case .success(let footprint): footprints.append(footprint)
      case .failure(let error): throw .compilation(error)
      case nil: throw .cancelled
      }
    }
    return footprints
  }
}

/// The plans of one effort.
private final class Plans: Sendable {
  private typealias Outcome = Result<PlannedBytes.Footprint, CompilationError>
  private let plan: PlannedBytes.Planner
  private let made = Mutex<[[UpdateScheme.Update]: Outcome]>([:])

  init(_ plan: @escaping PlannedBytes.Planner) { self.plan = plan }

  var count: Int { made.withLock { $0.count } }

  /// Those not yet planned, each once.
  func missing(_ schemes: [UpdateScheme]) -> [UpdateScheme] {
    made.withLock { made in
      var seen: Set<[UpdateScheme.Update]> = []
      return schemes.filter { made[$0.updates] == nil && seen.insert($0.updates).inserted }
    }
  }

  func make(_ scheme: UpdateScheme) {
    let outcome: Outcome
    do throws(CompilationError) {
      outcome = .success(try plan(scheme))
    } catch {
      outcome = .failure(error)
    }
    made.withLock { $0[scheme.updates] = outcome }
  }

  func known(_ schemes: [UpdateScheme]) -> [Result<PlannedBytes.Footprint, CompilationError>?] {
    made.withLock { made in schemes.map { made[$0.updates] } }
  }
}
