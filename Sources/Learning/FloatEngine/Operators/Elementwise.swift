import TrainingCompiler

/// Operations on one element or one channel at a time.
enum Elementwise {
  static func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
    sum(source, UnsafePointer(target), into: target, count: count)
  }

  static func sum(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    var index = 0
    while index &+ 4 <= count {
      store4(load4(left + index) + load4(right + index), target + index)
      index &+= 4
    }
    while index < count {
      target[index] = left[index] + right[index]
      index &+= 1
    }
  }

  /// `parameter −= rate · gradient`.
  static func descend(
    _ parameters: UnsafeMutablePointer<Float>, along gradients: UnsafePointer<Float>, rate: Float, count: Int
  ) {
    for index in 0..<count { parameters[index] -= rate * gradients[index] }
  }

  /// `max(x, 0)`, and for ReLU6 `min(max(x, 0), 6)`.
  static func activate(
    _ activation: NetworkGraph.Activation, _ source: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    let limit = upperLimit(of: activation)
    let zeros = SIMD4<Float>.zero
    let limits = SIMD4<Float>(repeating: limit)
    var index = 0
    while index &+ 4 <= count {
      var value = load4(source + index)
      value.replace(with: zeros, where: value .< zeros)
      value.replace(with: limits, where: value .> limits)
      store4(value, target + index)
      index &+= 4
    }
    while index < count {
      let value = source[index]
      target[index] = value < 0 ? 0 : value > limit ? limit : value
      index &+= 1
    }
  }

  /// The gradient passes where the output lies strictly between the limits.
  static func activateBackward(
    _ activation: NetworkGraph.Activation, output: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    inputGradients: UnsafeMutablePointer<Float>, accumulate: Bool, count: Int
  ) {
    let limit = upperLimit(of: activation)
    let zeros = SIMD4<Float>.zero
    let limits = SIMD4<Float>(repeating: limit)
    var index = 0
    while index &+ 4 <= count {
      let value = load4(output + index)
      var gradient = zeros
      gradient.replace(with: load4(outputGradients + index), where: (value .> zeros) .& (value .< limits))
      if accumulate { gradient += load4(inputGradients + index) }
      store4(gradient, inputGradients + index)
      index &+= 4
    }
    while index < count {
      let value = output[index]
      let gradient = value > 0 && value < limit ? outputGradients[index] : 0
      inputGradients[index] = accumulate ? inputGradients[index] + gradient : gradient
      index &+= 1
    }
  }

  private static func upperLimit(of activation: NetworkGraph.Activation) -> Float {
    switch activation {
    case .relu: .infinity
    case .relu6: 6
    }
  }

  /// The sum of each column of a `rows × channels` matrix, top to bottom; overwrites `sums`.
  static func columnSums(
    _ values: UnsafePointer<Float>, rows: Int, channels: Int, into sums: UnsafeMutablePointer<Float>
  ) {
    var channel = 0
    while channel &+ 4 <= channels {
      var sum = SIMD4<Float>.zero
      for row in 0..<rows { sum += load4(values + (row &* channels &+ channel)) }
      store4(sum, sums + channel)
      channel &+= 4
    }
    while channel < channels {
      var sum: Float = 0
      for row in 0..<rows { sum += values[row &* channels &+ channel] }
      sums[channel] = sum
      channel &+= 1
    }
  }
}
