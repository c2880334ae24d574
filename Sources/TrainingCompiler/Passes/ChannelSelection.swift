/// Reorders channels so that those of which a scheme updates only a share begin with the ones that matter most.
///
/// The updated weights then lie together in the arena, and the part of an activation that their gradient reads is the
/// beginning of each frame. The network computes the same logits, bit for bit.
enum ChannelSelection {
  /// - Parameter scores: Magnitudes if absent.
  /// - Returns: The network, with the original index of each channel where any was moved.
  /// - Throws: `CompilationError.fixedChannels`, where a layer that reads the sensor's channels is to be updated by a
  ///   share.
  static func run(
    _ network: QuantizedNetwork, scheme: UpdateScheme, scores: ChannelScores? = nil
  ) throws(CompilationError) -> QuantizedNetwork {
    precondition(scheme.updates.count == network.nodes.count, "a scheme belongs to its network")
    let partial = network.nodes.indices.filter { isPartial($0, network, scheme) }
    guard !partial.isEmpty else { return network }
    let scores = scores ?? .magnitude(of: network)
    precondition(scores.layers.count == network.nodes.count, "scores belong to their network")
    let spaces = ChannelSpaces(of: network)
    var sums: [Int: [Double]] = [:]
    for n in partial {
      let input = network.nodes[n].inputs[0]
      let space = spaces.space(ofNode: input)
      guard !spaces.isFixed(space) else { throw .fixedChannels(layer: network.nodes[n].name) }
      let channels = network.nodes[input].shape.channels
      let layer = scores.layers[n]
      precondition(layer.count == channels && layer.allSatisfy { $0 >= 0 && $0.isFinite }, "a score a channel")
      // Each layer has one vote, however large its weights are.
      let total = layer.reduce(0, +)
      let votes = layer.map { total > 0 ? $0 / total : 0 }
      sums[space] = zip(sums[space] ?? layer.map { _ in 0 }, votes).map { $0 + $1 }
    }
    return network.reordered(
      by: sums.mapValues { sums in sums.indices.sorted { (sums[$1], $0) < (sums[$0], $1) } }, spaces: spaces)
  }

  /// Whether weights of some, but not all, input channels are updated.
  private static func isPartial(_ n: Int, _ network: QuantizedNetwork, _ scheme: UpdateScheme) -> Bool {
    guard scheme[n].weights != .none, !network.nodes[n].weights.isEmpty else { return false }
    let channels = network.nodes[network.nodes[n].inputs[0]].shape.channels
    return scheme[n].weights.count(of: channels) < channels
  }
}

/// Which activations must keep their channels in one common order.
///
/// A convolution makes channels of its own; depthwise convolutions and pools keep those of their input; a join makes
/// its inputs' orders one. The sensor's channels and the classes stand as described.
struct ChannelSpaces {
  /// By node; a space is named by one of its nodes.
  private var parents: [Int]
  private var fixed: Set<Int> = []

  init(of network: QuantizedNetwork) {
    parents = Array(network.nodes.indices)
    for (n, node) in network.nodes.enumerated() {
      switch node.operation {
      case .input, .convolution, .dense: break
      case .depthwiseConvolution, .add, .averagePool, .maxPool, .globalAveragePool:
        for input in node.inputs { parents[space(ofNode: input)] = space(ofNode: n) }
      }
    }
    fixed = [space(ofNode: 0), space(ofNode: network.nodes.count - 1)]
  }

  func space(ofNode n: Int) -> Int {
    var n = n
    while parents[n] != n { n = parents[n] }
    return n
  }

  func isFixed(_ space: Int) -> Bool { fixed.contains(space) }

  /// The spaces whose channels may be reordered.
  var free: [Int] { parents.indices.filter { parents[$0] == $0 && !fixed.contains($0) } }
}

extension QuantizedNetwork {
  /// Whether a scheme may name a share of a layer's weights: not of a layer that reads the sensor's channels, which
  /// keep their order.
  public func mayUpdateShare(ofNode n: Int) -> Bool {
    let spaces = ChannelSpaces(of: self)
    return !nodes[n].weights.isEmpty && !spaces.isFixed(spaces.space(ofNode: nodes[n].inputs[0]))
  }

  /// The network with reordered channels.
  ///
  /// - Parameter orders: By space: which channel comes first, second, ….
  func reordered(by orders: [Int: [Int]], spaces: ChannelSpaces) -> QuantizedNetwork {
    var result = self
    for n in nodes.indices {
      let outputs = orders[spaces.space(ofNode: n)]
      if let outputs {
        let origins = channelOrigins(ofNode: n)
        let moved = outputs.map { origins[$0] }
        result.nodes[n].channelOrigins = moved == Array(moved.indices) ? [] : moved
      }
      guard !nodes[n].weights.isEmpty else { continue }
      if let outputs { result.nodes[n].reorderOutputs(outputs) }
      if let inputs = orders[spaces.space(ofNode: nodes[n].inputs[0])] { result.nodes[n].reorderInputs(inputs) }
    }
    return result
  }
}

extension QuantizedNetwork.Node {
  fileprivate mutating func reorderOutputs(_ order: [Int]) {
    weightScales = order.map { weightScales[$0] }
    bias = order.map { bias[$0] }
    // The channels of a depthwise convolution are its columns.
    if case .depthwiseConvolution = operation { return }
    let row = weights.count / order.count
    weights = order.flatMap { weights[$0 * row..<($0 + 1) * row] }
  }

  /// A column stands once in every tap of every row.
  fileprivate mutating func reorderInputs(_ order: [Int]) {
    weights = stride(from: 0, to: weights.count, by: order.count).flatMap { start in
      order.map { weights[start + $0] }
    }
  }
}
