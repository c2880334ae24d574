import Synchronization
public import TrainingCompiler

/// Measures schemes by a trial, each of them once, on all threads.
///
/// The result does not depend on the number of threads, nor on which schemes were measured before.
public final class SchemeEvaluator: Sendable {
  public let network: QuantizedNetwork
  public let trial: SchemeTrial
  public let threads: Int
  let observer: SearchObserver
  private let state = Mutex(State())

  private struct State {
    var known: [[UpdateScheme.Update]: SchemeEvaluation] = [:]
    var asked: Set<[UpdateScheme.Update]> = []
    var measured = 0
  }

  /// - Parameter threads: At least 1.
  public init(
    network: QuantizedNetwork, trial: SchemeTrial, threads: Int, observer: SearchObserver = SearchObserver()
  ) {
    precondition(threads >= 1, "something has to do the work")
    self.network = network
    self.trial = trial
    self.threads = threads
    self.observer = observer
  }

  /// Takes over what a journal holds; schemes among these are not measured again.
  ///
  /// - Returns: How many were taken; those of another deployment or network are left out.
  @discardableResult
  public func preload(_ evaluations: [SchemeEvaluation]) -> Int {
    var taken = 0
    for evaluation in evaluations where evaluation.fingerprint == trial.fingerprint {
      guard let scheme = try? UpdateScheme(tensors: evaluation.tensors, of: network),
        evaluation.accuracies.count == trial.seeds.count,
        evaluation.accuracies.allSatisfy({ $0.count == trial.subjects.count })
      else { continue }
      state.withLock { $0.known[scheme.updates] = evaluation }
      taken += 1
    }
    return taken
  }

  /// Schemes asked for so far, each counted once, preloaded or not.
  public var evaluationCount: Int { state.withLock { $0.asked.count } }

  /// Schemes really measured, not preloaded.
  public var measuredCount: Int { state.withLock { $0.measured } }

  public func evaluate(_ scheme: UpdateScheme, phase: SearchPhase = .direct) throws(SearchError) -> SchemeEvaluation {
    try evaluate([scheme], phase: phase)[0]
  }

  /// The accuracies of schemes, in their order.
  ///
  /// - Throws: `SearchError.cancelled`, after the schemes that were finished have been journalled; or
  ///   `SearchError.compilation`.
  public func evaluate(
    _ schemes: [UpdateScheme], phase: SearchPhase = .direct
  ) throws(SearchError) -> [SchemeEvaluation] {
    var missing: [UpdateScheme] = []
    let evaluationCount = state.withLock { state in
      var seen: Set<[UpdateScheme.Update]> = []
      for scheme in schemes where state.known[scheme.updates] == nil && seen.insert(scheme.updates).inserted {
        missing.append(scheme)
      }
      state.asked.formUnion(schemes.map(\.updates))
      return state.asked.count
    }
    if !missing.isEmpty { try measure(missing, phase: phase, evaluationCount: evaluationCount) }
    if observer.isCancelled() { throw .cancelled }
    return state.withLock { state in
      schemes.map { scheme in
        guard let found = state.known[scheme.updates] else { preconditionFailure("every scheme was measured") }
        return found
      }
    }
  }

  private func measure(
    _ schemes: [UpdateScheme], phase: SearchPhase, evaluationCount: Int
  ) throws(SearchError) {
    let runs = try prepare(schemes)
    let subjects = trial.subjects.count
    let perScheme = subjects * trial.seeds.count
    let slots = Mutex<[Slots]>(
      schemes.map { _ in Slots(seeds: trial.seeds.count, subjects: subjects) })
    // Scheme by scheme, so that one is finished and journalled before the next; long subjects first, so
    // that no thread waits long at the end.
    let order = trial.costs.indices.sorted { (trial.costs[$0], $1) > (trial.costs[$1], $0) }
    let jobs = order.flatMap { subject in trial.seeds.indices.map { (subject, $0) } }
    let finished = Atomic<Int>(0)
    @Sendable func report(_ count: Int) {
      observer.progress(
        SearchProgress(
          phase: phase, evaluations: evaluationCount, finishedAdaptations: count,
          adaptations: schemes.count * perScheme))
    }
    report(0)
    ParallelShards.forEach(schemes.count * perScheme, threads: threads) { job in
      guard !observer.isCancelled() else { return }
      let scheme = job / perScheme
      let (subject, seed) = jobs[job % perScheme]
      let accuracy = runs[scheme](subject, trial.seeds[seed], observer.isCancelled)
      guard !observer.isCancelled() else { return }
      let complete = slots.withLock { $0[scheme].fill(accuracy, seed: seed, subject: subject) }
      if let complete { keep(complete, of: schemes[scheme]) }
      report(finished.add(1, ordering: .relaxed).newValue)
    }
    if observer.isCancelled() { throw .cancelled }
  }

  private func keep(_ accuracies: [[Double]], of scheme: UpdateScheme) {
    let evaluation = SchemeEvaluation(
      tensors: scheme.tensorNames(in: network), accuracies: accuracies, fingerprint: trial.fingerprint)
    state.withLock { state in
      state.known[scheme.updates] = evaluation
      state.measured += 1
      observer.journal(evaluation)
    }
  }

  private func prepare(_ schemes: [UpdateScheme]) throws(SearchError) -> [SchemeTrial.Run] {
    let results = Mutex<[Result<SchemeTrial.Run, CompilationError>?]>(schemes.map { _ in nil })
    ParallelShards.forEach(schemes.count, threads: threads) { index in
      guard !observer.isCancelled() else { return }
      let result: Result<SchemeTrial.Run, CompilationError>
      do throws(CompilationError) {
        result = .success(try trial.prepare(schemes[index]))
      } catch {
        result = .failure(error)
      }
      results.withLock { $0[index] = result }
    }
    var runs: [SchemeTrial.Run] = []
    for result in results.withLock({ $0 }) {
      switch result {
      case .success(let run): runs.append(run)
      case .failure(let error): throw .compilation(error)
      case nil: throw .cancelled
      }
    }
    return runs
  }

  /// The accuracies of one scheme as they come in.
  private struct Slots {
    var accuracies: [[Double?]]
    var missing: Int

    init(seeds: Int, subjects: Int) {
      accuracies = Array(repeating: Array(repeating: nil, count: subjects), count: seeds)
      missing = seeds * subjects
    }

    /// All accuracies, once the last of them has come in.
    mutating func fill(_ accuracy: Double, seed: Int, subject: Int) -> [[Double]]? {
      accuracies[seed][subject] = accuracy
      missing -= 1
      return missing > 0 ? nil : accuracies.map { $0.compactMap { $0 } }
    }
  }
}
