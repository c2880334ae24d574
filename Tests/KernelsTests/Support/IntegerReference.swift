import Tensors

/// The formulas of the int8 kernels, written the obvious way in wide integers.
enum IntegerReference {
  /// The greatest integer not above `numerator / denominator`.
  static func floor(_ numerator: Int128, over denominator: Int128) -> Int128 {
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// `value · mantissa / 2^shift` to nearest, ties upward.
  static func scaled(_ value: Int64, _ mantissa: Int32, _ shift: UInt8) -> Int64 {
    let unit: Int128 = 1 << Int128(shift)
    return Int64(floor(2 * Int128(value) * Int128(mantissa) + unit, over: 2 * unit))
  }

  /// Element `(t, c)` of an activation less its zero point; padding is real zero.
  static func centred(_ x: [Int8], _ t: Int, _ c: Int, length: Int, channels: Int, zeroPoint: Int32) -> Int64 {
    (0..<length).contains(t) ? Int64(x[t * channels + c]) - Int64(zeroPoint) : 0
  }

  /// `acc[o,t] = b[o] + Σ w[o,k,i] · (x[t·stride + k − padding, i] − zx)`, frame-major.
  static func convolutionSums(
    _ x: [Int8], zeroPoint: Int32, weights: [Int8], bias: [Int32], _ g: ConvolutionGeometry
  ) -> [Int64] {
    var sums: [Int64] = []
    for t in 0..<g.outputLength {
      for o in 0..<g.outputChannels {
        var sum = Int64(bias[o])
        for k in 0..<g.kernel {
          for i in 0..<g.inputChannels {
            sum +=
              Int64(weights[(o * g.kernel + k) * g.inputChannels + i])
              * centred(
                x, t * g.stride + k - g.padding, i, length: g.inputLength, channels: g.inputChannels,
                zeroPoint: zeroPoint)
          }
        }
        sums.append(sum)
      }
    }
    return sums
  }

  static func depthwiseSums(
    _ x: [Int8], zeroPoint: Int32, weights: [Int8], bias: [Int32], _ g: ConvolutionGeometry
  ) -> [Int64] {
    var sums: [Int64] = []
    for t in 0..<g.outputLength {
      for c in 0..<g.inputChannels {
        var sum = Int64(bias[c])
        for k in 0..<g.kernel {
          sum +=
            Int64(weights[k * g.inputChannels + c])
            * centred(
              x, t * g.stride + k - g.padding, c, length: g.inputLength, channels: g.inputChannels,
              zeroPoint: zeroPoint)
        }
        sums.append(sum)
      }
    }
    return sums
  }

  /// `clamp(zy + round(acc · m[o]))`, and which rounded values lay outside the limits.
  static func requantized(
    _ sums: [Int64], mantissas: [Int32], shifts: [UInt8], range: OutputRange
  ) -> (values: [Int8], clamped: [Bool]) {
    var values: [Int8] = []
    var clamped: [Bool] = []
    for (i, sum) in sums.enumerated() {
      let c = i % mantissas.count
      let rounded = Int64(range.zeroPoint) + scaled(sum, mantissas[c], shifts[c])
      values.append(Int8(min(max(rounded, Int64(range.low)), Int64(range.high))))
      clamped.append(rounded < Int64(range.low) || rounded > Int64(range.high))
    }
    return (values, clamped)
  }

  /// `∂/∂x[s,i] = Σ e[t,o] · w[o,k,i]` over all products in which `x[s,i]` stands.
  static func inputGradient(_ e: [some BinaryInteger], weights: [Int8], _ g: ConvolutionGeometry) -> [Int64] {
    var gradient = [Int64](repeating: 0, count: g.inputLength * g.inputChannels)
    for t in 0..<g.outputLength {
      for o in 0..<g.outputChannels {
        for k in 0..<g.kernel {
          for i in 0..<g.inputChannels {
            let s = t * g.stride + k - g.padding
            guard (0..<g.inputLength).contains(s) else { continue }
            gradient[s * g.inputChannels + i] +=
              Int64(e[t * g.outputChannels + o]) * Int64(weights[(o * g.kernel + k) * g.inputChannels + i])
          }
        }
      }
    }
    return gradient
  }

  static func depthwiseInputGradient(_ e: [some BinaryInteger], weights: [Int8], _ g: ConvolutionGeometry) -> [Int64] {
    var gradient = [Int64](repeating: 0, count: g.inputLength * g.inputChannels)
    for t in 0..<g.outputLength {
      for c in 0..<g.inputChannels {
        for k in 0..<g.kernel {
          let s = t * g.stride + k - g.padding
          guard (0..<g.inputLength).contains(s) else { continue }
          gradient[s * g.inputChannels + c] +=
            Int64(e[t * g.inputChannels + c]) * Int64(weights[k * g.inputChannels + c])
        }
      }
    }
    return gradient
  }

  /// `Σ e[t,o] · (x[t·stride + k − padding, i] − zx)`, `[o][k][i]`.
  static func weightGradient(_ e: [some BinaryInteger], input x: [Int8], zeroPoint: Int32, _ g: ConvolutionGeometry)
    -> [Int64]
  {
    var gradient: [Int64] = []
    for o in 0..<g.outputChannels {
      for k in 0..<g.kernel {
        for i in 0..<g.inputChannels {
          var sum: Int64 = 0
          for t in 0..<g.outputLength {
            sum +=
              Int64(e[t * g.outputChannels + o])
              * centred(
                x, t * g.stride + k - g.padding, i, length: g.inputLength, channels: g.inputChannels,
                zeroPoint: zeroPoint)
          }
          gradient.append(sum)
        }
      }
    }
    return gradient
  }

  /// `[k][c]`.
  static func depthwiseWeightGradient(
    _ e: [some BinaryInteger], input x: [Int8], zeroPoint: Int32, _ g: ConvolutionGeometry
  ) -> [Int64] {
    var gradient: [Int64] = []
    for k in 0..<g.kernel {
      for c in 0..<g.inputChannels {
        var sum: Int64 = 0
        for t in 0..<g.outputLength {
          sum +=
            Int64(e[t * g.inputChannels + c])
            * centred(
              x, t * g.stride + k - g.padding, c, length: g.inputLength, channels: g.inputChannels,
              zeroPoint: zeroPoint)
        }
        gradient.append(sum)
      }
    }
    return gradient
  }

  /// A mask's bytes, lowest bit first; bits past the last element are 0.
  static func bytes(of bits: [Bool]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (i, bit) in bits.enumerated() where bit { bytes[i / 8] += 1 << UInt8(i % 8) }
    return bytes
  }
}
