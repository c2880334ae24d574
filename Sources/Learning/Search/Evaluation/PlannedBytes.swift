import Synchronization
public import TrainingCompiler

/// The arena bytes of schemes as the planner plans them, each planned once.
public final class PlannedBytes: Sendable {
  /// What a plan needs.
  public struct Footprint: Sendable, Hashable, Codable {
    public var arenaBytes: Int
    /// The largest sum of bytes alive at once; it never falls when more is updated.
    public var lowerBoundBytes: Int

    public init(arenaBytes: Int, lowerBoundBytes: Int) {
      self.arenaBytes = arenaBytes
      self.lowerBoundBytes = lowerBoundBytes
    }
  }

  public typealias Planner = @Sendable (UpdateScheme) throws(CompilationError) -> Footprint

  private let plan: Planner
  private let threads: Int
  private let isCancelled: @Sendable () -> Bool
  private let known = Mutex<[[UpdateScheme.Update]: Result<Footprint, CompilationError>]>([:])

  public init(
    threads: Int, isCancelled: @escaping @Sendable () -> Bool = { false }, plan: @escaping Planner
  ) {
    precondition(threads >= 1, "something has to do the work")
    self.threads = threads
    self.isCancelled = isCancelled
    self.plan = plan
  }

  /// Asks the planner of training steps.
  public convenience init(
    network: QuantizedNetwork, options: TrainingOptions, threads: Int,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.init(threads: threads, isCancelled: isCancelled) { scheme throws(CompilationError) in
      let plan = try TrainingPlan.compile(network, scheme: scheme, options: options)
      return Footprint(arenaBytes: plan.arenaBytes, lowerBoundBytes: plan.lowerBoundBytes)
    }
  }

  /// Schemes planned so far.
  public var planCount: Int { known.withLock { $0.count } }

  public func footprint(of scheme: UpdateScheme) throws(SearchError) -> Footprint {
    try footprints(of: [scheme])[0]
  }

  /// The footprints of schemes in their order; those not yet known are planned on all threads.
  public func footprints(of schemes: [UpdateScheme]) throws(SearchError) -> [Footprint] {
    let missing = known.withLock { known in
      var seen: Set<[UpdateScheme.Update]> = []
      return schemes.filter { known[$0.updates] == nil && seen.insert($0.updates).inserted }
    }
    ParallelShards.forEach(missing.count, threads: threads) { index in
      guard !isCancelled() else { return }
      let result: Result<Footprint, CompilationError>
      do throws(CompilationError) {
        result = .success(try plan(missing[index]))
      } catch {
        result = .failure(error)
      }
      known.withLock { $0[missing[index].updates] = result }
    }
    if isCancelled() { throw .cancelled }
    var footprints: [Footprint] = []
    for result in known.withLock({ known in schemes.map { known[$0.updates] } }) {
      switch result {
      case .success(let footprint): footprints.append(footprint)
      case .failure(let error): throw .compilation(error)
      case nil: throw .cancelled
      }
    }
    return footprints
  }
}
