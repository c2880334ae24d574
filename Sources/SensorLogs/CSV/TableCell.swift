/// One cell of a text table, read in place.
///
/// Each function takes where the cell starts and where the line ends, and gives where the cell ends: at the
/// delimiter or at the line's end.
enum TableCell {
  typealias Pointer = UnsafePointer<UInt8>

  @inline(__always)
  static func skipSpaces(_ start: Pointer, _ end: Pointer, _ delimiter: UInt8) -> Pointer {
    var p = start
    while p < end, p.pointee == UInt8(ascii: " ") || p.pointee == 9, p.pointee != delimiter { p += 1 }
    return p
  }

  /// Delimiters inside quotes belong to the cell.
  static func end(_ start: Pointer, _ end: Pointer, _ delimiter: UInt8) -> Pointer {
    var p = start
    if p < end, p.pointee == UInt8(ascii: "\"") {
      p += 1
      var isQuoted = true
      while p < end, isQuoted || p.pointee != delimiter {
        if p.pointee == UInt8(ascii: "\"") { isQuoted.toggle() }
        p += 1
      }
      return p
    }
    while p < end, p.pointee != delimiter { p += 1 }
    return p
  }

  static func trimmed(_ start: Pointer, _ end: Pointer) -> UnsafeBufferPointer<UInt8> {
    var first = start
    var last = end
    while first < last, first.pointee == 32 || first.pointee == 9 { first += 1 }
    while first < last, (last - 1).pointee == 32 || (last - 1).pointee == 9 { last -= 1 }
    return UnsafeBufferPointer(start: first, count: last - first)
  }

  /// A number, or NaN and one more missing value where the cell says that there is none.
  @inline(never)
  static func number(
    _ start: Pointer, _ end: Pointer, _ delimiter: UInt8, _ value: inout Double, _ missing: inout Int
  ) -> Pointer? {
    if let (decimal, stop) = ScannedDecimal.scan(start, end), stop == end || stop.pointee == delimiter {
      value = decimal.value(UnsafeBufferPointer(start: start, count: stop - start))
      return stop
    }
    return oddNumber(start, end, delimiter, &value, &missing)
  }

  /// The same for a cell of a line from ``TextLines``.
  @inline(never)
  static func terminatedNumber(
    _ start: Pointer, _ end: Pointer, _ delimiter: UInt8, _ value: inout Double, _ missing: inout Int
  ) -> Pointer? {
    if let (decimal, stop) = ScannedDecimal.scanTerminated(start), stop == end || stop.pointee == delimiter {
      value = decimal.value(UnsafeBufferPointer(start: start, count: stop - start))
      return stop
    }
    return number(start, end, delimiter, &value, &missing)
  }

  /// Spaces, quotes, infinities and the words for a missing value.
  @inline(never)
  private static func oddNumber(
    _ start: Pointer, _ end: Pointer, _ delimiter: UInt8, _ value: inout Double, _ missing: inout Int
  ) -> Pointer? {
    let after = Self.end(start, end, delimiter)
    var text = trimmed(start, after)
    if text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") {
      text = trimmed(text.baseAddress! + 1, text.baseAddress! + text.count - 1)
    }
    guard let first = text.baseAddress, !text.isEmpty else {
      value = .nan
      missing += 1
      return after
    }
    if let (decimal, stop) = ScannedDecimal.scan(first, first + text.count), stop == first + text.count {
      value = decimal.value(text)
      return after
    }
    guard text.count <= 9 else { return nil }
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "nan", "-nan", "+nan", "na", "n/a", "null", "none":
      value = .nan
      missing += 1
    case "inf", "+inf", "infinity", "+infinity": value = .infinity
    case "-inf", "-infinity": value = -.infinity
    default: return nil
    }
    return after
  }

  /// A whole number of 32 bits; an empty cell is 0.
  @inline(__always)
  static func segment(_ start: Pointer, _ end: Pointer, _ delimiter: UInt8, _ value: inout Int32) -> Pointer? {
    let after = Self.end(start, end, delimiter)
    let text = trimmed(start, after)
    guard let first = text.baseAddress, !text.isEmpty else {
      value = 0
      return after
    }
    guard let (decimal, stop) = ScannedDecimal.scan(first, first + text.count), stop == first + text.count,
      let whole = decimal.nanoseconds(unitExponent: 0), let narrow = Int32(exactly: whole)
    else { return nil }
    value = narrow
    return after
  }
}
