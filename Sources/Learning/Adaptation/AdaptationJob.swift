import Dispatch
import Synchronization
import Tensors
import Training
public import TrainingCompiler

/// One adaptation among several that run side by side, each in an arena of its own.
public struct AdaptationJob: Sendable {
  public var adaptation: IntegerAdaptation
  public var adapt: [Int]
  public var test: [Int]

  public init(adaptation: IntegerAdaptation, adapt: [Int], test: [Int]) {
    self.adaptation = adaptation
    self.adapt = adapt
    self.test = test
  }

  /// Runs jobs on several threads; the results stand in the order of the jobs and do not depend on threads.
  ///
  /// - Parameters:
  ///   - keep: Given the result of each job that was not cut short, on the thread that ran it.
  ///   - finished: Called after each job, on that thread too.
  public static func run(
    _ jobs: [AdaptationJob], on windows: QuantizedWindows, threads: Int,
    isCancelled: @Sendable () -> Bool = { false },
    keep: @Sendable (Int, IntegerAdaptation.Result) -> Void = { _, _ in },
    finished: @Sendable () -> Void = {}
  ) -> [IntegerAdaptation.Result] {
    let results = Mutex<[IntegerAdaptation.Result?]>(Array(repeating: nil, count: jobs.count))
    ParallelShards.forEach(jobs.count, threads: threads) { index in
      let job = jobs[index]
      do {
        let result = try job.adaptation.run(
          on: windows, adapt: job.adapt, test: job.test, isCancelled: isCancelled)
        results.withLock { $0[index] = result }
        if !isCancelled() { keep(index, result) }
      } catch {
        preconditionFailure("a plan runs in the arena that it asks for: \(error)")
      }
      finished()
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}

extension QuantizedNetwork {
  /// The class of every window, on several threads with the same result as one.
  public func predictions(
    for windows: QuantizedWindows, threads: Int
  ) throws(CompilationError) -> [Int] {
    let plan = try TrainingPlan.compile(self, scheme: .predictionOnly(self))
    let count = windows.labels.count
    let results = Mutex<[Int]>(Array(repeating: 0, count: count))
    let ranges = ParallelShards.ranges(count: count, shards: max(1, threads))
    ParallelShards.forEach(ranges.count, threads: threads) { index in
      do {
        let session = try TrainingSession(
          plan: plan, learningRate: LearningRate(rate: .zero), seed: 0)
        let found = ranges[index].map { session.predict(windows.window($0)) }
        results.withLock { $0.replaceSubrange(ranges[index], with: found) }
      } catch {
        preconditionFailure("a plan runs in the arena that it asks for: \(error)")
      }
    }
    return results.withLock { $0 }
  }
}

extension Calibration {
  /// A choice of windows that depends on the seed only, in their order.
  public static func choose(_ count: Int, of total: Int, seed: UInt64) -> [Int] {
    Array(
      CounterRandom(seed: seed, purpose: .calibration).permutation(count: total).prefix(max(0, count))
    ).sorted()
  }
}
