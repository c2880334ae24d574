import Tensors

/// Weights of which only the first input channels are updated.
extension Autodiff {
  /// Input channels of a layer; of a depthwise convolution its channels.
  func inputChannels(_ n: Int) -> Int { node(node(n).inputs[0]).shape.channels }

  /// Input channels whose weights lie in the layer's own buffer: the updated ones, or all of a tensor that is whole.
  func storedChannels(_ n: Int) -> Int {
    let share = scheme[n].weights
    return share == .none ? inputChannels(n) : share.count(of: inputChannels(n))
  }

  /// Whether the layer's weights lie in two places.
  func isSplit(_ n: Int) -> Bool { storedChannels(n) < inputChannels(n) }

  mutating func addFrozenWeights(_ n: Int) -> Int {
    let channels = inputChannels(n)
    let bytes = littleEndianBytes(node(n).weights(ofChannels: storedChannels(n)..<channels, of: channels))
    return graph.addBuffer(
      "\(node(n).name).weights, frozen", .weights, bytes: bytes.count, storage: .constant(bytes))
  }

  /// The layer over the input channels whose weights are updated.
  func updatedGeometry(_ n: Int) -> ConvolutionGeometry {
    let whole = network.geometry(ofNode: n)
    return ConvolutionGeometry(
      inputLength: whole.inputLength, inputChannels: storedChannels(n), outputLength: whole.outputLength,
      outputChannels: whole.outputChannels, kernel: whole.kernel, stride: whole.stride, padding: whole.padding)
  }

  /// Where a layer's updated weights stand in the model as described.
  mutating func weightOrigin(_ n: Int) -> (rowStride: Int, rows: Int?, places: Int?) {
    let channels = inputChannels(n)
    let columns = network.channelOrigins(ofNode: node(n).inputs[0]).prefix(storedChannels(n))
    let name = "\(node(n).name).weights"
    guard !isDepthwise(n) else { return (channels, nil, addOrigins("\(name) places", Array(columns))) }
    let taps = network.geometry(ofNode: n).kernel
    let places = (0..<taps).flatMap { tap in columns.map { tap * channels + $0 } }
    return (
      taps * channels, addOrigins("\(name) rows", network.channelOrigins(ofNode: n)),
      addOrigins("\(name) places", places)
    )
  }

  /// A table of indices; none where each is its own.
  mutating func addOrigins(_ name: String, _ origins: [Int]) -> Int? {
    guard origins != Array(origins.indices) else { return nil }
    return graph.addTable(name, origins.map { Int32($0) })
  }
}

extension QuantizedNetwork.Node {
  /// The weights of some of `count` input channels, in the order of the tensor.
  func weights(ofChannels channels: Range<Int>, of count: Int) -> [Int8] {
    guard channels != 0..<count else { return weights }
    return stride(from: 0, to: weights.count, by: count).flatMap { row in
      weights[row + channels.lowerBound..<row + channels.upperBound]
    }
  }
}
