/// A result of a stage that can be kept, bit by bit.
protocol KeptResult: Sendable {
  func write(to writer: inout ResultWriter)
  init(from reader: inout ResultReader) throws(ResultDamage)
}

/// What was kept does not have the form of a result.
struct ResultDamage: Error, Sendable, Hashable {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}

/// Numbers in little-endian bytes, one behind the other.
struct ResultWriter {
  private(set) var bytes: [UInt8]

  /// - Parameter headerBytes: Room in front, zero.
  init(headerBytes: Int = 0) { bytes = Array(repeating: 0, count: headerBytes) }

  /// Makes room for so many bytes more, so that large results are not copied while they grow.
  mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

  /// Replaces bytes in the header.
  mutating func set(_ values: [UInt8], at position: Int) {
    bytes.replaceSubrange(position..<position + values.count, with: values)
  }

  mutating func add(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ value: Int) { add(Int64(value)) }
  mutating func add(_ value: Double) { add(value.bitPattern) }
  mutating func add(_ value: Float) { add(value.bitPattern) }

  mutating func add(_ values: [UInt8]) {
    add(values.count)
    bytes.append(contentsOf: values)
  }

  mutating func add(_ text: String) { add(Array(text.utf8)) }

  mutating func add(_ values: [Float]) {
    add(values.count)
    #if _endian(little)
      values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    #else
      for value in values { add(value) }
    #endif
  }

  mutating func add(_ values: [Int]) {
    add(values.count)
    for value in values { add(value) }
  }

  mutating func add(_ values: [Double]) {
    add(values.count)
    for value in values { add(value) }
  }

  mutating func add<Element>(_ values: [Element], _ each: (inout ResultWriter, Element) -> Void) {
    add(values.count)
    for value in values { each(&self, value) }
  }
}

/// Reads what `ResultWriter` wrote; every length is checked against the bytes that are there.
struct ResultReader {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  init(_ bytes: [UInt8], from start: Int = 0, to end: Int? = nil) {
    self.bytes = bytes
    position = start
    self.end = end ?? bytes.count
  }

  var isAtEnd: Bool { position == end }

  mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(ResultDamage) -> Value {
    let size = MemoryLayout<Value>.size
    let start = try take(size)
    return Value(
      littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Value.self) })
  }

  mutating func int() throws(ResultDamage) -> Int { Int(try integer(Int64.self)) }
  mutating func double() throws(ResultDamage) -> Double { Double(bitPattern: try integer()) }
  mutating func float() throws(ResultDamage) -> Float { Float(bitPattern: try integer()) }

  /// - Parameter size: Bytes that each element takes at least, so that no length can ask for more than there is.
  private mutating func count(ofElementsOf size: Int) throws(ResultDamage) -> Int {
    let count = try int()
    guard count >= 0, count <= (end - position) / size else { throw ResultDamage("a length is out of range") }
    return count
  }

  mutating func byteArray() throws(ResultDamage) -> [UInt8] {
    let count = try count(ofElementsOf: 1)
    let start = try take(count)
    return Array(bytes[start..<start + count])
  }

  mutating func text() throws(ResultDamage) -> String { String(decoding: try byteArray(), as: UTF8.self) }

  mutating func floats() throws(ResultDamage) -> [Float] {
    let count = try count(ofElementsOf: 4)
    let start = try take(4 * count)
    #if _endian(little)
      return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        bytes.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: source[start..<start + 4 * count]))
        }
        initialized = count
      }
    #else
      position = start - 8
      return try array(size: 4) { reader throws(ResultDamage) in try reader.float() }
    #endif
  }

  mutating func ints() throws(ResultDamage) -> [Int] {
    let count = try count(ofElementsOf: 8)
    let start = try take(8 * count)
    return bytes.withUnsafeBytes { source in
      (0..<count).map { Int(Int64(littleEndian: source.loadUnaligned(fromByteOffset: start + 8 * $0, as: Int64.self))) }
    }
  }

  mutating func doubles() throws(ResultDamage) -> [Double] {
    try array(size: 8) { reader throws(ResultDamage) in try reader.double() }
  }

  mutating func array<Element>(
    size: Int = 1, _ each: (inout ResultReader) throws(ResultDamage) -> Element
  ) throws(ResultDamage) -> [Element] {
    let count = try count(ofElementsOf: size)
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try each(&self)) }
    return elements
  }

  private mutating func take(_ count: Int) throws(ResultDamage) -> Int {
    guard count <= end - position else { throw ResultDamage("it ends too early") }
    defer { position += count }
    return position
  }
}
