public import TrainingCompiler

/// The schemes that people write by hand, by family: those of one family differ in how far they reach.
public struct HandMadeSchemes: Sendable {
  public enum Family: String, Sendable, Hashable, Codable, CaseIterable {
    case full
    case lastBlocks
    case firstBlocksAndLast
    case firstConvolutionAndLast
    case biases
    case biasesAndLast
    case lastLayer
    case lastBlocksAndBiases
    case firstBlocksAndLastAndBiases
    case firstConvolutionAndLastAndBiases
  }

  /// The schemes of each family, the one that updates least first.
  public let families: [(family: Family, schemes: [UpdateScheme])]

  public init(of network: QuantizedNetwork) {
    let layers = network.parameterLayers
    let last = UpdateScheme.lastLayer(network)
    let biases = UpdateScheme.biases(network)
    let blocks = network.blocks
    func layersScheme(_ chosen: some Collection<Int>, _ name: String) -> UpdateScheme {
      var scheme = UpdateScheme.predictionOnly(network)
      for layer in chosen { scheme.updates[layer] = .all }
      scheme.name = name
      return scheme
    }
    // The first and the last of these would be nothing and everything.
    let counts = blocks.count > 1 ? Array(1..<blocks.count) : []
    let lastBlocks = counts.map { count in
      layersScheme(blocks.suffix(count).joined(), "last \(count) of \(blocks.count) blocks")
    }
    let firstBlocks = counts.map { count in
      layersScheme(blocks.prefix(count).joined(), "first \(count) of \(blocks.count) blocks")
        .union(last, name: "first \(count) of \(blocks.count) blocks + last layer")
    }
    let first = layersScheme(layers.prefix(1), "first convolution").union(last, name: "first convolution + last layer")
    func withBiases(_ schemes: [UpdateScheme]) -> [UpdateScheme] {
      schemes.map { $0.union(biases, name: "\($0.name) + all biases") }
    }
    families = [
      (.full, [.full(network)]), (.lastLayer, [last]), (.firstConvolutionAndLast, [first]), (.biases, [biases]),
      (.biasesAndLast, [.biasesAndLastLayer(network)]), (.lastBlocks, lastBlocks),
      (.firstBlocksAndLast, firstBlocks), (.firstConvolutionAndLastAndBiases, withBiases([first])),
      (.lastBlocksAndBiases, withBiases(lastBlocks)), (.firstBlocksAndLastAndBiases, withBiases(firstBlocks)),
    ]
  }
}

extension UpdateScheme {
  /// All biases and no weights.
  public static func biases(_ network: QuantizedNetwork) -> UpdateScheme {
    UpdateScheme(name: "all biases", updates: network.nodes.map { Update(bias: !$0.weights.isEmpty) })
  }
}

extension QuantizedNetwork {
  /// Layers with parameters, in groups: those of one name before the dot, such as an inverted residual, are one
  /// group, and every other layer is a group of its own.
  var blocks: [[Int]] {
    var blocks: [[Int]] = []
    var names: [Substring] = []
    for layer in parameterLayers {
      let name = nodes[layer].name.prefix { $0 != "." }
      if names.last == name && nodes[layer].name.contains(".") {
        blocks[blocks.count - 1].append(layer)
      } else {
        blocks.append([layer])
        names.append(name)
      }
    }
    return blocks
  }
}
