import Tensors

@testable import TrainingCompiler

extension IntegerReference {
  /// The largest magnitude that an element of the chosen type has.
  var largestElement: Int {
    switch options.errorPrecision {
    case .int8: 127
    case .int16: 32_767
    case .int32: (1 << 24) - 1
    }
  }

  /// The outputs of a kernel that one input frame reaches.
  func overlap(_ g: ConvolutionGeometry) -> Int {
    (0..<g.inputLength).map { frame in
      (0..<g.outputLength).count { (0..<g.kernel).contains(frame - ($0 * g.stride - g.padding)) }
    }.reduce(min((g.kernel + g.stride - 1) / g.stride, g.outputLength), max)
  }

  /// The largest magnitude with which every sum that reads a layer's errors fits int32.
  func errorLimit(_ n: Int) -> Int {
    let g = network.geometry(ofNode: n)
    var products: [Int] = []
    if needsError[network.nodes[n].inputs[0]] {
      // Pools before the layer add up what overlaps, in int32 too; each has room in whole bits.
      var room = 1
      var before = network.nodes[n].inputs[0]
      while before > 0, network.nodes[before].weights.isEmpty, network.nodes[before].operation != .add {
        var bits = 0
        while 1 << bits < overlap(network.geometry(ofNode: before)) { bits += 1 }
        room <<= bits
        before = network.nodes[before].inputs[0]
      }
      products.append(overlap(g) * (isDepthwise(n) ? 1 : g.outputChannels) * 127 * room)
    }
    if scheme[n].weights != .none { products.append(g.outputLength * 255) }
    if scheme[n].bias { products.append(g.outputLength) }
    return products.reduce(largestElement) { min($0, Int(Int32.max) / $1) }
  }

  /// A layer's error: the gradient times the layer's weight scales.
  mutating func error(of n: Int, from sum: Tensor, passing: [Bool]) -> Tensor {
    quantized(
      sum, factors: network.nodes[n].weightScales.map { Double($0) }, passing: passing, limit: errorLimit(n), key: 1 + n
    )
  }

  /// A gradient that is stored to be added to others.
  mutating func joined(_ sum: Tensor, passing: [Bool], key: Int) -> Tensor {
    quantized(sum, factors: nil, passing: passing, limit: largestElement, key: key)
  }

  /// Integers with the largest magnitude over the limit as their scale; 0 where nothing passes.
  private mutating func quantized(
    _ sum: Tensor, factors: [Double]?, passing: [Bool], limit: Int, key: Int
  ) -> Tensor {
    let channels = factors?.count ?? 1
    // Factors in units of 2^(exponent − 31), the largest just below 2^31.
    let exponent = factors.map { Int($0.max()!.exponent) + 1 } ?? 1
    let table = (factors ?? [1]).map { factor in
      min(Int128(Int32.max), Int128((factor * Double(sign: .plus, exponent: 31 - exponent, significand: 1)).rounded()))
    }
    var top: Int128 = 0
    for (i, value) in sum.values.enumerated() where passing[i] {
      top = max(top, Int128(value.magnitude) * table[i % channels])
    }
    let overLimit = ReferenceScale(truncating: 1, over: Int128(limit))
    let largest = ReferenceScale(truncating: top, exponent: exponent - 31) * sum.scale
    let before = options.errorScale == .carried ? carried[key] : nil
    if !largest.isZero { carried[key] = Self.left(of: before, largest) }

    let scale: ReferenceScale
    let factorOf: [ReferenceScale]
    if let before {
      scale = before * overLimit
      let ratio = sum.scale * scale.reciprocal
      factorOf =
        factors == nil ? [ratio] : table.map { ratio * ReferenceScale(truncating: $0, exponent: exponent - 31) }
    } else {
      guard top > 0 else { return Tensor(values: sum.values.map { _ in 0 }, scale: .zero) }
      scale = largest * overLimit
      let maximum = ReferenceScale(truncating: top)
      factorOf = table.map { factor in
        let ratio = ReferenceScale(
          truncating: factor * maximum.reciprocal.mantissa, exponent: maximum.reciprocal.exponent)
        return ReferenceScale(truncating: ratio.mantissa * Int128(limit), exponent: ratio.exponent)
      }
    }
    let random = CounterRandom(seed: seed, stream: UInt64(key) << 32 | UInt64(stepIndex))
    let values = sum.values.enumerated().map { i, value -> Int64 in
      guard passing[i] else { return 0 }
      let wide = rounded(value, factorOf[i % channels], random.word(at: UInt32(i)))
      let kept = max(-Int128(limit), min(Int128(limit), wide))
      if kept != wide { saturated += 1 }
      return Int64(kept)
    }
    return Tensor(values: values, scale: scale)
  }

  private func rounded(_ value: Int64, _ factor: ReferenceScale, _ word: UInt32) -> Int128 {
    let bits = -factor.exponent
    // No int32 reaches half a unit; all others leave every range.
    if factor.isZero || bits > 62 { return 0 }
    if bits < 1 { return Int128(value) << 62 }
    let product = Int128(value) * factor.mantissa
    guard options.errorRounding == .stochastic else { return roundedHalfUp(product, overTwoTo: bits) }
    return (product + (Int128(word) << Int128(bits)) >> 32) >> Int128(bits)
  }

  /// What a step leaves for the next: the larger of its magnitude and of seven eighths of what it found.
  private static func left(of before: ReferenceScale?, _ largest: ReferenceScale) -> ReferenceScale {
    guard let before else { return largest }
    let left = before * ReferenceScale(truncating: 7, over: 8)
    return left.value > largest.value ? left : largest
  }
}
