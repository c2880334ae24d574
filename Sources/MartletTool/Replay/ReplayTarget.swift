import Foundation
import PipelineModel
import PipelineRunner
import SensorLogs

/// Where a replay goes: to standard output, or through a pipeline's ingest, with or without a model behind it.
struct ReplayTarget {
  let pipeline: CheckedPipeline?
  private let model: ModelFile?
  private let weights: ReplayWeights

  /// - Parameters:
  ///   - model: A run directory.
  ///   - subject: Whose weights, `none` for those before any adaptation.
  ///   - pipeline: A pipeline file.
  init(model: String?, subject: String?, pipeline: String?) throws {
    weights =
      switch subject {
      case nil: .ofRecording
      case "none"?: .unadapted
      case let name?: .subject(name)
      }
    if let model {
      let file = "\(model)/model.martlet"
      guard OutputPlace.exists(file) else {
        guard OutputPlace.exists(model) else {
          throw Failure(ExitStatus.missingInput, "\(model): there is no such folder; give one that 'martlet run' left")
        }
        throw Failure(
          ExitStatus.missingInput,
          "\(model): holds no model.martlet; give the folder that 'martlet run' left, of a pipeline with Quantize")
      }
      do {
        self.model = try ModelFile(bytes: InputFile.bytes(of: file, atMost: ModelFile.byteLimit, isRegular: true))
      } catch let error as ModelFile.ReadError {
        throw Failure(ExitStatus.unusableData, "\(file): \(error.description)")
      }
      try Self.refuseOwnStages(of: model)
      self.pipeline = try LoadedPipeline(path: "\(model)/pipeline.swift", overrides: [], isOfRun: true).checked
    } else {
      self.model = nil
      self.pipeline = try pipeline.map { try LoadedPipeline(path: $0, overrides: []).checked }
    }
  }

  /// A stage that a program brought along cannot be applied to new recordings without that program.
  private static func refuseOwnStages(of run: String) throws(Failure) {
    guard let data = BoundedFile.contents("\(run)/run.json"), let record = try? RunRecord(json: data),
      let own = record.ownStages?.first
    else { return }
    throw Failure(
      ExitStatus.invalidPipeline,
      "\(run)/pipeline.swift: the stage '\(own.name)' is \(own.type) of the program that made the run, and martlet does "
        + "not have it; use that program, where TrainedModel(run: \"\(run)\", of: pipeline) predicts new recordings")
  }

  /// Brings a source's frames into the model.
  func windows(_ source: ReplaySource, scores: Bool) throws -> ReplayedWindows? {
    guard let pipeline, let model else { return nil }
    return try ReplayedWindows(pipeline, source: source, model: model, weights: weights, scores: scores)
  }

  /// Classes in order of number; empty without a model.
  var classNames: [String] { model?.description.classNames ?? [] }

  func sink(_ source: ReplaySource, _ format: ReplayFormat) throws -> any ReplaySink {
    guard let pipeline else { return FrameLines(source, text: try ReplayText(format, source: source)) }
    let windows = try ReplayedWindows(pipeline, source: source, model: model, weights: weights)
    return WindowLines(windows, source: source, format: format, predicts: model != nil)
  }
}
