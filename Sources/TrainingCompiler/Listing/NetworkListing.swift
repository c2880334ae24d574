import Tensors

extension NetworkGraph {
  /// The graph as text, a line a node.
  public var listing: String {
    let rows = nodes.enumerated().map { n, node in
      [
        "\(n)", node.name, node.operation.summary, node.shape.summary,
        node.inputs.map { nodes[$0].name }.joined(separator: ", "), Listing.count(weightCount(ofNode: n), "weight"),
      ]
    }
    return Listing.table([["", "node", "operation", "gives", "reads", ""]] + rows)
  }
}

extension QuantizedNetwork {
  /// The network as text, a line a node, with scales and limits.
  public var listing: String {
    let rows = nodes.enumerated().map { n, node -> [String] in
      let isLogits = n == nodes.count - 1
      let output = node.output
      let scale = isLogits ? "int32 sums" : "scale \(Listing.number(output.scale)), zero \(output.zeroPoint)"
      let limits = isLogits ? "" : "\(output.low)...\(output.high)"
      let weights =
        node.weights.isEmpty
        ? ""
        : "\(node.weights.count) int8, scales \(Listing.number(node.weightScales.min() ?? 0))..."
          + "\(Listing.number(node.weightScales.max() ?? 0))"
      return [
        "\(n)", node.name, node.operation.summary, node.shape.summary,
        node.inputs.map { nodes[$0].name }.joined(separator: ", "), scale, limits, weights,
      ]
    }
    return Listing.table([["", "node", "operation", "gives", "reads", "output", "limits", "weights"]] + rows)
  }
}

extension ActivationShape {
  var summary: String { "\(length) × \(channels)" }
}

extension NetworkGraph.SlidingKernel {
  var summary: String { "kernel \(size), stride \(stride)" + (padding > 0 ? ", padding \(padding)" : "") }
}

extension NetworkGraph.Operation {
  var summary: String {
    switch self {
    case .input: "input"
    case .convolution(let kernel, _): "convolution, \(kernel.summary)"
    case .depthwiseConvolution(let kernel, _): "depthwise convolution, \(kernel.summary)"
    case .dense: "dense"
    case .batchNormalization: "batch normalization"
    case .activation(let activation): activation.rawValue
    case .add: "add"
    case .averagePool(let kernel): "average pool, \(kernel.summary)"
    case .maxPool(let kernel): "max pool, \(kernel.summary)"
    case .globalAveragePool: "global average pool"
    }
  }
}

extension QuantizedNetwork.Operation {
  var summary: String {
    switch self {
    case .input: "input"
    case .convolution(let kernel): "convolution, \(kernel.summary)"
    case .depthwiseConvolution(let kernel): "depthwise convolution, \(kernel.summary)"
    case .dense: "dense"
    case .add: "add"
    case .averagePool(let kernel): "average pool, \(kernel.summary)"
    case .maxPool(let kernel): "max pool, \(kernel.summary)"
    case .globalAveragePool: "global average pool"
    }
  }
}

/// Text in columns.
enum Listing {
  static func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    let lines = rows.map { row in
      var line = row.enumerated()
        .map { $1 + String(repeating: " ", count: widths[$0] - $1.count) }
        .joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func count(_ value: Int, _ noun: String) -> String {
    value == 0 ? "" : "\(value) \(noun)\(value == 1 ? "" : "s")"
  }

  /// Four significant digits or more, as short as they are.
  static func number(_ value: Float) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    var unit: Float = 1
    while abs(value) * unit < 1000, unit < 1e9 { unit *= 10 }
    return "\((value * unit).rounded() / unit)"
  }
}
