/// Rows of a table that are written as its reader does not expect them: numbers with a comma before their fraction,
/// `0,25`, as the locales of half of Europe have them, and cells with any number of spaces between them.
///
/// Such a row is copied and written anew, so that the reader of ordinary tables, which reads rows in place, neither knows
/// nor pays.
final class RewrittenRows {
  private enum Mark {
    case point
    case comma
    /// No row has told yet.
    case unknown
  }

  private var mark: Mark
  private let delimiter: UInt8
  private let hasSpaces: Bool
  /// Whether a column holds values, and whether it holds numbers or times.
  private let isChannel: [Bool]
  private let isNumber: [Bool]
  private var undecidedRows = 0
  /// A row, in memory that moves only when a longer one comes.
  private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  /// Rows without a fraction are looked at so often before numbers are taken to have a point.
  private static let mostUndecidedRows = 1000

  /// - Returns: nil where rows are as others: where one sign separates cells, and it is a comma or numbers are known to
  ///   have a point.
  /// - Throws: where commas are to be both.
  init?(_ heading: TableHeading, options: LogReadOptions, path: String) throws(LogReadError) {
    delimiter = heading.delimiter
    hasSpaces = delimiter == UInt8(ascii: " ")
    let isSeparator = delimiter == UInt8(ascii: ",")
    switch options.decimal {
    case .point: mark = .point
    case .comma:
      guard !isSeparator else {
        throw LogReadError(
          .invalidOption("cells are separated by commas, so their numbers cannot have decimal commas too"), path: path,
          byteOffset: 0)
      }
      mark = .comma
    case nil: mark = isSeparator ? .point : .unknown
    }
    isChannel = heading.roles.map { if case .channel = $0 { true } else { false } }
    isNumber = heading.roles.map { $0 != .label && $0 != .ignored }
    if mark == .point, !hasSpaces { return nil }
  }

  /// Whether rows from here on are as others.
  var isOver: Bool { mark == .point && !hasSpaces }

  /// The row as the reader expects it, valid until the next one.
  func row(_ line: TextLines.Line) -> TextLines.Line {
    let count = line.end - line.start
    reserve(count + 1 + ByteStream.padding)
    let copy = memory.baseAddress!
    copy.update(from: line.start, count: count)
    let length = hasSpaces ? Self.collapseSpaces(copy, count) : count
    // As behind every line: a byte that is no digit, and some that can be read.
    copy[length] = UInt8(ascii: "\n")
    (copy + length + 1).update(repeating: 0, count: ByteStream.padding)
    let row = TextLines.Line(start: UnsafePointer(copy), end: UnsafePointer(copy) + length, isTorn: line.isTorn)
    if mark == .unknown { judge(row) }
    if mark == .comma { writePoints(row, in: copy) }
    return row
  }

  private func reserve(_ count: Int) {
    guard memory.count < count else { return }
    memory.deallocate()
    memory = .allocate(capacity: count * 2)
    memory.initialize(repeating: 0)
  }

  deinit { memory.deallocate() }

  // MARK: Spaces

  /// Leaves one space between cells and none around the row; those inside quotes stay.
  ///
  /// - Returns: The bytes left.
  static func collapseSpaces(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    var length = 0
    var isQuoted = false
    for index in 0..<count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == UInt8(ascii: "\r"), index == count - 1 { break }
      if byte == UInt8(ascii: " "), !isQuoted, length == 0 || bytes[length - 1] == UInt8(ascii: " ") { continue }
      bytes[length] = byte
      length += 1
    }
    return length > 0 && bytes[length - 1] == UInt8(ascii: " ") && !isQuoted ? length - 1 : length
  }

  // MARK: Commas

  /// Looks at a row that may tell what numbers have.
  private func judge(_ row: TextLines.Line) {
    let end = row.end > row.start && (row.end - 1).pointee == UInt8(ascii: "\r") ? row.end - 1 : row.end
    var hasComma = false
    var p = row.start
    for isChannel in isChannel {
      let after = TableCell.end(p, end, delimiter)
      if isChannel {
        switch Self.mark(of: TableCell.trimmed(p, after)) {
        case .point:
          mark = .point
          return
        case .comma: hasComma = true
        case .unknown: break
        }
      }
      guard after < end else { break }
      p = after + 1
    }
    undecidedRows += 1
    mark = hasComma ? .comma : undecidedRows == Self.mostUndecidedRows ? .point : .unknown
  }

  /// What a cell shows. `1,234` may be a thousand and more, so it shows nothing; `0,234` and `1,5` are plain.
  private static func mark(of cell: UnsafeBufferPointer<UInt8>) -> Mark {
    var digits = cell[...]
    if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    let whole = digits.prefix { $0 &- 48 <= 9 }
    let rest = digits.dropFirst(whole.count)
    if rest.first == UInt8(ascii: ".") { return .point }
    // Words for missing values and whole numbers are the same either way.
    guard rest.first == UInt8(ascii: ","), !whole.isEmpty else { return .unknown }
    let fraction = rest.dropFirst().prefix { $0 &- 48 <= 9 }
    let behind = rest.dropFirst(1 + fraction.count).first
    guard !fraction.isEmpty, behind == nil || behind == UInt8(ascii: "e") || behind == UInt8(ascii: "E") else {
      return .unknown
    }
    let mayBeThousands = fraction.count == 3 && whole.count <= 3 && whole.first != UInt8(ascii: "0") && behind == nil
    return mayBeThousands ? .unknown : .comma
  }

  private func writePoints(_ row: TextLines.Line, in copy: UnsafeMutablePointer<UInt8>) {
    var p = row.start
    for isNumber in isNumber {
      let after = TableCell.end(p, row.end, delimiter)
      if isNumber {
        for index in (p - row.start)..<(after - row.start) where copy[index] == UInt8(ascii: ",") {
          copy[index] = UInt8(ascii: ".")
        }
      }
      guard after < row.end else { break }
      p = after + 1
    }
  }
}
