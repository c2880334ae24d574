/// Reads the header of a safetensors file.
///
/// Only the JSON that the format allows is read, so nothing nests deeper than the format does, and a name that stands
/// twice is seen, which a general reader of JSON would hide.
struct SafetensorsHeaderParser {
  struct Entry {
    var name: String
    var element = ""
    var shape: [Int] = []
    var begin = 0
    var end = 0
    /// Where the tensor's entry stands in the file.
    var byteOffset: Int

    /// Nil where the number does not fit an `Int`.
    func byteCount(ofElements element: TensorElement) -> Int? {
      // A zero anywhere makes the tensor empty, however large the other sizes are.
      if shape.contains(0) { return 0 }
      var count = element.byteCount
      for size in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow { return nil }
        count = product
      }
      return count
    }
  }

  private let bytes: [UInt8]
  private let end: Int
  private var position: Int

  private static let dimensionLimit = 64

  init(bytes: [UInt8], range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  mutating func parse() throws(SafetensorsError) -> (metadata: [String: String], tensors: [Entry]) {
    var metadata: [String: String] = [:]
    var tensors: [Entry] = []
    var names: Set<String> = []
    // The format wants the first byte to be the brace.
    guard position < end, bytes[position] == UInt8(ascii: "{") else { throw error("it does not begin with '{'") }
    try object { (parser: inout Self, name: String, offset: Int) throws(SafetensorsError) in
      guard names.insert(name).inserted else { throw SafetensorsError(.duplicateName(name), byteOffset: offset) }
      if name == "__metadata__" {
        metadata = try parser.texts()
      } else {
        tensors.append(try parser.entry(name, at: offset))
      }
    }
    skipSpace()
    guard position == end else { throw error("something follows its end") }
    return (metadata, tensors)
  }

  private mutating func texts() throws(SafetensorsError) -> [String: String] {
    var texts: [String: String] = [:]
    try object { (parser: inout Self, name: String, offset: Int) throws(SafetensorsError) in
      guard texts.updateValue(try parser.string(), forKey: name) == nil else {
        throw SafetensorsError(.duplicateName("__metadata__.\(name)"), byteOffset: offset)
      }
    }
    return texts
  }

  private mutating func entry(_ name: String, at offset: Int) throws(SafetensorsError) -> Entry {
    var entry = Entry(name: name, byteOffset: offset)
    var found: Set<String> = []
    try object { (parser: inout Self, key: String, offset: Int) throws(SafetensorsError) in
      guard found.insert(key).inserted else { throw parser.error("'\(key)' of '\(name)' stands twice") }
      switch key {
      case "dtype": entry.element = try parser.string()
      case "shape": entry.shape = try parser.sizes(atMost: Self.dimensionLimit)
      case "data_offsets":
        let limits = try parser.sizes(atMost: 2)
        guard limits.count == 2 else { throw parser.error("'data_offsets' of '\(name)' are not two numbers") }
        (entry.begin, entry.end) = (limits[0], limits[1])
      default: throw parser.error("'\(name)' has '\(key)', which the format does not know")
      }
    }
    for key in ["dtype", "shape", "data_offsets"] where !found.contains(key) {
      throw error("'\(name)' has no '\(key)'")
    }
    return entry
  }

  // MARK: JSON

  /// - Parameter member: Reads the value of a name, given where the name stands.
  private mutating func object(
    _ member: (inout Self, String, Int) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    try expect("{")
    if take("}") { return }
    repeat {
      skipSpace()
      let offset = position
      let name = try string()
      try expect(":")
      try member(&self, name, offset)
    } while take(",")
    try expect("}")
  }

  private mutating func sizes(atMost limit: Int) throws(SafetensorsError) -> [Int] {
    try expect("[")
    if take("]") { return [] }
    var sizes: [Int] = []
    repeat {
      guard sizes.count < limit else { throw error("a list has more than \(limit) numbers") }
      sizes.append(try size())
    } while take(",")
    try expect("]")
    return sizes
  }

  private mutating func size() throws(SafetensorsError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while position < end, case let digit = Int(bytes[position]) - 48, (0...9).contains(digit) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(digit)
      guard !overflow, !carry else { throw error("a number is too large") }
      value = sum
      position += 1
    }
    guard position > start else { throw error("a whole number is missing") }
    guard position == start + 1 || bytes[start] != 48 else { throw error("a number begins with 0") }
    return value
  }

  private mutating func string() throws(SafetensorsError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while position < end {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw error("a text is not UTF-8") }
        return string
      case UInt8(ascii: "\\"):
        text += try escape()
      case ..<32: throw error("a text holds a control character")
      default: text.append(byte)
      }
    }
    throw error("a text has no end")
  }

  /// What stands behind a backslash, as UTF-8.
  private mutating func escape() throws(SafetensorsError) -> [UInt8] {
    guard position < end else { throw error("a text has no end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      var code = try codeUnit()
      if 0xD800..<0xDC00 ~= code, take2("\\u") {
        let low = try codeUnit()
        guard 0xDC00..<0xE000 ~= low else { throw error("half a character stands alone") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a character stands alone") }
      return Array(String(scalar).utf8)
    default: throw error("a backslash stands before what it cannot")
    }
  }

  private mutating func codeUnit() throws(SafetensorsError) -> UInt32 {
    guard end - position >= 4 else { throw error("a text has no end") }
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw error("'\\u' takes four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private mutating func take2(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard end - position >= 2, bytes[position..<position + 2].elementsEqual(wanted) else { return false }
    position += 2
    return true
  }

  private mutating func skipSpace() {
    while position < end, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(SafetensorsError) {
    guard take(character) else { throw error("'\(character)' is missing") }
  }

  private func error(_ reason: String) -> SafetensorsError {
    SafetensorsError(.header(reason: reason), byteOffset: position)
  }
}
