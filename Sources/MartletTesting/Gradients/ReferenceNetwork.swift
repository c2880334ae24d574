import Foundation
package import TrainingCompiler

/// The definition of every operation in float64, written the obvious way; slow and easy to read.
package struct ReferenceNetwork {
  package struct Numbers {
    package var weights: [Double]
    package var bias: [Double]
    package var normScale: [Double]
    package var normShift: [Double]
    package var runningMean: [Double]
    package var runningVariance: [Double]

    package init(_ node: NodeParameters) {
      weights = node.weights.map(Double.init)
      bias = node.bias.map(Double.init)
      normScale = node.normScale.map(Double.init)
      normShift = node.normShift.map(Double.init)
      runningMean = node.runningMean.map(Double.init)
      runningVariance = node.runningVariance.map(Double.init)
    }
  }

  package let graph: NetworkGraph
  package var numbers: [Numbers]

  package init(_ network: FloatNetwork) {
    graph = network.graph
    numbers = network.parameters.map(Numbers.init)
  }

  /// The outputs of every node for every sample: `[node][sample][t · channels + c]`.
  package func activations(_ batch: [[Double]], batchStatistics: Bool) -> [[[Double]]] {
    var outputs: [[[Double]]] = [batch]
    for index in graph.nodes.indices.dropFirst() {
      let inputs = graph.nodes[index].inputs.map { outputs[$0] }
      if case .batchNormalization(let epsilon) = graph.nodes[index].operation {
        outputs.append(normalize(index, inputs[0], Double(epsilon), batchStatistics))
      } else {
        outputs.append(batch.indices.map { sample in output(index, inputs.map { $0[sample] }) })
      }
    }
    return outputs
  }

  private func normalize(
    _ index: Int, _ batch: [[Double]], _ epsilon: Double, _ batchStatistics: Bool
  ) -> [[Double]] {
    let channels = graph.nodes[index].shape.channels
    var result = batch
    for channel in 0..<channels {
      let positions = stride(from: channel, to: graph.nodes[index].shape.elementCount, by: channels)
      let all = batch.flatMap { sample in positions.map { sample[$0] } }
      var mean = numbers[index].runningMean[channel]
      var variance = numbers[index].runningVariance[channel]
      if batchStatistics {
        mean = all.reduce(0, +) / Double(all.count)
        variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
      }
      for sample in batch.indices {
        for position in positions {
          result[sample][position] =
            (batch[sample][position] - mean) / (variance + epsilon).squareRoot() * numbers[index].normScale[channel]
            + numbers[index].normShift[channel]
        }
      }
    }
    return result
  }

  private func output(_ index: Int, _ inputs: [[Double]]) -> [Double] {
    let node = graph.nodes[index]
    let from = graph.nodes[node.inputs[0]].shape
    let x = inputs[0]
    let own = numbers[index]
    func bias(_ channel: Int) -> Double { own.bias.isEmpty ? 0 : own.bias[channel] }
    func input(_ frame: Int, _ channel: Int) -> Double {
      (0..<from.length).contains(frame) ? x[frame * from.channels + channel] : 0
    }
    func eachOutput(_ body: (_ frame: Int, _ channel: Int) -> Double) -> [Double] {
      (0..<node.shape.length).flatMap { frame in (0..<node.shape.channels).map { body(frame, $0) } }
    }
    switch node.operation {
    case .input, .batchNormalization: return x
    case .convolution(let kernel, _):
      return eachOutput { frame, channel in
        var sum = bias(channel)
        for tap in 0..<kernel.size {
          for source in 0..<from.channels {
            sum +=
              input(frame * kernel.stride + tap - kernel.padding, source)
              * own.weights[(channel * kernel.size + tap) * from.channels + source]
          }
        }
        return sum
      }
    case .depthwiseConvolution(let kernel, _):
      return eachOutput { frame, channel in
        (0..<kernel.size).reduce(bias(channel)) { sum, tap in
          sum + input(frame * kernel.stride + tap - kernel.padding, channel)
            * own.weights[tap * from.channels + channel]
        }
      }
    case .dense:
      return (0..<node.shape.channels).map { channel in
        x.indices.reduce(bias(channel)) { $0 + x[$1] * own.weights[channel * x.count + $1] }
      }
    case .activation(.relu): return x.map { max($0, 0) }
    case .activation(.relu6): return x.map { min(max($0, 0), 6) }
    case .add: return zip(x, inputs[1]).map { $0 + $1 }
    case .averagePool(let kernel):
      return eachOutput { frame, channel in
        (0..<kernel.size).reduce(0) { $0 + input(frame * kernel.stride + $1, channel) } / Double(kernel.size)
      }
    case .maxPool(let kernel):
      return eachOutput { frame, channel in
        (0..<kernel.size).map { input(frame * kernel.stride + $0, channel) }.max() ?? 0
      }
    case .globalAveragePool:
      return (0..<from.channels).map { channel in
        (0..<from.length).reduce(0) { $0 + input($1, channel) } / Double(from.length)
      }
    }
  }

  /// The mean softmax cross-entropy of a batch.
  package func loss(_ batch: [[Double]], labels: [Int], smoothing: Double, batchStatistics: Bool) -> Double {
    let logits = activations(batch, batchStatistics: batchStatistics).last ?? []
    var sum = 0.0
    for (sample, scores) in logits.enumerated() {
      let total = Foundation.log(scores.reduce(0) { $0 + Foundation.exp($1) })
      for (index, score) in scores.enumerated() {
        let target = smoothing / Double(scores.count) + (index == labels[sample] ? 1 - smoothing : 0)
        sum -= target * (score - total)
      }
    }
    return sum / Double(batch.count)
  }
}
