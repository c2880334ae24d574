import Foundation
public import PipelineModel
import PipelineText
public import Reports

/// A run directory, read.
public struct FinishedRun: Sendable {
  public var path: String
  public var metrics: RunMetrics
  /// Nil of a run by a martlet that did not write `run.json` yet.
  public var record: RunRecord?
  /// Nil where the file cannot be read by this martlet.
  public var pipeline: Pipeline?

  private static let fileLimit = 64 << 20

  /// - Throws: `RunError.noRun` for a folder that is none.
  public init(path: String) throws(RunError) {
    self.path = path
    guard let bytes = Self.contents("\(path)/metrics.json") else {
      throw .noRun(path: path, reason: "it holds no metrics.json")
    }
    guard let metrics = try? RunMetrics(json: bytes) else {
      throw .noRun(path: path, reason: "its metrics.json cannot be read")
    }
    guard metrics.schemaVersion == RunMetrics.currentSchemaVersion else {
      throw .noRun(path: path, reason: "its metrics.json has version \(metrics.schemaVersion), which is not known here")
    }
    self.metrics = metrics
    record = Self.contents("\(path)/run.json").flatMap { try? RunRecord(json: $0) }
    pipeline = Self.contents("\(path)/pipeline.swift").flatMap { bytes in
      Pipeline.read(bytes: [UInt8](bytes), named: path).pipeline
    }
  }

  private static func contents(_ path: String) -> Data? {
    guard let facts = FileFacts(path: path), facts.size <= fileLimit else { return nil }
    return FileManager.default.contents(atPath: path)
  }

  /// What a run is for: the accuracy that it ends with.
  var score: (accuracy: Double, arenaBytes: Int) {
    (
      metrics.evaluation?.accuracyAfter ?? metrics.quantization?.accuracy ?? metrics.pretraining?.accuracy ?? 0,
      metrics.memory?.arenaBytes ?? 0
    )
  }
}
