public import Foundation
public import PipelineModel
import PipelineText

/// Which stages of a pipeline would run, and why.
public struct PipelineStatus: Sendable, Hashable, Codable {
  public struct Stage: Sendable, Hashable, Codable {
    public var stage: RunStage
    /// Names its result in a cache.
    public var key: String
    /// Whether its result is kept and whole.
    public var isCached: Bool
    /// Why it would run, a sentence each; empty where it would not.
    public var reasons: [String]
    /// Subjects whose results are kept, of a stage with one for each.
    public var cachedParts: [String]?
    public var parts: [String]?
  }

  public var schemaVersion = 1
  public var pipeline: String
  public var cache: String
  public var stages: [Stage]

  /// Looks at files and results, and reads no recording whose times tell that it is as it was.
  public init(
    _ pipeline: CheckedPipeline, cache: ResultCache,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(RunError) {
    let index = InputIndex(path: cache.indexPath)
    let declarations = try RunDeclarations(pipeline, environment: environment, index: index)
    index.save()
    let last = cache.lastRun(of: pipeline.name)
    self.pipeline = pipeline.name
    self.cache = cache.directory
    stages = []
    for declaration in declarations.stages {
      let parts = Self.parts(of: declaration.stage, pipeline, heldOut: declarations.heldOut)
      let states = parts.map { (part: $0, state: cache.state(declaration.resultName($0))) }
      let whole = declarations.isKeepable ? states.filter { $0.state == "" }.map(\.part) : []
      var reasons: [String] = []
      if whole.count < parts.count {
        for (part, state) in states where state != nil && state != "" {
          reasons.append("its kept result\(part.isEmpty ? "" : " of \(part)") is damaged: \(state ?? "")")
        }
        let waiting = Set(stages.filter { !$0.isCached }.map(\.stage))
        let before = last?.stages.first { $0.stage == declaration.stage }
        if !declarations.isKeepable {
          reasons.append("an input is no regular file, so that it cannot be told whether it is the same")
        } else if whole.isEmpty, reasons.isEmpty {
          reasons = declaration.reasons(since: before, waiting: waiting)
        } else if reasons.isEmpty {
          let missing = parts.filter { !whole.contains($0) }
          reasons = ["\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") not in the cache"]
        }
      }
      let hasParts = declaration.stage == .train
      stages.append(
        Stage(
          stage: declaration.stage, key: declaration.key, isCached: whole.count == parts.count, reasons: reasons,
          cachedParts: hasParts ? whole : nil, parts: hasParts ? parts : nil))
    }
  }

  private static func parts(of stage: RunStage, _ pipeline: CheckedPipeline, heldOut: [String]) -> [String] {
    switch stage {
    case .evaluate: pipeline.quantize == nil ? ["float32"] : ["float32", "int8"]
    case .train:
      pipeline.adaptationSeeds.flatMap { seed in heldOut.map { pipeline.adaptationPart(of: $0, seed: seed) } }
    default: [""]
    }
  }
}

extension StageDeclaration {
  /// Why the result of this is not that of an earlier run, a sentence each.
  ///
  /// - Parameters:
  ///   - before: Of the last run; nil where the stage has not come to its end yet.
  ///   - waiting: The stages before it that would run.
  func reasons(since before: StageDeclaration?, waiting: Set<RunStage>) -> [String] {
    guard let before else { return ["it has not run yet"] }
    guard before.key != key else { return ["its result is not in the cache any more"] }
    var reasons: [String] = []
    if before.martlet != martlet { reasons.append("martlet was \(before.martlet), is \(martlet)") }
    if before.method != method { reasons.append("how it is computed has changed") }
    reasons += FactChange.between(before.arguments, arguments).map(\.sentence)
    reasons += InputChange.between(before.inputs, inputs).map(\.sentence)
    let changed = upstream.filter { stage in before.upstream.first { $0.stage == stage.stage }?.key != stage.key }
    for stage in changed.map(\.stage) {
      reasons.append(
        waiting.contains(stage) ? "'\(stage.rawValue)' would run again" : "'\(stage.rawValue)' has another result")
    }
    if reasons.isEmpty { reasons.append("the order of its arguments or files has changed") }
    return reasons
  }
}

/// A file that is not the same for two runs.
public struct InputChange: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable {
    case changed, new, gone
  }

  public var path: String
  public var kind: Kind

  public var sentence: String {
    switch kind {
    case .changed: "\(path) changed"
    case .new: "\(path) is new"
    case .gone: "\(path) is gone"
    }
  }

  public static func between(_ before: [InputFile], _ after: [InputFile]) -> [InputChange] {
    let old = Dictionary(before.map { ($0.path, $0.sha256) }) { first, _ in first }
    let new = Set(after.map(\.path))
    return after.filter { old[$0.path] != $0.sha256 }
      .map { InputChange(path: $0.path, kind: old[$0.path] == nil ? .new : .changed) }
      + before.filter { !new.contains($0.path) }.map { InputChange(path: $0.path, kind: .gone) }
  }
}
