public import PipelineModel
public import SensorLogs
import Learning
public import Foundation

/// A window of a replay, and what a model takes it for.
public struct ReplayedWindow: Sendable, Hashable {
  /// The recording, counted in the order of the replay's inputs.
  public var track: Int
  /// Times of its first and last frame.
  public var startNanoseconds: Int64
  public var endNanoseconds: Int64
  /// The class; nil where the frames have no label.
  public var label: Int?
  /// The class that the model takes it for; nil without a model.
  public var prediction: Int?
  /// A share of 1 for each class; nil where none were asked for.
  public var scores: [Double]?
}

/// Whose weights a model uses.
public enum ReplayWeights: Sendable, Hashable {
  /// Those adapted to the subject of each recording, where the model holds them.
  case ofRecording
  case subject(String)
  /// As quantised, before any adaptation.
  case unadapted
}

/// Brings the frames of a replay through a pipeline's ingest, and the windows into a model.
///
/// Preprocessing is that of a run, so a recording played from its start gives the windows, and the predictions, that
/// the run's evaluation had. Windows come in an order that does not depend on the pace. Belongs to one thread.
public final class ReplayedWindows {
  private struct Track {
    var windows: StreamWindows
    var predictor: WindowPredictor?
    /// The class of each label met.
    var classes: [Int32] = []
  }

  private let source: ReplaySource
  private let wantsScores: Bool
  private var classes: ReplayClasses
  private var tracks: [Track] = []
  private var current: Int?

  /// Whose adapted weights each recording is predicted with; nil where none are.
  public let subjects: [String?]

  /// Class names in order of number; without a model or names in the pipeline, those met so far.
  public var classNames: [String] { classes.names }

  /// - Parameter scores: Whether windows come with a score for each class.
  public init(
    _ pipeline: CheckedPipeline, source: ReplaySource, model: ModelFile? = nil, weights: ReplayWeights = .ofRecording,
    scores: Bool = false, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(RunError) {
    self.source = source
    wantsScores = scores
    classes = ReplayClasses(pipeline.ingest.labels, modelClasses: model?.description.classNames)
    try model?.checkMade(by: pipeline)
    var subjects: [String?] = []
    for (index, schema) in source.schemas.enumerated() {
      let input = source.inputs[index]
      let channels = try ReplayChannels(schema, of: input.path, ingest: pipeline.ingest)
      _ = try pipeline.ingest.recordedRate(source.firstTimes[index], of: input.path)
      try model?.description.input.check(channels, times: source.firstTimes[index], of: input.path, pipeline.ingest)
      var predictor: WindowPredictor?
      if let model {
        predictor = try WindowPredictor(
          model, pipeline: pipeline, path: input.path, weights: weights, environment: environment)
      }
      subjects.append(predictor?.subject)
      tracks.append(
        Track(
          windows: try StreamWindows(
            pipeline.ingest, channels: channels, schema: schema, firstTimes: source.firstTimes[index],
            path: input.path),
          predictor: predictor))
    }
    self.subjects = subjects
  }

  /// What was wrong with the frames so far, over all recordings, and what was done about it.
  public var findings: IngestFindings {
    var findings = IngestFindings()
    for track in tracks { track.windows.report(into: &findings) }
    return findings
  }

  /// Takes a frame. Windows come at the latest with the next `flush`.
  public func add(_ frame: ReplayFrame, _ emit: (ReplayedWindow) -> Void) throws(RunError) {
    if let current, current != frame.track { try flush(emit) }
    current = frame.track
    if frame.label >= 0, Int(frame.label) >= tracks[frame.track].classes.count {
      for name in source.labelNames(ofTrack: frame.track).dropFirst(tracks[frame.track].classes.count) {
        tracks[frame.track].classes.append(classes.index(of: name))
      }
    }
    tracks[frame.track].windows.add(frame)
    if tracks[frame.track].windows.waitingFrames >= ReplaySource.batchFrames { try flush(emit) }
  }

  /// Gives the windows that the frames so far complete.
  public func flush(_ emit: (ReplayedWindow) -> Void) throws(RunError) {
    guard let current else { return }
    let predictor = tracks[current].predictor
    try tracks[current].windows.flush(classes: tracks[current].classes) { window, values in
      emit(finished(window, values, current, predictor))
    }
  }

  /// The recordings have ended: gives what is left.
  public func finish(_ emit: (ReplayedWindow) -> Void) throws(RunError) {
    try flush(emit)
    for index in tracks.indices {
      let predictor = tracks[index].predictor
      try tracks[index].windows.finish { window, values in emit(finished(window, values, index, predictor)) }
    }
  }

  private func finished(
    _ window: StreamWindows.Window, _ values: Span<Float>, _ track: Int, _ predictor: WindowPredictor?
  ) -> ReplayedWindow {
    let prediction = predictor?.predict(values)
    return ReplayedWindow(
      track: track, startNanoseconds: window.startNanoseconds, endNanoseconds: window.endNanoseconds,
      label: window.label < 0 ? nil : Int(window.label), prediction: prediction,
      scores: wantsScores ? predictor?.scores : nil)
  }
}
