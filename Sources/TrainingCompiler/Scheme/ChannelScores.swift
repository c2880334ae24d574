/// How much the weights over each input channel of each layer matter; of a depthwise convolution, over each channel.
///
/// Where a scheme updates a share of a layer's channels, those with the highest scores are taken.
public struct ChannelScores: Sendable, Hashable {
  /// Parallel to the network's nodes: one finite score of at least 0 a channel; empty where a node has no weights.
  public var layers: [[Double]]

  public init(layers: [[Double]]) {
    self.layers = layers
  }

  /// The sum of magnitudes of a channel's real weights: `Σ |scale[o] · w[o,k,i]|`.
  public static func magnitude(of network: QuantizedNetwork) -> ChannelScores {
    ChannelScores(
      layers: network.nodes.indices.map { n in
        network.channelSums(ofNode: n) { weight, scale in Double(weight.magnitude) * Double(scale) }
      })
  }
}

extension QuantizedNetwork {
  /// A sum over the weights of each input channel of a layer, in the order of the tensor.
  fileprivate func channelSums(ofNode n: Int, _ value: (_ weight: Int8, _ scale: Float) -> Double) -> [Double] {
    let node = nodes[n]
    guard !node.weights.isEmpty else { return [] }
    let channels = nodes[node.inputs[0]].shape.channels
    let row = node.weights.count / node.shape.channels
    var isDepthwise = false
    if case .depthwiseConvolution = node.operation { isDepthwise = true }
    var sums = [Double](repeating: 0, count: channels)
    for (i, weight) in node.weights.enumerated() {
      sums[i % channels] += value(weight, node.weightScales[isDepthwise ? i % channels : i / row])
    }
    return sums
  }
}
