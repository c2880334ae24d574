/// Named tensors with a little text about them, as the safetensors format keeps them.
///
/// A file is the length of its header (eight bytes, little-endian), the header, and the values. The header is a JSON
/// object: of each tensor the element type, the shape, and where its bytes begin and end among the values; under
/// `__metadata__` an object of texts. Tensors follow one another without gaps. Format:
/// https://github.com/huggingface/safetensors#format
public struct SafetensorsFile: Sendable, Hashable {
  public var metadata: [String: String]
  /// Names are unique.
  public var tensors: [NamedTensor]

  public init(metadata: [String: String] = [:], tensors: [NamedTensor]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The largest header that is read; one of a million tensors would be larger.
  public static var headerLimit: Int { 16 << 20 }

  public subscript(name: String) -> NamedTensor? { tensors.first { $0.name == name } }

  // MARK: Writing

  /// The file. The same tensors and texts give the same bytes, whatever order they are in.
  ///
  /// - Precondition: Names are unique, and none is `__metadata__`.
  public func bytes() -> [UInt8] {
    let sorted = tensors.sorted {
      ($0.element.writingOrder, $0.name.utf8ordered) < ($1.element.writingOrder, $1.name.utf8ordered)
    }
    precondition(Set(sorted.map(\.name)).count == sorted.count, "names are unique")
    var entries: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key.utf8ordered < $1.key.utf8ordered }
        .map { "\(jsonString($0.key)):\(jsonString($0.value))" }
      entries.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in sorted {
      precondition(tensor.name != "__metadata__", "the name is taken by the format")
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\(jsonString(tensor.name)):{\"dtype\":\"\(tensor.element.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(offset + tensor.bytes.count)]}")
      offset += tensor.bytes.count
    }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    // Spaces, so that the values begin aligned.
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    var bytes = littleEndianBytes([UInt64(header.count)]) + header
    bytes.reserveCapacity(bytes.count + offset)
    for tensor in sorted { bytes += tensor.bytes }
    return bytes
  }

  // MARK: Reading

  /// Reads a file and proves that every byte of its values belongs to one tensor.
  public init(bytes: [UInt8]) throws(SafetensorsError) {
    guard bytes.count >= 8 else { throw SafetensorsError(.tooShort, byteOffset: bytes.count) }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.headerLimit) else {
      throw SafetensorsError(.headerTooLong(bytes: length, limit: Self.headerLimit), byteOffset: 0)
    }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw SafetensorsError(.headerTruncated(bytes: Int(length), found: bytes.count - 8), byteOffset: bytes.count)
    }
    var parser = SafetensorsHeaderParser(bytes: bytes, range: 8..<start)
    let header = try parser.parse()
    metadata = header.metadata
    let available = bytes.count - start
    for entry in header.tensors where entry.begin > entry.end || entry.end > available {
      throw SafetensorsError(.outOfRange(tensor: entry.name, available: available), byteOffset: entry.byteOffset)
    }
    var end = 0
    var last = ""
    for entry in header.tensors.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.begin >= end else {
        throw SafetensorsError(.overlap(tensor: entry.name, other: last), byteOffset: start + entry.begin)
      }
      guard entry.begin == end else {
        throw SafetensorsError(.unclaimed(bytes: entry.begin - end), byteOffset: start + end)
      }
      (end, last) = (entry.end, entry.name)
    }
    guard end == available else { throw SafetensorsError(.unclaimed(bytes: available - end), byteOffset: start + end) }
    tensors = []
    tensors.reserveCapacity(header.tensors.count)
    for entry in header.tensors {
      guard let element = TensorElement(rawValue: entry.element) else {
        throw SafetensorsError(
          .unknownElement(tensor: entry.name, element: entry.element), byteOffset: entry.byteOffset)
      }
      guard entry.byteCount(ofElements: element) == entry.end - entry.begin else {
        throw SafetensorsError(
          .sizeMismatch(
            tensor: entry.name, shape: entry.shape, element: element, bytes: entry.end - entry.begin),
          byteOffset: entry.byteOffset)
      }
      tensors.append(
        NamedTensor(
          entry.name, element: element, shape: entry.shape, bytes: Array(bytes[start + entry.begin..<start + entry.end])
        ))
    }
  }
}

/// A text as JSON writes it; what is not ASCII stands as it is.
func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\u{8}": result += "\\b"
    case "\u{c}": result += "\\f"
    case _ where scalar.value < 32:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// A text in the order of its UTF-8 bytes, which is the same everywhere; texts themselves compare as people read them.
struct UTF8Ordered: Comparable {
  let bytes: [UInt8]
  static func < (left: UTF8Ordered, right: UTF8Ordered) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

extension String {
  var utf8ordered: UTF8Ordered { UTF8Ordered(bytes: Array(utf8)) }
}
