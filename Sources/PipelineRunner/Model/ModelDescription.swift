import Learning
import Tensors
import TrainingCompiler

/// What the bytes of a `model.martlet` mean: everything but the plan and its numbers.
///
/// Encoded as JSON with sorted keys, so the same run gives the same bytes.
public struct ModelDescription: Codable, Sendable, Hashable {
  public static var currentFormatVersion: Int { 1 }

  public var formatVersion = ModelDescription.currentFormatVersion
  public var pipeline: String
  public var seed: UInt64
  public var classNames: [String]
  public var input: Input
  /// Absent if the run did not train: the plan then predicts only.
  public var training: Training?
  public var layers: [Layer]
  public var provenance: Provenance

  /// How measured frames become the int8 window.
  public struct Input: Codable, Sendable, Hashable {
    public var channelNames: [String]
    public var channelUnits: [String?]
    public var sampleRateHz: Double
    public var windowSamples: Int
    public var hopSamples: Int
    /// Subtracted from each channel, and divided by; both empty where values are used as recorded.
    public var mean: [Double]
    public var deviation: [Double]
    public var scale: Float
    public var zeroPoint: Int32
  }

  public struct Training: Codable, Sendable, Hashable {
    public var scheme: String
    /// What is updated, in the order in which the bytes stand in each subject's section.
    public var tensors: [Tensor]
    public var arenaBytes: Int
    /// Whose adapted weights the file holds, in order.
    public var subjects: [String]
    /// Clamped elements are told by bits, so a value equal to a limit passes its gradient.
    public var clampMasks: String
  }

  /// Weights or biases that training updates: int8 weights or little-endian int32 biases in the arena.
  public struct Tensor: Codable, Sendable, Hashable {
    /// Such as `conv1.weights`.
    public var name: String
    /// In the plan's arena.
    public var offset: Int
    public var byteCount: Int
    /// The output channel as described that each stored row (or bias) belongs to; absent where rows stand as
    /// described, and for weights of a depthwise convolution, whose rows are taps.
    public var outputChannels: [Int]?
    /// The input channels as described whose weights each row holds, tap by tap; of a depthwise convolution its
    /// channels. Absent where all are held as described, and for biases.
    public var inputChannels: [Int]?

    /// Whether the channels, where they are named, are apart and share the bytes evenly.
    var namesChannelsOnce: Bool {
      [outputChannels, inputChannels].compactMap { $0 }.allSatisfy { channels in
        !channels.isEmpty && channels.allSatisfy { $0 >= 0 } && Set(channels).count == channels.count
          && byteCount.isMultiple(of: channels.count)
      }
    }
  }

  public struct Layer: Codable, Sendable, Hashable {
    public var name: String
    public var length: Int
    public var channels: Int
    public var scale: Float
    public var zeroPoint: Int32
    public var low: Int32
    public var high: Int32
    public var weightScales: [Float]
  }

  public struct Provenance: Codable, Sendable, Hashable {
    public var tool: String
    /// Of the float32 part; all after it is the same on every processor.
    public var instructionSet: String
    public var trainingSubjects: [String]
    public var frames: Int
    public var windows: Int
  }

  init(_ outcome: RunOutcome, network: QuantizedNetwork) {
    pipeline = outcome.pipelineName
    seed = outcome.seed
    classNames = outcome.classNames
    input = Input(
      channelNames: outcome.channelNames, channelUnits: outcome.channelUnits, sampleRateHz: outcome.sampleRateHz,
      windowSamples: outcome.windowSamples, hopSamples: outcome.hopSamples, mean: outcome.statistics?.mean ?? [],
      deviation: outcome.statistics?.deviation ?? [], scale: network.nodes[0].output.scale,
      zeroPoint: network.nodes[0].output.zeroPoint)
    training = outcome.training.map { training in
      Training(
        scheme: training.plan.scheme.name, tensors: training.plan.updatedTensors,
        arenaBytes: training.plan.arenaBytes, subjects: training.subjects.map(\.name), clampMasks: "bits")
    }
    layers = network.nodes.map { node in
      Layer(
        name: node.name, length: node.shape.length, channels: node.shape.channels, scale: node.output.scale,
        zeroPoint: node.output.zeroPoint, low: node.output.low, high: node.output.high,
        weightScales: node.weightScales)
    }
    provenance = Provenance(
      tool: "martlet \(Version.current)", instructionSet: PipelineRunner.Provenance.instructionSet,
      trainingSubjects: outcome.trainingSubjects, frames: outcome.ingest.frames, windows: outcome.ingest.windows)
  }
}

extension TrainingPlan {
  /// The updated weights and biases, and what training keeps beside them from step to step: residuals, velocities,
  /// carried magnitudes. In the order of their offsets.
  var updatedTensors: [ModelDescription.Tensor] {
    buffers.filter { $0.isPersistent && $0.role != .state }.map { buffer in
      // What is kept beside a tensor stands as the tensor does.
      let layer = updatedLayers.first { buffer.name == "\($0.name).weights" || buffer.name == "\($0.name).bias" }
      let isBias = buffer.role == .bias
      return ModelDescription.Tensor(
        name: buffer.name, offset: buffer.offset, byteCount: buffer.byteCount,
        outputChannels: layer.flatMap { $0.isDepthwise && !isBias ? nil : moved($0.outputChannels, of: nil) },
        inputChannels: layer.flatMap { isBias ? nil : moved($0.inputChannels, of: $0.inputChannelCount) })
    }
  }

  /// Channels as described; nil where they are all of them in their own order.
  private func moved(_ channels: [Int], of count: Int?) -> [Int]? {
    channels == Array(0..<(count ?? channels.count)) ? nil : channels
  }
}

/// The version of Martlet.
public enum Version {
  public static var current: String { "0.1.0" }
}
