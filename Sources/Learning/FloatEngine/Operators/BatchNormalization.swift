/// Batch normalisation over a shard of a batch, frame-major: `rows` frames of `channels` values.
///
/// The batch's statistics join those of its shards, so this comes in steps with a barrier between them:
/// `moments` for each shard, `join` once, `normalize` for each shard; backward likewise with `gradientSums`.
enum BatchNormalizationFloat {
  /// The mean of each channel and the sum of squared distances from it.
  ///
  /// Two passes over the shard, so that nothing cancels.
  static func moments(
    _ values: UnsafePointer<Float>, rows: Int, channels: Int, mean: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>
  ) {
    Elementwise.columnSums(values, rows: rows, channels: channels, into: mean)
    for channel in 0..<channels { mean[channel] /= Float(rows) }
    var channel = 0
    while channel &+ 4 <= channels {
      let centre = load4(mean + channel)
      var sum = SIMD4<Float>.zero
      for row in 0..<rows {
        let distance = load4(values + (row &* channels &+ channel)) - centre
        sum += distance * distance
      }
      store4(sum, squares + channel)
      channel &+= 4
    }
    while channel < channels {
      var sum: Float = 0
      for row in 0..<rows {
        let distance = values[row &* channels &+ channel] - mean[channel]
        sum += distance * distance
      }
      squares[channel] = sum
      channel &+= 1
    }
  }

  /// Mean and biased variance of the union of shards, in index order.
  ///
  /// After Chan, Golub and LeVeque 1983, "Algorithms for Computing the Sample Variance".
  static func join(rows: [Int], means: [Float], squares: [Float]) -> (mean: Double, variance: Double) {
    var count = 0.0
    var mean = 0.0
    var square = 0.0
    for (shard, shardRows) in rows.enumerated() {
      let added = Double(shardRows)
      let distance = Double(means[shard]) - mean
      let total = count + added
      mean += distance * added / total
      square += Double(squares[shard]) + distance * distance * count * added / total
      count = total
    }
    return (mean, square / count)
  }

  /// `y = (x − mean) · factor + shift`, where `factor = scale / sqrt(variance + epsilon)`.
  static func normalize(
    _ values: UnsafePointer<Float>, rows: Int, channels: Int, mean: UnsafePointer<Float>,
    factor: UnsafePointer<Float>, shift: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let source = values + row &* channels
      let result = target + row &* channels
      var channel = 0
      while channel &+ 4 <= channels {
        let centred = load4(source + channel) - load4(mean + channel)
        store4(centred * load4(factor + channel) + load4(shift + channel), result + channel)
        channel &+= 4
      }
      while channel < channels {
        result[channel] = (source[channel] - mean[channel]) * factor[channel] + shift[channel]
        channel &+= 1
      }
    }
  }

  /// For each channel `Σ g` and `Σ g · (x − mean)` over the shard's frames.
  static func gradientSums(
    input: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>, rows: Int, channels: Int,
    mean: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>, products: UnsafeMutablePointer<Float>
  ) {
    var channel = 0
    while channel &+ 4 <= channels {
      let centre = load4(mean + channel)
      var sum = SIMD4<Float>.zero
      var product = SIMD4<Float>.zero
      for row in 0..<rows {
        let gradient = load4(outputGradients + (row &* channels &+ channel))
        sum += gradient
        product += gradient * (load4(input + (row &* channels &+ channel)) - centre)
      }
      store4(sum, sums + channel)
      store4(product, products + channel)
      channel &+= 4
    }
    while channel < channels {
      var sum: Float = 0
      var product: Float = 0
      for row in 0..<rows {
        let gradient = outputGradients[row &* channels &+ channel]
        sum += gradient
        product += gradient * (input[row &* channels &+ channel] - mean[channel])
      }
      sums[channel] = sum
      products[channel] = product
      channel &+= 1
    }
  }

  /// `∂L/∂x (+)= factor · (g − meanGradient) − (x − mean) · slope`.
  ///
  /// With batch statistics `meanGradient = Σ g / n` and `slope = factor · Σ g (x − mean) / (n · (variance +
  /// epsilon))`; with running statistics both are zero.
  static func backward(
    input: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>, rows: Int, channels: Int,
    mean: UnsafePointer<Float>, factor: UnsafePointer<Float>, meanGradient: UnsafePointer<Float>,
    slope: UnsafePointer<Float>, inputGradients: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    for row in 0..<rows {
      let source = input + row &* channels
      let errors = outputGradients + row &* channels
      let target = inputGradients + row &* channels
      var channel = 0
      while channel &+ 4 <= channels {
        let error = load4(errors + channel) - load4(meanGradient + channel)
        let centred = load4(source + channel) - load4(mean + channel)
        var gradient = error * load4(factor + channel) - centred * load4(slope + channel)
        if accumulate { gradient += load4(target + channel) }
        store4(gradient, target + channel)
        channel &+= 4
      }
      while channel < channels {
        let error = errors[channel] - meanGradient[channel]
        let gradient = error * factor[channel] - (source[channel] - mean[channel]) * slope[channel]
        target[channel] = accumulate ? target[channel] + gradient : gradient
        channel &+= 1
      }
    }
  }
}
