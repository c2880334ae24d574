import Foundation
import PipelineText
public import PipelineModel
public import PipelineRunner
public import SensorLogs

/// The model of a run together with the pipeline that made it, stages of the program's own included.
///
/// Recordings are read, checked, filtered and cut exactly as the run read its own.
public struct TrainedModel: Sendable {
  private let model: ModelFile
  private let pipeline: CheckedPipeline

  /// Classes in the order of their numbers.
  public var classNames: [String] { model.description.classNames }
  /// Subjects to whom the run adapted the model.
  public var subjects: [String] { model.description.training?.subjects ?? [] }

  /// Reads a run directory.
  ///
  /// - Parameters:
  ///   - directory: That of the run, with its model.
  ///   - pipeline: The one that ran; its text in the directory must be the same, so that no recording is read in another
  ///     way than the model learned.
  public init(run directory: String, of pipeline: Pipeline) throws(TrainedModelError) {
    let file = "\(directory)/model.martlet"
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw .noModel(path: file)
    }
    do {
      model = try ModelFile(bytes: [UInt8](bytes))
    } catch {
      throw .unreadable(path: file, error)
    }
    do {
      self.pipeline = try pipeline.checked()
    } catch {
      throw .run(.invalidPipeline(error))
    }
    let written = FileManager.default.contents(atPath: "\(directory)/pipeline.swift")
    guard written == Data(pipeline.source().utf8) else { throw .otherPipeline(path: directory) }
  }

  /// Predicts every window of a recording, in order, in memory that does not grow with it.
  ///
  /// - Parameters:
  ///   - recording: A file in any format that `Read` takes, read as the pipeline reads its own.
  ///   - weights: Those adapted to the recording's own subject where there are any, unless told otherwise.
  ///   - each: Called for each window.
  /// - Returns: What was lost of the recording, or found wrong with it.
  @discardableResult
  public func predict(
    _ recording: String, weights: ReplayWeights = .ofRecording, each: (Prediction) throws -> Void
  ) throws -> LogLosses {
    let (source, stream) = try ReplaySource.open(
      [pipeline.replayInput(recording)], clock: PlayerClock(rate: .maximum, isPaused: false))
    let windows = try ReplayedWindows(pipeline, source: source, model: model, weights: weights, scores: true)
    let thread = Thread { source.run() }
    thread.name = "martlet reader"
    thread.stackSize = 1 << 20
    thread.start()
    defer { stream.leave() }
    var failure: (any Error)?
    func emit(_ window: ReplayedWindow) {
      guard failure == nil, let prediction = Prediction(window, windows.classNames) else { return }
      do { try each(prediction) } catch { failure = error }
    }
    var frame = ReplayFrame()
    while failure == nil {
      if stream.next(into: &frame) {
        try windows.add(frame, emit)
      } else if stream.isFinished() {
        try windows.finish(emit)
        break
      } else {
        stream.wait(milliseconds: 10)
      }
    }
    if let failure { throw failure }
    if let failure = source.failure { throw failure }
    return ReplayReport(source, stream, interrupted: false, includesSource: true).inputs[0].losses
  }

  /// The predictions of all windows of a recording, in order.
  public func predictions(
    for recording: String, weights: ReplayWeights = .ofRecording
  ) throws -> [Prediction] {
    var found: [Prediction] = []
    try predict(recording, weights: weights) { found.append($0) }
    return found
  }
}

/// What a model takes a window for.
public struct Prediction: Sendable, Hashable {
  /// Times of the window's first and last frame, in the recording's own epoch.
  public var startNanoseconds: Int64
  public var endNanoseconds: Int64
  public var className: String
  /// A share of 1 for each class, in the order of `TrainedModel.classNames`.
  public var scores: [Double]
  /// The class that the recording states; `nil` where it states none.
  public var label: String?

  init?(_ window: ReplayedWindow, _ classNames: [String]) {
    guard let prediction = window.prediction, let scores = window.scores else { return nil }
    startNanoseconds = window.startNanoseconds
    endNanoseconds = window.endNanoseconds
    className = classNames[prediction]
    self.scores = scores
    label = window.label.flatMap { classNames.indices.contains($0) ? classNames[$0] : nil }
  }
}

/// Why there is no model to be had from a run directory.
public enum TrainedModelError: Error, Sendable {
  case noModel(path: String)
  case unreadable(path: String, ModelFile.ReadError)
  /// The run was of another pipeline.
  case otherPipeline(path: String)
  case run(RunError)
}

extension TrainedModelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noModel(let path):
      "\(path): cannot be read; give the folder of a run whose pipeline has Quantize"
    case .unreadable(let path, let error): "\(path): \(error.description)"
    case .otherPipeline(let path):
      "\(path)/pipeline.swift: is not the pipeline given; give the one that ran, or run this one again"
    case .run(let error): error.description
    }
  }
}
