/// Walks a CDR payload with its alignment rules, never past its end.
///
/// Alignment counts from the byte behind the 4-byte encapsulation header.
struct CDRCursor {
  let base: UnsafeRawPointer
  let count: Int
  var offset = 0
  let isLittleEndian: Bool
  /// 8, or 4 where CDR version 2 is in use.
  let largestAlignment: Int

  enum Encapsulation: Equatable {
    case plain(isLittleEndian: Bool, largestAlignment: Int)
    case unsupported(UInt8)
    case missing
  }

  @inline(__always)
  static func encapsulation(_ payload: UnsafeRawBufferPointer) -> Encapsulation {
    guard payload.count >= 4 else { return .missing }
    let kind = payload[1]
    return switch kind {
    case 0x00, 0x01: .plain(isLittleEndian: kind & 1 == 1, largestAlignment: 8)
    case 0x06, 0x07, 0x10, 0x11: .plain(isLittleEndian: kind & 1 == 1, largestAlignment: 4)
    default: .unsupported(kind)
    }
  }

  /// nil where the payload is not plain CDR.
  @inline(__always)
  init?(_ payload: UnsafeRawBufferPointer) {
    guard case .plain(let isLittleEndian, let largestAlignment) = Self.encapsulation(payload),
      let start = payload.baseAddress
    else { return nil }
    base = start + 4
    count = payload.count - 4
    self.isLittleEndian = isLittleEndian
    self.largestAlignment = largestAlignment
  }

  @inline(__always)
  mutating func align(_ size: Int) {
    let alignment = min(size, largestAlignment)
    offset = (offset + alignment - 1) & ~(alignment - 1)
  }

  /// Passes `number` values of one size; false if they do not fit.
  @inline(__always)
  mutating func skip(_ size: Int, number: Int) -> Bool {
    if number == 0 { return true }
    align(size)
    let (bytes, overflow) = size.multipliedReportingOverflow(by: number)
    guard !overflow, bytes <= count - offset else { return false }
    offset += bytes
    return true
  }

  @inline(__always)
  mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
    align(MemoryLayout<T>.size)
    guard MemoryLayout<T>.size <= count - offset else { return nil }
    let raw = base.loadUnaligned(fromByteOffset: offset, as: T.self)
    offset += MemoryLayout<T>.size
    return isLittleEndian ? T(littleEndian: raw) : T(bigEndian: raw)
  }

  /// A value that has been passed already.
  @inline(__always)
  func double(at offset: Int) -> Double {
    let raw = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return Double(bitPattern: isLittleEndian ? UInt64(littleEndian: raw) : UInt64(bigEndian: raw))
  }

  /// Passes a text; false if it does not fit.
  @inline(__always)
  mutating func skipString() -> Bool {
    guard let length = integer(UInt32.self), Int(length) <= count - offset else { return false }
    offset += Int(length)
    return true
  }

  /// Reads doubles that have been passed already.
  ///
  /// - Parameters:
  ///   - wanted: The loads to be done; each has its distance from the first double and its place among the values.
  ///   - start: Where the first double stands.
  @inline(__always)
  func read(
    _ loads: [(offset: Int, slot: Int)], _ wanted: Range<Int>, from start: Int,
    into values: UnsafeMutablePointer<Double>
  ) {
    let first = base + start
    for index in wanted {
      let load = loads[index]
      let raw = first.loadUnaligned(fromByteOffset: load.offset, as: UInt64.self)
      values[load.slot] = Double(bitPattern: isLittleEndian ? UInt64(littleEndian: raw) : UInt64(bigEndian: raw))
    }
  }

  /// The text without its closing NUL.
  mutating func string() -> UnsafeBufferPointer<UInt8>? {
    guard let length = integer(UInt32.self), Int(length) <= count - offset else { return nil }
    let start = (base + offset).assumingMemoryBound(to: UInt8.self)
    offset += Int(length)
    let hasTerminator = length > 0 && start[Int(length) - 1] == 0
    return UnsafeBufferPointer(start: start, count: Int(length) - (hasTerminator ? 1 : 0))
  }

  @inline(__always)
  mutating func number(_ primitive: ROS2Schema.Primitive) -> Double? {
    switch primitive {
    case .bool, .uint8: integer(UInt8.self).map(Double.init)
    case .int8: integer(Int8.self).map(Double.init)
    case .uint16: integer(UInt16.self).map(Double.init)
    case .int16: integer(Int16.self).map(Double.init)
    case .uint32: integer(UInt32.self).map(Double.init)
    case .int32: integer(Int32.self).map(Double.init)
    case .uint64: integer(UInt64.self).map(Double.init)
    case .int64: integer(Int64.self).map(Double.init)
    case .float32: integer(UInt32.self).map { Double(Float(bitPattern: $0)) }
    case .float64: integer(UInt64.self).map(Double.init(bitPattern:))
    case .string: nil
    }
  }

  /// A whole number without the detour over double, which would round times.
  mutating func wholeNumber(_ primitive: ROS2Schema.Primitive) -> Int64? {
    switch primitive {
    case .bool, .uint8: integer(UInt8.self).map(Int64.init)
    case .int8: integer(Int8.self).map(Int64.init)
    case .uint16: integer(UInt16.self).map(Int64.init)
    case .int16: integer(Int16.self).map(Int64.init)
    case .uint32: integer(UInt32.self).map(Int64.init)
    case .int32: integer(Int32.self).map(Int64.init)
    case .uint64: integer(UInt64.self).flatMap { Int64(exactly: $0) }
    case .int64: integer(Int64.self)
    case .float32, .float64: number(primitive).flatMap { Int64(exactly: $0.rounded()) }
    case .string: nil
    }
  }
}
