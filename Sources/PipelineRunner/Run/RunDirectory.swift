import Foundation
import ModelExchange
import PipelineModel
public import Reports

/// What a run leaves behind.
public struct RunDirectory: Sendable {
  public let path: String
  public let metrics: RunMetrics

  /// The figures that a run prints at its end, as lines.
  public var terminalSummary: [String] { TerminalSummary(metrics).lines() }

  /// Writes `metrics.json`, `run.json`, `pipeline.swift` and `network.safetensors`, `model.martlet` and `int8.safetensors` if
  /// the pipeline quantises, `search.json` if it searches, and the report page if it asks for one.
  ///
  /// Every file is written beside its place and then moved there, so none is ever half written. The
  /// directory is made if it is missing.
  ///
  /// - Parameter source: The pipeline file as read.
  public static func write(
    _ outcome: RunOutcome, of run: PipelineRun, source: String, to directory: String
  ) throws(RunError) -> RunDirectory {
    let folder = URL(fileURLWithPath: directory, isDirectory: true)
    let metrics = outcome.metrics
    let model: ModelFile?
    do {
      model = try ModelFile(outcome)
    } catch {
      throw .compilation(error)
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try metrics.json().write(to: folder.appendingPathComponent("metrics.json"), options: .atomic)
      try RunRecord(outcome).json().write(to: folder.appendingPathComponent("run.json"), options: .atomic)
      try Data(source.utf8).write(to: folder.appendingPathComponent("pipeline.swift"), options: .atomic)
      try Data(outcome.networkFile.bytes())
        .write(to: folder.appendingPathComponent(RunNetworks.networkFileName), options: .atomic)
      if let quantized = outcome.quantizedFile {
        try Data(quantized.bytes())
          .write(to: folder.appendingPathComponent(RunNetworks.quantizedFileName), options: .atomic)
      }
      if let model {
        try Data(model.bytes()).write(to: folder.appendingPathComponent("model.martlet"), options: .atomic)
      }
      if let search = outcome.search {
        try search.json().write(to: folder.appendingPathComponent("search.json"), options: .atomic)
      }
      if let report = run.pipeline.report {
        var content = outcome.report
        content.sections = run.pipeline.evaluate.sections
        content.holdsOutSubjects = run.pipeline.ingest.split.holdOutLast == nil
        try Data(ReportPage(content).html().utf8)
          .write(to: folder.appendingPathComponent(report.file), options: .atomic)
      }
    } catch {
      throw .cannotWrite(path: directory, reason: error.localizedDescription)
    }
    run.observer.progress(.wrote(path: directory))
    return RunDirectory(path: directory, metrics: metrics)
  }
}

extension Evaluate {
  /// The sections of the page that the stage names.
  fileprivate var sections: Set<RunReport.Section> {
    Set(
      metrics.compactMap { metric in
        switch metric {
        case .confusionMatrix: .confusion
        case .perSubject: .subjects
        case .memory: .arena
        case .accuracy, .macroF1, .latency: nil
        }
      })
  }
}
