#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Label texts and their indices, looked up from bytes without allocating while the label stays the same.
struct LabelTable {
  private(set) var names: [String] = []
  private var indices: [String: Int32] = [:]
  private var lastBytes: [UInt8] = []
  private var lastIndex: Int32 = -1
  private let maximumCount: Int
  private var totalBytes = 0

  /// Of one name, and of all together.
  private static let maximumNameBytes = 4096
  private static let maximumTotalBytes = 4 << 20

  /// Why the last label that got no index got none.
  private(set) var refusal = LogLoss.Code.tooManyLabels

  init(maximumCount: Int) {
    self.maximumCount = maximumCount
  }

  /// The index of a label, -1 for no label (`""`, `-1`), or nil where it gets none; `refusal` says why.
  mutating func index(of text: UnsafeBufferPointer<UInt8>) -> Int32? {
    if text.isEmpty { return -1 }
    if text.count == lastBytes.count,
      lastBytes.withUnsafeBufferPointer({ memcmp($0.baseAddress!, text.baseAddress!, text.count) == 0 })
    {
      return lastIndex
    }
    if text.count == 2, text[0] == UInt8(ascii: "-"), text[1] == UInt8(ascii: "1") { return -1 }
    let name = String(decoding: text, as: UTF8.self)
    let index: Int32
    if let known = indices[name] {
      index = known
    } else {
      guard text.count <= Self.maximumNameBytes else {
        refusal = .labelTooLong
        return nil
      }
      guard names.count < maximumCount, totalBytes + text.count <= Self.maximumTotalBytes else {
        refusal = .tooManyLabels
        return nil
      }
      totalBytes += text.count
      index = Int32(names.count)
      names.append(name)
      indices[name] = index
    }
    lastBytes.removeAll(keepingCapacity: true)
    lastBytes.append(contentsOf: text)
    lastIndex = index
    return index
  }

  mutating func index(of name: String) -> Int32? {
    var copy = name
    return copy.withUTF8 { index(of: $0) }
  }
}
