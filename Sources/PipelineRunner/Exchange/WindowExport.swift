public import Foundation
import Learning
public import ModelExchange
import PipelineModel
import Tensors
import TrainingCompiler

/// The windows of a run as its networks take them, with what the networks make of them.
public struct WindowExport: Sendable {
  public let networks: RunNetworks
  public var threads: Int
  public var environment: [String: String]
  public var observer: RunObserver

  public init(
    _ networks: RunNetworks, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    environment: [String: String] = ProcessInfo.processInfo.environment, observer: RunObserver = RunObserver()
  ) {
    self.networks = networks
    self.threads = threads
    self.environment = environment
    self.observer = observer
  }

  /// Reads the run's recordings again and predicts.
  ///
  /// Of N windows: `windows` float32 `[N, channels, frames]`, normalised; `labels` and `subjects`, int32 `[N]`, numbers of
  /// the names in the metadata; `held_out`, 1 for those of held-out subjects; `float32.logits` `[N, classes]`; and, of a
  /// run with Quantize, `int8.predictions`, the classes that the int8 network takes the windows for: of the subjects to
  /// whom the run adapted, `adapted.predictions` too, which for others are -1.
  ///
  /// - Parameter model: Of the run; nil where it did not quantise.
  public func file(model: ModelFile?) throws(RunError) -> SafetensorsFile {
    let pipeline = networks.pipeline
    let ingested = try Ingestion(ingest: pipeline.ingest, observer: observer, environment: environment).run()
    let raw = ingested.windows
    let facts = networks.facts
    guard raw.shape.length == facts.windowSamples, ingested.channelNames == facts.channelNames,
      raw.classNames == facts.classNames
    else { throw .noRun(path: networks.path, reason: "the recordings are no longer those of the run") }
    var windows = raw
    if !facts.mean.isEmpty { windows.normalize(with: ChannelStatistics(mean: facts.mean, deviation: facts.deviation)) }
    let count = windows.count
    let shape = windows.shape
    var tensors = [
      NamedTensor("windows", shape: [count, shape.channels, shape.length], Self.channelsFirst(windows)),
      NamedTensor("labels", shape: [count], windows.labels.map { Int32($0) }),
      NamedTensor("subjects", shape: [count], windows.subjects.map { Int32($0) }),
      NamedTensor("held_out", shape: [count], windows.subjects.map { ingested.heldOut.contains($0) ? Int8(1) : 0 }),
    ]
    let network = try networks.float()
    do {
      tensors.append(
        NamedTensor(
          "float32.logits", shape: [count, facts.classNames.count], try network.logits(of: windows, threads: threads)))
    } catch {
      throw .learning(error)
    }
    if let model {
      tensors.append(NamedTensor("int8.predictions", shape: [count], try predictions(windows, model, subject: nil)))
      var adapted = [Int32](repeating: -1, count: count)
      for name in model.description.training?.subjects ?? [] {
        guard let subject = windows.subjectNames.firstIndex(of: name) else { continue }
        let own = windows.indices(ofSubjects: [subject])
        let found = try predictions(windows.subset(own), model, subject: name)
        for (index, prediction) in zip(own, found) { adapted[index] = prediction }
      }
      tensors.append(NamedTensor("adapted.predictions", shape: [count], adapted))
    }
    return SafetensorsFile(
      metadata: facts.metadata.merging(["martlet.subjects": NetworkFacts.text(windows.subjectNames)]) {
        first, _ in first
      }, tensors: tensors)
  }

  /// - Parameter windows: Normalised.
  private func predictions(
    _ windows: WindowSet, _ model: ModelFile, subject: String?
  ) throws(RunError) -> [Int32] {
    let session: TrainingSession
    do {
      session = try model.session(subject: subject)
    } catch {
      throw .replay(.model(error))
    }
    let quantized = QuantizedWindows(
      windows, scale: model.description.input.scale, zeroPoint: model.description.input.zeroPoint)
    return (0..<windows.count).map { Int32(session.predict(quantized.window($0))) }
  }

  /// `[N, channels, frames]` of windows that are frame-major.
  private static func channelsFirst(_ windows: WindowSet) -> [Float] {
    let (length, channels) = (windows.shape.length, windows.shape.channels)
    var values: [Float] = []
    values.reserveCapacity(windows.values.count)
    for window in 0..<windows.count {
      for channel in 0..<channels {
        for frame in 0..<length { values.append(windows.values[(window * length + frame) * channels + channel]) }
      }
    }
    return values
  }
}
