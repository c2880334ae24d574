/// xxHash with 32 bits and seed 0, fed piece by piece, as LZ4 frames use it.
///
/// After Y. Collet, "xxHash fast digest algorithm", version 0.1.1.
struct XXHash32 {
  private static let prime1: UInt32 = 0x9E37_79B1
  private static let prime2: UInt32 = 0x85EB_CA77
  private static let prime3: UInt32 = 0xC2B2_AE3D
  private static let prime4: UInt32 = 0x27D4_EB2F
  private static let prime5: UInt32 = 0x1656_67B1
  private static let stripeBytes = 16

  private var lane1 = Self.prime1 &+ Self.prime2
  private var lane2 = Self.prime2
  private var lane3: UInt32 = 0
  private var lane4 = 0 &- Self.prime1
  private var total: UInt64 = 0
  /// Bytes that do not fill a stripe yet.
  private var tail: [UInt8] = []

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var hash = XXHash32()
    hash.add(bytes)
    return hash.value
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    total &+= UInt64(bytes.count)
    var rest = bytes
    if !tail.isEmpty {
      let missing = min(rest.count, Self.stripeBytes - tail.count)
      tail += rest.prefix(missing)
      rest = .init(rebasing: rest.dropFirst(missing))
      guard tail.count == Self.stripeBytes else { return }
      let full = tail
      full.withUnsafeBytes { addStripes($0) }
      tail.removeAll(keepingCapacity: true)
    }
    let whole = rest.count / Self.stripeBytes * Self.stripeBytes
    addStripes(.init(rebasing: rest.prefix(whole)))
    tail += rest.dropFirst(whole)
  }

  private mutating func addStripes(_ bytes: UnsafeRawBufferPointer) {
    func word(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    var (a, b, c, d) = (lane1, lane2, lane3, lane4)
    var offset = 0
    while offset < bytes.count {
      a = Self.round(a, word(offset))
      b = Self.round(b, word(offset + 4))
      c = Self.round(c, word(offset + 8))
      d = Self.round(d, word(offset + 12))
      offset += Self.stripeBytes
    }
    (lane1, lane2, lane3, lane4) = (a, b, c, d)
  }

  @inline(__always)
  private static func round(_ lane: UInt32, _ word: UInt32) -> UInt32 {
    rotated(lane &+ word &* prime2, 13) &* prime1
  }

  @inline(__always)
  private static func rotated(_ value: UInt32, _ bits: UInt32) -> UInt32 {
    value &<< bits | value &>> (32 - bits)
  }

  /// The hash of all bytes so far.
  var value: UInt32 {
    var hash =
      total < UInt64(Self.stripeBytes)
      ? Self.prime5
      : Self.rotated(lane1, 1) &+ Self.rotated(lane2, 7) &+ Self.rotated(lane3, 12) &+ Self.rotated(lane4, 18)
    hash &+= UInt32(truncatingIfNeeded: total)
    var index = 0
    while index + 4 <= tail.count {
      let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(tail[index + $1]) << UInt32(8 * $1) }
      hash = Self.rotated(hash &+ word &* Self.prime3, 17) &* Self.prime4
      index += 4
    }
    for byte in tail[index...] { hash = Self.rotated(hash &+ UInt32(byte) &* Self.prime5, 11) &* Self.prime1 }
    hash ^= hash >> 15
    hash = hash &* Self.prime2
    hash ^= hash >> 13
    hash = hash &* Self.prime3
    return hash ^ hash >> 16
  }
}
