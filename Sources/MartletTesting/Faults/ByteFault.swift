public import Foundation

extension Data {
  /// The first bytes only, as a file is after a full disk or a lost connection.
  public func truncated(to count: Int) -> Data { prefix(Swift.max(0, count)) }

  /// The data with single bits turned over.
  ///
  /// - Parameter count: Different bits, at most all of them.
  /// - Returns: The data, and the bits by number: bit `b` of byte `i` is `8 i + b`.
  public func flippingBits(_ count: Int, seed: UInt64) -> (data: Data, bits: [Int]) {
    var noise = SeededNoise(seed: seed)
    var chosen: Set<Int> = []
    let wanted = Swift.min(count, 8 * self.count)
    while chosen.count < wanted { chosen.insert(Int.random(in: 0..<8 * self.count, using: &noise)) }
    var bytes = [UInt8](self)
    for bit in chosen { bytes[bit / 8] ^= 1 << UInt8(bit % 8) }
    return (Data(bytes), chosen.sorted())
  }
}
