/// Where the updated parameters of one layer stand in the model as described.
///
/// A plan stores `[rows][taps][inputChannels.count]` weights of a convolution or dense layer, `[taps][inputChannels
/// .count]` of a depthwise convolution, and one bias a row: a stored weight `(o, k, i)` is the weight
/// `(outputChannels[o], k, inputChannels[i])` of the model as described.
public struct UpdatedLayer: Sendable, Hashable {
  /// The index in the network.
  public var node: Int
  public var name: String
  public var isDepthwise: Bool
  /// All that the layer has, updated or not.
  public var inputChannelCount: Int
  /// In stored order.
  public var outputChannels: [Int]
  /// Those whose weights are updated, in stored order; of a depthwise convolution its channels.
  public var inputChannels: [Int]

  /// The layers that a scheme updates, of a network whose channels may have been reordered.
  static func layers(of network: QuantizedNetwork, scheme: UpdateScheme) -> [UpdatedLayer] {
    network.nodes.indices.filter { !scheme[$0].isEmpty && !network.nodes[$0].weights.isEmpty }.map { n in
      let node = network.nodes[n]
      let columns = network.channelOrigins(ofNode: node.inputs[0])
      var isDepthwise = false
      if case .depthwiseConvolution = node.operation { isDepthwise = true }
      return UpdatedLayer(
        node: n, name: node.name, isDepthwise: isDepthwise, inputChannelCount: columns.count,
        outputChannels: network.channelOrigins(ofNode: n),
        inputChannels: Array(columns.prefix(scheme[n].weights.count(of: columns.count))))
    }
  }
}
