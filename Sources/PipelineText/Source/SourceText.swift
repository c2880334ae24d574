/// A pipeline file's text with its lines.
///
/// Offsets count UTF-8 bytes from the start; lines and columns count from 1, columns in UTF-8 bytes as the
/// Swift compiler counts them. A line ends with LF, CR LF or CR.
public struct SourceText: Sendable {
  public let name: String
  let bytes: [UInt8]
  /// The offset of the first byte of each line.
  private let lineStarts: [Int]

  /// - Parameter name: What diagnostics call the file: its path as the user wrote it.
  public init(_ text: String, name: String) {
    self.init(bytes: Array(text.utf8), name: name)
  }

  /// Bytes that are not UTF-8 are kept, and reported by whoever reads them.
  public init(bytes: [UInt8], name: String) {
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for index in bytes.indices {
      let isLineFeed = bytes[index] == UInt8(ascii: "\n")
      let isLoneReturn =
        bytes[index] == UInt8(ascii: "\r") && (index + 1 == bytes.count || bytes[index + 1] != UInt8(ascii: "\n"))
      if isLineFeed || isLoneReturn { starts.append(index + 1) }
    }
    lineStarts = starts
  }

  /// The line and column of an offset; the end of the text is a place too.
  public func position(of offset: Int) -> (line: Int, column: Int) {
    let line = lineIndex(of: offset)
    return (line + 1, min(max(offset, 0), bytes.count) - lineStarts[line] + 1)
  }

  /// The text of a line without its end.
  ///
  /// - Parameter line: From 1.
  func bytes(ofLine line: Int) -> ArraySlice<UInt8> {
    let start = lineStarts[line - 1]
    var end = line < lineStarts.count ? lineStarts[line] : bytes.count
    while end > start, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return bytes[start..<end]
  }

  private func lineIndex(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }
}
