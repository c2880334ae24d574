/// A number as it is stored.
public enum BinaryNumber: String, Sendable, Hashable, Codable, CaseIterable {
  case int8
  case uint8
  case int16
  case uint16
  case int24
  case uint24
  case int32
  case uint32
  case int64
  case uint64
  case float32
  case float64

  public var byteCount: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int24, .uint24: 3
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }
  public var isSigned: Bool {
    switch self {
    case .int8, .int16, .int24, .int32, .int64, .float32, .float64: true
    case .uint8, .uint16, .uint24, .uint32, .uint64: false
    }
  }

  /// The lowest and highest whole number; nil for floating point.
  var limits: (lowest: Double, highest: Double)? {
    if isFloatingPoint { return nil }
    let bits = Double(8 * byteCount)
    func power(_ exponent: Double) -> Double { Double(sign: .plus, exponent: Int(exponent), significand: 1) }
    return isSigned ? (-power(bits - 1), power(bits - 1) - 1) : (0, power(bits) - 1)
  }

  /// The stored bits as an unsigned number.
  @inline(__always)
  private func bits(at pointer: UnsafeRawPointer, _ order: ByteOrder) -> UInt64 {
    switch byteCount {
    case 1: return UInt64(pointer.load(as: UInt8.self))
    case 2:
      let value = pointer.loadUnaligned(as: UInt16.self)
      return UInt64(order == .little ? UInt16(littleEndian: value) : UInt16(bigEndian: value))
    case 3:
      let (a, b, c) = (
        UInt64(pointer.load(as: UInt8.self)), UInt64(pointer.load(fromByteOffset: 1, as: UInt8.self)),
        UInt64(pointer.load(fromByteOffset: 2, as: UInt8.self))
      )
      return order == .little ? a | b << 8 | c << 16 : c | b << 8 | a << 16
    case 4:
      let value = pointer.loadUnaligned(as: UInt32.self)
      return UInt64(order == .little ? UInt32(littleEndian: value) : UInt32(bigEndian: value))
    default:
      let value = pointer.loadUnaligned(as: UInt64.self)
      return order == .little ? UInt64(littleEndian: value) : UInt64(bigEndian: value)
    }
  }

  /// The value at a place where ``byteCount`` bytes can be read.
  @inline(__always)
  func value(at pointer: UnsafeRawPointer, _ order: ByteOrder) -> Double {
    let bits = bits(at: pointer, order)
    switch self {
    case .int8: return Double(Int8(truncatingIfNeeded: bits))
    case .int16: return Double(Int16(truncatingIfNeeded: bits))
    case .int24: return Double(Int32(truncatingIfNeeded: bits << 8) >> 8)
    case .int32: return Double(Int32(truncatingIfNeeded: bits))
    case .int64: return Double(Int64(bitPattern: bits))
    case .uint8, .uint16, .uint24, .uint32, .uint64: return Double(bits)
    case .float32: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float64: return Double(bitPattern: bits)
    }
  }

  /// The value as a whole number, exactly; nil for one beyond 64 signed bits, and for a fraction or no number.
  @inline(__always)
  func whole(at pointer: UnsafeRawPointer, _ order: ByteOrder) -> Int64? {
    switch self {
    case .float32, .float64: return Int64(exactly: value(at: pointer, order))
    case .uint64: return Int64(exactly: bits(at: pointer, order))
    case .int64: return Int64(bitPattern: bits(at: pointer, order))
    default: return Int64(value(at: pointer, order))
    }
  }

  /// Appends a value, rounded to nearest for the whole numbers.
  ///
  /// - Returns: false where the type cannot hold it.
  func append(_ value: Double, _ order: ByteOrder, to bytes: inout [UInt8]) -> Bool {
    switch self {
    case .float64: appendBits(value.bitPattern, order, to: &bytes)
    case .float32: appendBits(UInt64(Float(value).bitPattern), order, to: &bytes)
    default:
      let rounded = value.rounded()
      // Doubles stop at 2^63 and 2^64 short of the whole numbers there.
      guard rounded >= -0x1p63, rounded < 0x1p64 else { return false }
      return rounded < 0 ? append(Int64(rounded), order, to: &bytes) : append(UInt64(rounded), order, to: &bytes)
    }
    return true
  }

  /// Appends a whole number.
  ///
  /// - Returns: false where the type cannot hold it.
  func append(_ value: some FixedWidthInteger, _ order: ByteOrder, to bytes: inout [UInt8]) -> Bool {
    if isFloatingPoint { return append(Double(value), order, to: &bytes) }
    let width = byteCount * 8
    let fits: Bool
    if isSigned {
      let limit = Int64.max >> Int64(64 - width)
      fits = Int64(exactly: value).map { $0 <= limit && $0 >= -limit - 1 } ?? false
    } else {
      fits = UInt64(exactly: value).map { $0 <= UInt64.max >> UInt64(64 - width) } ?? false
    }
    guard fits else { return false }
    appendBits(UInt64(truncatingIfNeeded: value), order, to: &bytes)
    return true
  }

  private func appendBits(_ bits: UInt64, _ order: ByteOrder, to bytes: inout [UInt8]) {
    let count = byteCount
    for index in 0..<count {
      let shift = 8 * (order == .little ? index : count - 1 - index)
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
  }
}

public enum ByteOrder: String, Sendable, Hashable, Codable, CaseIterable {
  case little
  case big
}

/// A counter that starts over when its bits are used up, made to go on.
///
/// Steps of less than half its range count forwards, others backwards.
struct WrappingCounter {
  private let bitCount: Int
  private var last: Int64?
  private var lastRaw: UInt64 = 0

  init(bitCount: Int) {
    precondition((1...32).contains(bitCount), "only counters of at most 32 bits wrap")
    self.bitCount = bitCount
  }

  mutating func unwrap(_ raw: UInt64) -> Int64 {
    defer { lastRaw = raw }
    guard let previous = last else {
      last = Int64(raw)
      return Int64(raw)
    }
    let range = Int64(1) << Int64(bitCount)
    var step = (Int64(raw) - Int64(lastRaw)) & (range - 1)
    if step >= range / 2 { step -= range }
    let value = previous &+ step
    last = value
    return value
  }
}
