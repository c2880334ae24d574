import Foundation
import PipelineModel
import Synchronization

/// How one result of a run came about.
public struct StageRecord: Codable, Sendable, Hashable {
  public var stage: RunStage
  /// The subject, of a stage that has a result for each.
  public var part: String?
  /// Of the stage's declaration.
  public var key: String
  /// Whether an earlier run computed it.
  public var fromCache: Bool
  /// What computing it took, when it was computed.
  public var seconds: Double
}

extension [StageRecord] {
  /// The stages of which all is from the cache, and of others the parts that are; nil where nothing is.
  var cachedNames: [String]? {
    var names: [String] = []
    for record in self where record.fromCache {
      let isWhole = allSatisfy { $0.stage != record.stage || $0.fromCache }
      let name = isWhole ? record.stage.rawValue : "\(record.stage.rawValue) \(record.part ?? "")"
      if !names.contains(name) { names.append(name) }
    }
    return names.isEmpty ? nil : names
  }
}

/// The results of a run's stages: taken from the cache, or computed and kept there.
final class StageResults: Sendable {
  let declarations: RunDeclarations
  private let cache: ResultCache?
  private let observer: RunObserver
  private struct State {
    var records: [StageRecord] = []
    /// Whether something could not be kept, which is said once.
    var cannotKeep = false
  }
  private let state = Mutex(State())

  /// - Parameter cache: Nil computes everything and keeps nothing.
  init(
    _ pipeline: CheckedPipeline, cache: ResultCache?, environment: [String: String], observer: RunObserver
  ) throws(RunError) {
    let index = InputIndex(path: cache?.indexPath)
    declarations = try RunDeclarations(pipeline, environment: environment, index: index)
    index.save()
    self.cache = cache
    self.observer = observer
  }

  /// In the order in which the stages stand, parts in the order given.
  func records(parts: [String] = []) -> [StageRecord] {
    let order = Dictionary(uniqueKeysWithValues: declarations.stages.enumerated().map { ($1.stage, $0) })
    let places = Dictionary(parts.enumerated().map { ($1, $0) }) { first, _ in first }
    return state.withLock { $0.records }.sorted { left, right in
      let (a, b) = (order[left.stage] ?? 0, order[right.stage] ?? 0)
      let (c, d) = (places[left.part ?? ""] ?? -1, places[right.part ?? ""] ?? -1)
      return (a, c) < (b, d)
    }
  }

  /// The result of a stage or of a part of it.
  ///
  /// - Parameters:
  ///   - isUsable: A result that is whole, and yet not what this run can use, is computed again.
  ///   - compute: Called unless the result is kept.
  func result<Result: KeptResult>(
    of stage: RunStage, part: String = "", isUsable: (Result) -> Bool = { _ in true },
    compute: () throws(RunError) -> Result
  ) throws(RunError) -> Result {
    guard let name = name(of: stage, part), let cache else { return try timed(stage, part, compute) }
    return try cache.alone(with: name, isCancelled: observer.isCancelled) { () throws(RunError) in
      if let kept: Result = kept(stage, part, isUsable: isUsable) { return kept }
      let start = ContinuousClock.now
      let result = try compute()
      keep(result, of: stage, part: part, seconds: (ContinuousClock.now - start) / .seconds(1))
      return result
    }
  }

  /// What is kept of a stage or a part of it; a damaged result is told and counts as none.
  func kept<Result: KeptResult>(
    _ stage: RunStage, _ part: String = "", isUsable: (Result) -> Bool = { _ in true }
  ) -> Result? {
    guard let cache, let name = name(of: stage, part) else { return nil }
    switch cache.read(name, as: Result.self) {
    case .nothing: return nil
    case .damaged(let reason):
      tellDamage(stage, cache.path(name), reason)
      return nil
    case .result(let result, let seconds):
      guard isUsable(result) else {
        tellDamage(stage, cache.path(name), "it is of another form")
        return nil
      }
      record(stage, part, fromCache: true, seconds: seconds)
      observer.progress(.fromCache(stage: stage, part: part.isEmpty ? nil : part))
      return result
    }
  }

  /// Notes a result that was computed, and keeps it unless an input has changed meanwhile.
  func keep(_ result: some KeptResult, of stage: RunStage, part: String = "", seconds: Double) {
    record(stage, part, fromCache: false, seconds: seconds)
    guard let cache, let name = name(of: stage, part), declarations.isUpToDate else { return }
    guard let reason = cache.write(result, as: name, seconds: seconds) else { return }
    let isFirst = state.withLock { state in
      defer { state.cannotKeep = true }
      return !state.cannotKeep
    }
    if isFirst {
      observer.progress(
        .cacheTrouble("\(cache.directory): cannot keep results: \(reason); choose another --cache, or --no-cache"))
    }
  }

  /// Whether a stage's result seems to be there; reading it may yet find it damaged.
  func isKept(_ stage: RunStage) -> Bool {
    guard let cache, let name = name(of: stage, "") else { return false }
    return FileManager.default.fileExists(atPath: cache.path(name))
  }

  private func timed<Result>(
    _ stage: RunStage, _ part: String, _ compute: () throws(RunError) -> Result
  ) throws(RunError) -> Result {
    let start = ContinuousClock.now
    let result = try compute()
    record(stage, part, fromCache: false, seconds: (ContinuousClock.now - start) / .seconds(1))
    return result
  }

  private func name(of stage: RunStage, _ part: String) -> String? {
    guard let declaration = declarations[stage], declarations.isKeepable else { return nil }
    return declaration.resultName(part)
  }

  private func record(_ stage: RunStage, _ part: String, fromCache: Bool, seconds: Double) {
    let record = StageRecord(
      stage: stage, part: part.isEmpty ? nil : part, key: declarations[stage]?.key ?? "", fromCache: fromCache,
      seconds: seconds)
    state.withLock { $0.records.append(record) }
  }

  private func tellDamage(_ stage: RunStage, _ path: String, _ reason: String) {
    observer.progress(
      .cacheTrouble("\(path): the kept result of '\(stage.rawValue)' is damaged: \(reason); it is computed again"))
  }

  /// Keeps what the stages that came to their end followed from, so that it can be told later what has changed since.
  func remember(_ pipeline: String) {
    let ended = Set(state.withLock { $0.records }.map(\.stage))
    guard let cache, !ended.isEmpty else { return }
    cache.remember(
      LastRun(pipeline: pipeline, stages: declarations.stages.filter { ended.contains($0.stage) }))
  }
}
