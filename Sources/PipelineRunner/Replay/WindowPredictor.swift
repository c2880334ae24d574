import Learning
import PipelineModel
import SensorLogs

/// A model at work on the windows of one recording.
final class WindowPredictor {
  private let model: ModelFile
  private let session: TrainingSession
  private let turn: WindowTurn?
  private var values: [Float] = []
  /// Whose adapted weights are used; nil where they are as quantised.
  let subject: String?

  init(
    _ model: ModelFile, pipeline: CheckedPipeline, path: String, weights: ReplayWeights, environment: [String: String]
  ) throws(RunError) {
    self.model = model
    let own = pipeline.ingest.subject(of: path)
    subject =
      switch weights {
      case .unadapted: nil
      case .subject(let name): name
      case .ofRecording: (model.description.training?.subjects ?? []).contains(own) ? own : nil
      }
    do {
      session = try model.session(subject: subject)
    } catch {
      throw .replay(.model(error))
    }
    turn = try pipeline.ingest.rotate?.turn(
      of: own, isHeldOut: pipeline.ingest.split.holdsOut(own), channels: model.description.input.channelNames,
      environment: environment)
  }

  /// The class of a window as the pipeline's ingest cuts it.
  func predict(_ window: Span<Float>) -> Int {
    values.removeAll(keepingCapacity: true)
    for index in 0..<window.count { values.append(window[index]) }
    let input = model.description.input
    turn?.apply(to: &values, from: 0, frames: input.windowSamples, channels: input.channelNames.count)
    return session.predict(model.quantized(values))
  }

  /// Of the window that was predicted last: a share of 1 for each class.
  var scores: [Double] { session.scores }
}

extension ModelFile {
  /// Whether windows of the pipeline fit the model.
  func checkMade(by pipeline: CheckedPipeline) throws(RunError) {
    let input = description.input
    for (what, own, cut) in [
      ("samples a window", input.windowSamples, pipeline.ingest.lengthSamples),
      ("samples from window to window", input.hopSamples, pipeline.ingest.hopSamples),
      ("classes", description.classNames.count, pipeline.ingest.classNames?.count ?? description.classNames.count),
    ] where own != cut {
      throw .replay(.modelOfOtherPipeline(what: what, model: own, pipeline: cut))
    }
  }
}

extension ModelDescription.Input {
  /// Whether a recording is of the kind that the model learned from.
  func check(
    _ channels: ReplayChannels, times: [Int64], of path: String, _ ingest: CheckedIngest
  ) throws(RunError) {
    guard channels.finalNames == channelNames else {
      throw .replay(.channelsDiffer(path: path, expected: channelNames, found: channels.finalNames))
    }
    for (index, name) in channelNames.enumerated() {
      guard let found = channels.finalUnits[index], let expected = channelUnits[index], found != expected else {
        continue
      }
      // `m/s^2` is `m/s²`.
      if let one = MeasurementUnit(found), let other = MeasurementUnit(expected), one == other { continue }
      throw .replay(.unitsDiffer(path: path, channel: name, expected: expected, found: found))
    }
    guard let rate = try ingest.recordedRate(times, of: path), ingest.resample == nil else { return }
    if abs(rate - sampleRateHz) > 0.05 * sampleRateHz {
      throw .replay(.rateDiffers(path: path, expectedHz: sampleRateHz, foundHz: rate))
    }
  }
}
