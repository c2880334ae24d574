/// A 64-bit digest that is the same in every run and on every machine: FNV-1a.
///
/// Tells whether a journal belongs to a deployment; no protection against intent.
struct Fingerprint {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  mutating func add(_ value: some FixedWidthInteger) {
    let bits = UInt64(truncatingIfNeeded: value)
    for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: bits >> shift)) }
  }

  mutating func add(_ value: Double) { add(value.bitPattern) }

  /// Length first, so that neighbours cannot trade bytes.
  mutating func add(_ text: String) {
    add(text.utf8.count)
    for byte in text.utf8 { add(byte) }
  }

  mutating func add(_ values: [Int]) {
    add(values.count)
    for value in values { add(value) }
  }

  mutating func add(_ values: some Collection<Int8>) {
    add(values.count)
    for value in values { add(UInt8(bitPattern: value)) }
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
