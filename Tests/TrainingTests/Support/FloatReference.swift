import Foundation
import Tensors

@testable import TrainingCompiler

/// The same graph in float64 and real units: no rounding, but with clamps, which pass no gradient outside
/// their limits.
struct FloatReference {
  let network: QuantizedNetwork
  /// Real values, `scale · integer`.
  var weights: [[Double]]
  var biases: [[Double]]

  init(_ network: QuantizedNetwork) {
    self.network = network
    weights = network.nodes.map { node in
      node.weights.enumerated().map { i, w in Double(w) * node.weightScale(ofWeight: i) }
    }
    biases = network.nodes.map { node in
      node.bias.enumerated().map { o, b in
        Double(b) * Double(node.weightScales[o]) * Double(network.nodes[node.inputs[0]].output.scale)
      }
    }
  }

  struct Pass {
    /// Before and after the clamp, by node.
    var sums: [[Double]] = []
    var outputs: [[Double]] = []
    var clamped: [[Bool]] = []
    /// Which input element each output of a max pool took.
    var winners: [[Int]] = []
    var logits: [Double] { outputs[outputs.count - 1] }

    func loss(label: Int) -> Double {
      let largest = logits.max()!
      return largest - logits[label] + log(logits.reduce(0) { $0 + exp($1 - largest) })
    }
  }

  struct Gradients {
    var weights: [[Double]]
    var biases: [[Double]]
  }

  func forward(_ window: [Int8]) -> Pass {
    let input = network.nodes[0].output
    var pass = Pass()
    for (n, node) in network.nodes.enumerated() {
      var winners: [Int] = []
      let sums: [Double]
      switch node.operation {
      case .input:
        sums = window.map { Double(input.scale) * Double(Int32($0) - input.zeroPoint) }
      case .convolution, .depthwiseConvolution, .dense:
        sums = layer(n, pass.outputs[node.inputs[0]])
      case .add:
        sums = zip(pass.outputs[node.inputs[0]], pass.outputs[node.inputs[1]]).map { $0 + $1 }
      case .averagePool, .globalAveragePool:
        let x = pass.outputs[node.inputs[0]]
        sums = windows(of: n).map { $0.reduce(0) { $0 + x[$1] } / Double($0.count) }
      case .maxPool:
        let x = pass.outputs[node.inputs[0]]
        winners = windows(of: n).map { window in window.first { x[$0] == window.map { x[$0] }.max()! }! }
        sums = winners.map { x[$0] }
      }
      let limits = self.limits(n)
      pass.sums.append(sums)
      pass.outputs.append(sums.map { max(limits.lowerBound, min(limits.upperBound, $0)) })
      pass.clamped.append(sums.map { !limits.contains($0) })
      pass.winners.append(winners)
    }
    return pass
  }

  /// Real clamp limits; none for inputs, pools and logits.
  func limits(_ n: Int) -> ClosedRange<Double> {
    let node = network.nodes[n]
    guard n < network.nodes.count - 1, !node.weights.isEmpty || node.operation == .add else {
      return -Double.infinity...Double.infinity
    }
    let scale = Double(node.output.scale)
    return scale * Double(node.output.low - node.output.zeroPoint)...scale
      * Double(node.output.high - node.output.zeroPoint)
  }

  /// Softmax cross-entropy's gradient, by the chain rule written out.
  func gradients(_ pass: Pass, label: Int) -> Gradients {
    var result = Gradients(
      weights: weights.map { $0.map { _ in 0 } }, biases: biases.map { $0.map { _ in 0 } })
    var outputs = pass.outputs.map { $0.map { _ in 0.0 } }
    let largest = pass.logits.max()!
    let powers = pass.logits.map { exp($0 - largest) }
    let total = powers.reduce(0, +)
    outputs[outputs.count - 1] = powers.indices.map { powers[$0] / total - ($0 == label ? 1 : 0) }
    for (n, node) in network.nodes.enumerated().reversed() where n > 0 {
      let g = zip(outputs[n], pass.clamped[n]).map { $1 ? 0 : $0 }
      switch node.operation {
      case .input:
        break
      case .convolution, .depthwiseConvolution, .dense:
        forEachProduct(of: n) { y, w, x in
          result.weights[n][w] += g[y] * pass.outputs[node.inputs[0]][x]
          outputs[node.inputs[0]][x] += g[y] * weights[n][w]
        }
        for y in g.indices { result.biases[n][y % node.shape.channels] += g[y] }
      case .add:
        for input in node.inputs { for i in g.indices { outputs[input][i] += g[i] } }
      case .averagePool, .globalAveragePool:
        for (y, window) in windows(of: n).enumerated() {
          for x in window { outputs[node.inputs[0]][x] += g[y] / Double(window.count) }
        }
      case .maxPool:
        for (y, x) in pass.winners[n].enumerated() { outputs[node.inputs[0]][x] += g[y] }
      }
    }
    return result
  }

  // MARK: Pieces

  private func layer(_ n: Int, _ x: [Double]) -> [Double] {
    let channels = network.nodes[n].shape.channels
    var sums = (0..<network.nodes[n].shape.elementCount).map { biases[n][$0 % channels] }
    forEachProduct(of: n) { y, w, i in sums[y] += weights[n][w] * x[i] }
    return sums
  }

  /// Calls back for every product of a layer with the indices of output, weight and input.
  private func forEachProduct(of n: Int, _ body: (_ y: Int, _ w: Int, _ x: Int) -> Void) {
    let g = network.geometry(ofNode: n)
    var isDepthwise = false
    if case .depthwiseConvolution = network.nodes[n].operation { isDepthwise = true }
    for t in 0..<g.outputLength {
      for o in 0..<g.outputChannels {
        for k in 0..<g.kernel {
          let frame = t * g.stride + k - g.padding
          guard (0..<g.inputLength).contains(frame) else { continue }
          for i in isDepthwise ? o..<o + 1 : 0..<g.inputChannels {
            let w = isDepthwise ? k * g.outputChannels + o : (o * g.kernel + k) * g.inputChannels + i
            body(t * g.outputChannels + o, w, frame * g.inputChannels + i)
          }
        }
      }
    }
  }

  /// The input elements under each output of a pool.
  private func windows(of n: Int) -> [[Int]] {
    let g = network.geometry(ofNode: n)
    return (0..<g.outputLength).flatMap { t in
      (0..<g.inputChannels).map { c in (0..<g.kernel).map { (t * g.stride + $0) * g.inputChannels + c } }
    }
  }
}

extension QuantizedNetwork.Node {
  /// The scale of one weight: that of its output channel.
  func weightScale(ofWeight i: Int) -> Double {
    if case .depthwiseConvolution = operation { return Double(weightScales[i % shape.channels]) }
    return Double(weightScales[i / (weights.count / shape.channels)])
  }
}
