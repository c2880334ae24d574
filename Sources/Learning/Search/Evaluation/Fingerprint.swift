/// A 64-bit digest that is the same in every run and on every machine: FNV-1a.
///
/// Tells whether a journal belongs to a deployment; no protection against intent.
public struct Fingerprint: Sendable {
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  public init() {}

  public mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  public mutating func add(_ value: some FixedWidthInteger) {
    let bits = UInt64(truncatingIfNeeded: value)
    for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: bits >> shift)) }
  }

  public mutating func add(_ value: Double) { add(value.bitPattern) }

  /// Length first, so that neighbours cannot trade bytes.
  public mutating func add(_ text: String) {
    add(text.utf8.count)
    for byte in text.utf8 { add(byte) }
  }

  public mutating func add(_ values: [Int]) {
    add(values.count)
    for value in values { add(value) }
  }

  public mutating func add(_ values: some Collection<Int8>) {
    add(values.count)
    for value in values { add(UInt8(bitPattern: value)) }
  }

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
