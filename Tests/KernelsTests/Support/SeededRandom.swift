/// Random numbers from a seed that a failing test can print.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The zero points that tests use: after a ReLU, next to zero on both sides, and the highest.
let zeroPoints: [Int32] = [-128, -1, 0, 5, 127]

extension SeededRandom {
  /// Any int8 values; every third array holds extremes only.
  mutating func int8s(_ count: Int) -> [Int8] {
    if Int.random(in: 0..<3, using: &self) == 0 {
      return (0..<count).map { _ in [-128, -127, -1, 0, 1, 127].randomElement(using: &self) ?? 0 }
    }
    return (0..<count).map { _ in Int8.random(in: -128...127, using: &self) }
  }

  /// Weights or errors: int8 without -128.
  mutating func symmetric(_ count: Int) -> [Int8] { int8s(count).map { max(-127, $0) } }

  /// Errors as clamping leaves them: many zeros.
  mutating func errors(_ count: Int) -> [Int8] {
    symmetric(count).map { Bool.random(using: &self) ? $0 : 0 }
  }

  mutating func int32s(_ count: Int, magnitude: Int32) -> [Int32] {
    (0..<count).map { _ in Int32.random(in: -magnitude...magnitude, using: &self) }
  }

  mutating func zeroPoint() -> Int32 { zeroPoints.randomElement(using: &self) ?? 0 }

  /// Bits of a mask, as bytes.
  mutating func mask(_ elements: Int) -> [UInt8] {
    (0..<(elements + 7) / 8).map { _ in UInt8.random(in: 0...255, using: &self) }
  }
}
