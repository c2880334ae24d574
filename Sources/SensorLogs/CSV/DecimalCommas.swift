/// Rows of a table whose numbers have a comma where others have a point, `0,25`, as the locales of half of Europe write
/// them.
///
/// Such a row is copied, with points in the cells that hold numbers and times, so that the reader of ordinary tables,
/// which reads rows in place, neither knows nor pays.
final class DecimalCommas {
  private enum Mark {
    case point
    case comma
    /// No row has told yet.
    case unknown
  }

  private var mark: Mark
  private let delimiter: UInt8
  /// Whether a column holds values, and whether it holds numbers or times.
  private let isChannel: [Bool]
  private let isNumber: [Bool]
  private var undecidedRows = 0
  /// A row, in memory that moves only when a longer one comes.
  private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  /// Rows without a fraction are looked at so often before numbers are taken to have a point.
  private static let mostUndecidedRows = 1000

  /// - Returns: nil where every number has a point: where cells are separated by commas, and where it was said.
  /// - Throws: where commas are to be both.
  init?(_ heading: TableHeading, options: LogReadOptions, path: String) throws(LogReadError) {
    let isSeparator = heading.delimiter == UInt8(ascii: ",")
    switch options.decimal {
    case .point: return nil
    case .comma:
      guard !isSeparator else {
        throw LogReadError(
          .invalidOption("cells are separated by commas, so their numbers cannot have decimal commas too"), path: path,
          byteOffset: 0)
      }
      mark = .comma
    case nil:
      if isSeparator { return nil }
      mark = .unknown
    }
    delimiter = heading.delimiter
    isChannel = heading.roles.map { if case .channel = $0 { true } else { false } }
    isNumber = heading.roles.map { $0 != .label && $0 != .ignored }
  }

  /// Whether rows are as others.
  var isPoint: Bool { mark == .point }

  /// Looks at a row that may tell.
  ///
  /// - Returns: Whether it is known what numbers have.
  func judge(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
    guard mark == .unknown else { return true }
    let end = end > start && (end - 1).pointee == UInt8(ascii: "\r") ? end - 1 : end
    var hasComma = false
    var p = start
    for column in isChannel.indices {
      let after = TableCell.end(p, end, delimiter)
      if isChannel[column] {
        switch Self.mark(of: TableCell.trimmed(p, after)) {
        case .point:
          mark = .point
          return true
        case .comma: hasComma = true
        case .unknown: break
        }
      }
      guard after < end else { break }
      p = after + 1
    }
    if hasComma {
      mark = .comma
      return true
    }
    undecidedRows += 1
    if undecidedRows == Self.mostUndecidedRows { mark = .point }
    return mark != .unknown
  }

  /// What a cell shows. `1,234` may be a thousand and more, so it shows nothing; `0,234` and `1,5` are plain.
  private static func mark(of cell: UnsafeBufferPointer<UInt8>) -> Mark {
    var digits = cell[...]
    if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    let whole = digits.prefix { $0 &- 48 <= 9 }
    let rest = digits.dropFirst(whole.count)
    // Words for missing values and whole numbers are the same either way.
    guard let sign = rest.first, !whole.isEmpty else { return rest.first == UInt8(ascii: ".") ? .point : .unknown }
    if sign == UInt8(ascii: ".") { return .point }
    let fraction = rest.dropFirst().prefix { $0 &- 48 <= 9 }
    let behind = rest.dropFirst(1 + fraction.count)
    guard sign == UInt8(ascii: ","), !fraction.isEmpty, behind.isEmpty || behind.first! | 0x20 == UInt8(ascii: "e")
    else { return .unknown }
    let mayBeThousands = fraction.count == 3 && whole.count <= 3 && whole.first != UInt8(ascii: "0") && behind.isEmpty
    return mayBeThousands ? .unknown : .comma
  }

  /// The row with points in its numbers, valid until the next one; nil where it is to be read as it stands.
  func row(_ line: TextLines.Line) -> TextLines.Line? {
    guard mark == .comma else { return nil }
    let count = line.end - line.start
    reserve(count + 1 + ByteStream.padding)
    let copy = memory.baseAddress!
    copy.update(from: line.start, count: count)
    let start = UnsafePointer(copy)
    let end = start + count
    var p = start
    for column in isNumber.indices {
      let after = TableCell.end(p, end, delimiter)
      if isNumber[column] {
        for index in (p - start)..<(after - start) where copy[index] == UInt8(ascii: ",") {
          copy[index] = UInt8(ascii: ".")
        }
      }
      guard after < end else { break }
      p = after + 1
    }
    // As behind every line: a byte that is no digit, and some that can be read.
    copy[count] = UInt8(ascii: "\n")
    (copy + count + 1).update(repeating: 0, count: ByteStream.padding)
    return TextLines.Line(start: start, end: end, isTorn: line.isTorn)
  }

  private func reserve(_ count: Int) {
    guard memory.count < count else { return }
    memory.deallocate()
    memory = .allocate(capacity: count * 2)
    memory.initialize(repeating: 0)
  }

  deinit { memory.deallocate() }
}
