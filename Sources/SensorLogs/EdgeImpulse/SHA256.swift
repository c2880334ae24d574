/// SHA-256 over bytes as they come, and the keyed form of it.
///
/// After FIPS 180-4 and RFC 2104.
struct SHA256 {
  private var state: [UInt32] = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
  ]
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0
  private var schedule = [UInt32](repeating: 0, count: 64)

  init() { pending.reserveCapacity(64) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount &+= UInt64(bytes.count)
    var rest = bytes
    if !pending.isEmpty {
      let taken = min(64 - pending.count, rest.count)
      pending.append(contentsOf: rest.prefix(taken))
      rest = .init(rebasing: rest.dropFirst(taken))
      if pending.count < 64 { return }
      pending.withUnsafeBytes { addBlock($0, &state, &schedule) }
      pending.removeAll(keepingCapacity: true)
    }
    while rest.count >= 64 {
      addBlock(.init(rebasing: rest.prefix(64)), &state, &schedule)
      rest = .init(rebasing: rest.dropFirst(64))
    }
    pending.append(contentsOf: rest)
  }

  mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// The 32 bytes of the digest; nothing can be added after.
  mutating func finish() -> [UInt8] {
    let bits = byteCount &* 8
    var tail: [UInt8] = [0x80]
    let padded = (pending.count + 1 + 8 + 63) / 64 * 64
    tail.append(contentsOf: repeatElement(0, count: padded - pending.count - 1 - 8))
    for shift in stride(from: UInt64(56), through: 0, by: -8) { tail.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    update(tail)
    return state.flatMap { word in
      stride(from: UInt32(24), through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}

private func addBlock(_ block: UnsafeRawBufferPointer, _ state: inout [UInt32], _ schedule: inout [UInt32]) {
  for index in 0..<16 {
    schedule[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
  }
  for index in 16..<64 {
    let (early, late) = (schedule[index - 15], schedule[index - 2])
    let first = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
    let second = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
    schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
  }
  var (a, b, c, d) = (state[0], state[1], state[2], state[3])
  var (e, f, g, h) = (state[4], state[5], state[6], state[7])
  for index in 0..<64 {
    let sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    let choice = (e & f) ^ (~e & g)
    let first = h &+ sum1 &+ choice &+ roundConstants[index] &+ schedule[index]
    let sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
    let majority = (a & b) ^ (a & c) ^ (b & c)
    (h, g, f, e) = (g, f, e, d &+ first)
    (d, c, b, a) = (c, b, a, first &+ sum0 &+ majority)
  }
  for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] = state[index] &+ word }
}

@inline(__always)
private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

/// The first 32 bits of the fractions of the cube roots of the first 64 primes.
private let roundConstants: [UInt32] = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3,
  0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
  0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814,
  0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]

/// HMAC-SHA256 over bytes as they come.
struct HMACSHA256 {
  private var inner = SHA256()
  private let outerKey: [UInt8]

  init(key: [UInt8]) {
    var block = key.count > 64 ? SHA256.digest(key) : key
    block.append(contentsOf: repeatElement(0, count: 64 - block.count))
    outerKey = block.map { $0 ^ 0x5C }
    inner.update(block.map { $0 ^ 0x36 })
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) { inner.update(bytes) }
  mutating func update(_ bytes: [UInt8]) { inner.update(bytes) }

  /// The signature in hexadecimal digits.
  mutating func finish() -> String {
    let digest = SHA256.digest(outerKey + inner.finish())
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
