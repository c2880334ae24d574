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

  /// - Throws: `RunError.noRun` for a folder that is none.
  public init(path: String) throws(RunError) {
    self.path = path
    guard let bytes = BoundedFile.contents("\(path)/metrics.json") else {
      let reason =
        !FileManager.default.fileExists(atPath: path)
        ? "there is no such folder"
        : FileManager.default.fileExists(atPath: "\(path)/sweep.json")
          ? "it holds the runs of a sweep; name its folders" : "it holds no metrics.json"
      throw .noRun(path: path, reason: reason)
    }
    guard let metrics = try? RunMetrics(json: bytes) else {
      throw .noRun(path: path, reason: "its metrics.json cannot be read")
    }
    guard metrics.schemaVersion == RunMetrics.currentSchemaVersion else {
      throw .noRun(path: path, reason: "its metrics.json has version \(metrics.schemaVersion), which is not known here")
    }
    self.metrics = metrics
    record = BoundedFile.contents("\(path)/run.json").flatMap { try? RunRecord(json: $0) }
    pipeline = BoundedFile.contents("\(path)/pipeline.swift").flatMap { bytes in
      Pipeline.read(bytes: [UInt8](bytes), named: path).pipeline
    }
  }

  /// What a run is for: the accuracy that it ends with.
  var score: (accuracy: Double, arenaBytes: Int) {
    (
      metrics.evaluation?.accuracyAfter ?? metrics.quantization?.accuracy ?? metrics.pretraining?.accuracy ?? 0,
      metrics.memory?.arenaBytes ?? 0
    )
  }
}
