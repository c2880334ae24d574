/// Random bits as a pure function of a key and a counter, so that neither order, threads nor SIMD width
/// change what is drawn.
///
/// The key mixes a seed with a stream number (a training step, an epoch); the counter is the index of
/// the thing that needs a number (a parameter, a sample). Each word passes two rounds of a 32-bit
/// multiply-xorshift permutation with one half of the key before each round. Only 32-bit operations run
/// for a word, so it costs little on a microcontroller and maps to SIMD lanes.
///
/// The mixing constants are those of Ettinger's `lowbias32` (32-bit) and of SplitMix64 (Steele, Lea and
/// Flood, OOPSLA 2014). Not for cryptography.
public struct CounterRandom: Sendable, Hashable {
  public let lowKey: UInt32
  public let highKey: UInt32

  public init(seed: UInt64, stream: UInt64) {
    var key = Self.splitMix(seed &+ 0x9E37_79B9_7F4A_7C15)
    key = Self.splitMix(key ^ Self.splitMix(stream &+ 0xD1B5_4A32_D192_ED03))
    lowKey = UInt32(truncatingIfNeeded: key)
    highKey = UInt32(truncatingIfNeeded: key >> 32)
  }

  /// 32 uniform bits for a counter.
  @inlinable
  public func word(at index: UInt32) -> UInt32 {
    Self.mix(Self.mix(index ^ lowKey) &+ highKey)
  }

  @inlinable
  static func mix(_ value: UInt32) -> UInt32 {
    var x = value
    x ^= x >> 16
    x = x &* 0x7FEB_352D
    x ^= x >> 15
    x = x &* 0x846C_A68B
    x ^= x >> 16
    return x
  }

  private static func splitMix(_ value: UInt64) -> UInt64 {
    var x = value
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
