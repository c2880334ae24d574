import Tensors

@testable import TrainingCompiler

/// A whole training step in plain integer loops over arrays: the definition that the engine must equal bit
/// for bit. It knows neither plan nor arena, and shares with the engine only the random generator.
struct IntegerReference {
  let network: QuantizedNetwork
  let scheme: UpdateScheme
  let options: TrainingOptions
  let rate: Double
  /// Steps of a rate that falls to 0 in a straight line; constant if absent.
  let fallingOver: Int?
  let seed: UInt64

  var weights: [[Int64]]
  var biases: [[Int64]]
  /// What error feedback keeps, in units of 1/256.
  var weightResiduals: [[Int64]]
  var biasResiduals: [[Int64]]
  /// What is kept of gradients, by node: a scale a row and a value a parameter.
  var weightVelocities: [Velocity]
  var biasVelocities: [Velocity]
  /// The largest magnitudes that tensors left for the next step, by their keys.
  var carried: [Int: ReferenceScale] = [:]
  /// Error elements that were too large.
  var saturated = 0
  var stepIndex = 0
  /// By layer, the input channels whose weights are updated; all where a layer is absent.
  var chosenChannels: [Int: [Int]] = [:]

  init(
    _ network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions, rate: Double,
    fallingOver: Int? = nil, seed: UInt64
  ) {
    self.network = network
    self.scheme = scheme
    self.options = options
    self.rate = rate
    self.fallingOver = fallingOver
    self.seed = seed
    weights = network.nodes.map { $0.weights.map { Int64($0) } }
    biases = network.nodes.map { $0.bias.map { Int64($0) } }
    weightResiduals = network.nodes.map { Array(repeating: 0, count: $0.weights.count) }
    biasResiduals = network.nodes.map { Array(repeating: 0, count: $0.bias.count) }
    weightVelocities = network.nodes.map { Velocity(rows: $0.weights.count, parameters: $0.weights.count) }
    biasVelocities = network.nodes.map { Velocity(rows: 1, parameters: $0.bias.count) }
  }

  /// Integers of one scale.
  struct Tensor {
    var values: [Int64]
    var scale: ReferenceScale
  }

  /// Integers of one scale, each below 2 to the power `bits` in magnitude by the shapes alone.
  struct Bounded {
    var tensor: Tensor
    var bits: Int
  }

  /// All that a step computed.
  struct Trace {
    /// By node; the last node's are its logits in units of 2^-20.
    var activations: [[Int64]] = []
    var clamped: [[Bool]] = []
    var prediction = 0
    /// In units of 2^-20.
    var loss: Int64 = 0
    /// In units of 2^-30.
    var lossGradient: [Int64] = []
    /// Int8 errors of layers with weights, by node.
    var errors: [Int: Tensor] = [:]
    /// Int8 gradients behind joins, int32 gradients behind pools, by node.
    var joins: [Int: Tensor] = [:]
    var pools: [Int: Bounded] = [:]
    /// What a layer's errors give its input: `Σ e · w`, by layer.
    var inputSums: [Int: [Int64]] = [:]
    /// `Σ e · (x − zeroPoint)` and `Σ e`, by layer.
    var weightSums: [Int: [Int64]] = [:]
    var biasSums: [Int: [Int64]] = [:]
  }

  mutating func step(_ window: [Int8], label: Int) -> Trace {
    var trace = forward(window)
    computeLoss(label: label, &trace)
    backward(&trace)
    update(&trace)
    stepIndex += 1
    return trace
  }

  // MARK: Forward

  func isDepthwise(_ n: Int) -> Bool {
    if case .depthwiseConvolution = network.nodes[n].operation { return true }
    return false
  }

