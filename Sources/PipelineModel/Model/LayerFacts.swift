public import Tensors

/// What one layer of a model takes, gives and costs.
public struct LayerFacts: Sendable, Hashable {
  /// Unique within the model, such as `conv1` or `block2`; tensors are named after it.
  public let name: String
  public let layer: Layer
  public let input: ActivationShape
  public let output: ActivationShape
  /// Weights and biases once batch normalisation has been folded.
  public let parameters: Int
  /// Of one forward pass over one window.
  public let multiplyAccumulates: Int
}

extension Model {
  /// The name of each layer: its kind and its number among those of its kind, from 1.
  public var layerNames: [String] { Self.layerNames(ofStages: layers.map(\.description.name)) }

  /// The names that layers of these stages have, in this order.
  public static func layerNames(ofStages stages: [String]) -> [String] {
    var counts: [String: Int] = [:]
    return stages.map { stage in
      let base = baseNames[stage] ?? stage
      counts[base, default: 0] += 1
      return "\(base)\(counts[base, default: 0])"
    }
  }

  private static let baseNames = [
    "Conv1D": "conv", "DepthwiseConv1D": "depthwise", "Pointwise": "pointwise", "InvertedResidual": "block",
    "BatchNormalization": "norm", "ReLU": "activation", "ReLU6": "activation", "AveragePool": "averagePool",
    "MaxPool": "maxPool", "GlobalAveragePool": "globalPool", "Dense": "dense",
  ]

  /// The tensors that `Update(.tensors([…]))` may name, in the order of the layers.
  public var tensorNames: [String] {
    zip(layerNames, layers).flatMap { name, layer in
      layer.parts.flatMap { part in
        let prefix = part.isEmpty ? name : "\(name).\(part)"
        return ["\(prefix).weights", "\(prefix).bias"]
      }
    }
  }

  /// Weights over the sensor's channels, which keep their order: a share of them cannot be updated.
  public var tensorsOfSensorChannels: [String] {
    var names: [String] = []
    for (name, layer) in zip(layerNames, layers) {
      switch layer {
      case .conv1D, .pointwise, .dense:
        return names + ["\(name).weights"]
      case .invertedResidual:
        let parts = layer.parts
        return names + (parts[0] == "expand" ? [parts[0]] : parts).map { "\(name).\($0).weights" }
      case .depthwiseConv1D:
        names.append("\(name).weights")
      case .batchNormalization, .relu, .relu6, .averagePool, .maxPool, .globalAveragePool:
        continue
      }
    }
    return names
  }

  /// The indices of the layers that are inverted residuals: the blocks that `.lastBlocks` counts.
  public var blockIndices: [Int] {
    layers.indices.filter { if case .invertedResidual = layers[$0] { true } else { false } }
  }

  /// Shapes and costs of every layer, given the window and the number of classes.
  ///
  /// - Parameter path: Where the model stands in its pipeline.
  /// - Precondition: The window has at least one sample and one channel.
  /// - Returns: The layers up to the first one that does not fit, and why it does not. A model that fits
  ///   gives facts for all layers and no issue.
  public func facts(
    lengthSamples: Int, channels: Int, classCount: Int, at path: PipelinePath = PipelinePath()
  ) -> (layers: [LayerFacts], issue: PipelineIssue?) {
    var facts: [LayerFacts] = []
    var shape = ActivationShape(length: lengthSamples, channels: channels)
    for (index, (name, layer)) in zip(layerNames, layers).enumerated() {
      do throws(LayerMisfit) {
        let step = try layer.apply(to: shape, classCount: classCount)
        facts.append(
          LayerFacts(
            name: name, layer: layer, input: shape, output: step.output, parameters: step.parameters,
            multiplyAccumulates: step.multiplyAccumulates))
        shape = step.output
      } catch {
        return (facts, error.issue(layer: layer, at: path.child(index)))
      }
    }
    return (facts, nil)
  }
}

extension Layer {
  /// The convolutions and dense layers that a layer is made of; an empty name for a layer that is one.
  var parts: [String] {
    switch self {
    case .conv1D, .depthwiseConv1D, .pointwise, .dense: [""]
    case .invertedResidual(let block):
      block.expand == 1 ? ["depthwise", "project"] : ["expand", "depthwise", "project"]
    case .batchNormalization, .relu, .relu6, .averagePool, .maxPool, .globalAveragePool: []
    }
  }
}
