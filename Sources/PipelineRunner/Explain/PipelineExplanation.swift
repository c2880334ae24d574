import Learning
public import PipelineModel
import SensorLogs
import Tensors
public import TrainingCompiler

/// What a pipeline will do, with shapes, rates and exact bytes, before any recording is read.
///
/// The arena of a training step depends on the network's shape and the update scheme, never on weights, so
/// its plan is compiled here from random weights and is the plan of the run, byte for byte in size.
public struct PipelineExplanation: Sendable {
  public let pipeline: CheckedPipeline
  /// Of windows.
  public let channelCount: Int
  /// Of recordings.
  let readChannelCount: Int
  public let classCount: Int
  public let graph: NetworkGraph
  public let layers: [LayerFacts]
  /// Absent where the pipeline does not train, or searches for what to train.
  public let plan: TrainingPlan?

  /// - Parameters:
  ///   - channels: The number of channels, where neither the pipeline nor the heading of its first recording
  ///     tells.
  ///   - classes: The number of classes, where `Labels` does not name them.
  public init(
    _ pipeline: CheckedPipeline, channels: Int? = nil, classes: Int? = nil, environment: [String: String] = [:]
  ) throws(RunError) {
    self.pipeline = pipeline
    let ingest = pipeline.ingest
    if let known = channels ?? ingest.reads.lazy.compactMap({ $0.channels?.count }).first {
      readChannelCount = known
    } else if let known = ingest.channelCount {
      // What is selected is all that the rest of the pipeline sees.
      readChannelCount = known
    } else {
      readChannelCount = try Self.channelsOfFirstRecording(ingest, environment: environment)
    }
    if ingest.channelCount == nil, !ingest.written.ownStages.isEmpty {
      // What a stage of the program's own makes of channels follows from their names.
      let recording = try ingest.recordings(environment: environment)[0]
      channelCount = try ConditioningPlan(
        ingest.written, names: recording.channelNames(ingest.written)
      ).finalNames.count
    } else {
      channelCount = ingest.channelCount ?? ingest.written.channelCount(ofRead: readChannelCount)
    }
    guard let classCount = classes ?? pipeline.ingest.classNames?.count else {
      throw .unsupported(
        setting: "explain without the classes", instead: "name them in Labels(names:), or give --classes")
    }
    self.classCount = classCount
    let shape = ActivationShape(length: pipeline.ingest.lengthSamples, channels: channelCount)
    graph = try pipeline.model.networkGraph(input: shape, classCount: classCount)
    layers =
      pipeline.model.facts(
        lengthSamples: shape.length, channels: shape.channels, classCount: classCount
      ).layers
    plan = try Self.plan(pipeline, graph)
  }

  private static func channelsOfFirstRecording(
    _ ingest: CheckedIngest, environment: [String: String]
  ) throws(RunError) -> Int {
    let recording = try ingest.recordings(environment: environment)[0]
    do {
      return try SensorLog.open(recording.path, options: recording.options).schema.channels.count
    } catch {
      throw .unreadable(error)
    }
  }

  /// The plan of the training step, from random weights; nil where the pipeline does not train, or searches.
  static func plan(_ pipeline: CheckedPipeline, _ graph: NetworkGraph) throws(RunError) -> TrainingPlan? {
    guard pipeline.quantize != nil, let update = pipeline.update, let train = pipeline.train else { return nil }
    let quantized = try quantized(try folded(pipeline, graph))
    let scheme = try update.scheme.compiled(for: quantized)
    do {
      return try TrainingPlan.compile(quantized, scheme: scheme, options: train.options, budgetBytes: train.arena.bytes)
    } catch {
      throw .compilation(error)
    }
  }

  /// The network with random weights, batch normalisation folded.
  static func folded(_ pipeline: CheckedPipeline, _ graph: NetworkGraph) throws(RunError) -> FloatNetwork {
    do {
      return try BatchNormFolding.fold(FloatNetwork(initializing: graph, with: .kaimingNormal, seed: pipeline.seed))
    } catch {
      throw .folding(error.description)
    }
  }

  /// The network in int8; without data, every activation is taken to lie between -1 and 1.
  static func quantized(_ folded: FloatNetwork) throws(RunError) -> QuantizedNetwork {
    do {
      return try QuantizedNetwork(
        quantizing: folded, ranges: Array(repeating: -1...1, count: folded.graph.nodes.count))
    } catch {
      throw .quantization(error)
    }
  }
}