  func forward(_ window: [Int8]) -> Trace {
    var trace = Trace()
    for (n, node) in network.nodes.enumerated() {
      var sums: [Int64] = []
      switch node.operation {
      case .input:
        trace.activations.append(window.map { Int64($0) })
        trace.clamped.append(window.map { _ in false })
        continue
      case .convolution, .depthwiseConvolution, .dense:
        sums = convolve(n, trace.activations[node.inputs[0]])
        let outputScale = n == network.nodes.count - 1 ? 1.0 / 1_048_576 : Double(node.output.scale)
        let inputScale = Double(network.nodes[node.inputs[0]].output.scale)
        let factors = node.weightScales.map { ReferenceMultiplier(inputScale * Double($0) / outputScale) }
        sums = sums.enumerated().map { factors[$0 % node.shape.channels].scale($1) }
        if n == network.nodes.count - 1 {
          trace.activations.append(sums.map { max(-(1 << 30), min(1 << 30, $0)) })
          trace.clamped.append(sums.map { _ in false })
          trace.prediction = trace.activations[n].firstIndex(of: trace.activations[n].max()!)!
          continue
        }
      case .add:
        sums = add(n, trace.activations[node.inputs[0]], trace.activations[node.inputs[1]])
      case .averagePool, .maxPool, .globalAveragePool:
        trace.activations.append(pool(n, trace.activations[node.inputs[0]]))
        trace.clamped.append(trace.activations[n].map { _ in false })
        continue
      }
      let output = node.output
      let rounded = sums.map { $0 + Int64(output.zeroPoint) }
      trace.activations.append(rounded.map { max(Int64(output.low), min(Int64(output.high), $0)) })
      trace.clamped.append(rounded.map { $0 < Int64(output.low) || $0 > Int64(output.high) })
    }
    return trace
  }

  private func convolve(_ n: Int, _ x: [Int64]) -> [Int64] {
    let g = network.geometry(ofNode: n)
    let zeroPoint = Int64(network.nodes[network.nodes[n].inputs[0]].output.zeroPoint)
    var sums = [Int64](repeating: 0, count: g.outputLength * g.outputChannels)
    for t in 0..<g.outputLength {
      for o in 0..<g.outputChannels {
        var sum = biases[n][o]
        forEachTap(of: n, t: t, o: o) { weight, position in sum += weights[n][weight] * (x[position] - zeroPoint) }
        sums[t * g.outputChannels + o] = sum
      }
    }
    return sums
  }

  /// Calls back with the index of every weight of output channel `o` and of the input under it at frame `t`.
  func forEachTap(of n: Int, t: Int, o: Int, _ body: (_ weight: Int, _ position: Int) -> Void) {
    let g = network.geometry(ofNode: n)
    for k in 0..<g.kernel {
      let frame = t * g.stride + k - g.padding
      guard frame >= 0, frame < g.inputLength else { continue }
      if isDepthwise(n) {
        body(k * g.inputChannels + o, frame * g.inputChannels + o)
      } else {
        for i in 0..<g.inputChannels {
          body((o * g.kernel + k) * g.inputChannels + i, frame * g.inputChannels + i)
        }
      }
    }
  }

  private func add(_ n: Int, _ a: [Int64], _ b: [Int64]) -> [Int64] {
    let node = network.nodes[n]
    let left = network.nodes[node.inputs[0]].output
    let right = network.nodes[node.inputs[1]].output
    let leftRatio = Double(left.scale) / Double(node.output.scale)
    let rightRatio = Double(right.scale) / Double(node.output.scale)
    // The larger ratio keeps 30 bits, and both stand over one power of two.
    let shift = 29 - Int(max(leftRatio, rightRatio).exponent)
    let unit = Double(sign: .plus, exponent: shift, significand: 1)
    let leftFactor = Int128((leftRatio * unit).rounded())
    let rightFactor = Int128((rightRatio * unit).rounded())
    return zip(a, b).map { a, b in
      let sum =
        Int128(a - Int64(left.zeroPoint)) * leftFactor + Int128(b - Int64(right.zeroPoint)) * rightFactor
      return Int64(roundedHalfUp(sum, overTwoTo: shift))
    }
  }

  private func pool(_ n: Int, _ x: [Int64]) -> [Int64] {
    let g = network.geometry(ofNode: n)
    let zeroPoint = Int64(network.nodes[n].output.zeroPoint)
    let factor = ReferenceMultiplier(1 / Double(g.kernel))
    var y: [Int64] = []
    for t in 0..<g.outputLength {
      for c in 0..<g.inputChannels {
        let window = (0..<g.kernel).map { x[(t * g.stride + $0) * g.inputChannels + c] }
        if case .maxPool = network.nodes[n].operation {
          y.append(window.max()!)
        } else {
          y.append(zeroPoint + factor.scale(window.reduce(0) { $0 + $1 - zeroPoint }))
        }
      }
    }
    return y
  }
}
