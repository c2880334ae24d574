import TrainingCompiler

/// Rearranges weights between our layouts, channels last, and those of PyTorch and ONNX, channels before time.
///
/// | layer | ours | theirs |
/// |---|---|---|
/// | convolution | `[outputs][kernel][inputs]` | `[outputs, inputs, kernel]` |
/// | depthwise | `[kernel][channels]` | `[channels, 1, kernel]` |
/// | dense | `[outputs][frames][channels]` | `[outputs, channels · frames]` |
struct TensorLayout {
  /// As PyTorch states it.
  let shape: [Int]
  /// Ours is this many matrices of `rows × columns`, each of which is turned.
  private let matrices: Int
  private let rows: Int
  private let columns: Int

  /// The weights of a node; nil where it has none.
  init?(_ graph: NetworkGraph, node index: Int) {
    let node = graph.nodes[index]
    switch node.operation {
    case .convolution(let kernel, _):
      let inputs = graph.nodes[node.inputs[0]].shape.channels
      self.init(convolution: kernel.size, inputs: inputs, outputs: node.shape.channels)
    case .depthwiseConvolution(let kernel, _): self.init(depthwise: kernel.size, channels: node.shape.channels)
    case .dense:
      let input = graph.nodes[node.inputs[0]].shape
      self.init(denseOver: input.length, channels: input.channels, outputs: node.shape.channels)
    default: return nil
    }
  }

  init?(_ network: QuantizedNetwork, node index: Int) {
    let node = network.nodes[index]
    switch node.operation {
    case .convolution(let kernel):
      let inputs = network.nodes[node.inputs[0]].shape.channels
      self.init(convolution: kernel.size, inputs: inputs, outputs: node.shape.channels)
    case .depthwiseConvolution(let kernel): self.init(depthwise: kernel.size, channels: node.shape.channels)
    case .dense:
      let input = network.nodes[node.inputs[0]].shape
      self.init(denseOver: input.length, channels: input.channels, outputs: node.shape.channels)
    default: return nil
    }
  }

  private init(convolution kernel: Int, inputs: Int, outputs: Int) {
    shape = [outputs, inputs, kernel]
    (matrices, rows, columns) = (outputs, kernel, inputs)
  }

  private init(depthwise kernel: Int, channels: Int) {
    shape = [channels, 1, kernel]
    (matrices, rows, columns) = (1, kernel, channels)
  }

  private init(denseOver length: Int, channels: Int, outputs: Int) {
    shape = [outputs, length * channels]
    (matrices, rows, columns) = (outputs, length, channels)
  }

  /// - Precondition: As many numbers as the shape has.
  func theirs<Number>(_ ours: [Number]) -> [Number] { turned(ours, rows: rows, columns: columns) }

  /// - Precondition: As many numbers as the shape has.
  func ours<Number>(_ theirs: [Number]) -> [Number] { turned(theirs, rows: columns, columns: rows) }

  private func turned<Number>(_ values: [Number], rows: Int, columns: Int) -> [Number] {
    precondition(values.count == matrices * rows * columns, "weights fill their shape")
    guard rows > 1, columns > 1 else { return values }
    var result: [Number] = []
    result.reserveCapacity(values.count)
    for matrix in 0..<matrices {
      for column in 0..<columns {
        for row in 0..<rows { result.append(values[(matrix * rows + row) * columns + column]) }
      }
    }
    return result
  }
}
