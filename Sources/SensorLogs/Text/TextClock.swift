/// Turns the text of times into nanoseconds: decimal numbers in one unit, exactly, and calendar times.
struct TextClock {
  /// nil until the first number tells.
  private var unitExponent: Int?
  private let powers = EightDigits.powers

  /// - Parameter unit: nil: guessed from the size of the first number.
  init(unit: TimeUnit?) {
    unitExponent = unit?.nanosecondsExponent
  }

  /// Reads the cell of a table that begins at `start`, and gives where it ends; nil where it is no time.
  @inline(__always)
  mutating func parse(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ delimiter: UInt8, _ time: inout Int64
  ) -> UnsafePointer<UInt8>? {
    // Ten digits of seconds reach to the year 2286.
    if let unitExponent, let (fixed, stop) = EightDigits.fixed(start, powers, longest: 10),
      stop.pointee == delimiter || stop == end, fixed.decimals <= unitExponent
    {
      let (product, overflow) = Int64(bitPattern: fixed.mantissa)
        .multipliedReportingOverflow(by: Int64(bitPattern: powers[unitExponent &- fixed.decimals].whole))
      if !overflow {
        time = fixed.isNegative ? 0 &- product : product
        return stop
      }
    }
    return parseOdd(start, end, delimiter, &time)
  }

  /// The first time, times with spaces or quotes, calendar times, and numbers with more digits than 64 bits hold.
  @inline(never)
  private mutating func parseOdd(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ delimiter: UInt8, _ time: inout Int64
  ) -> UnsafePointer<UInt8>? {
    let first = TableCell.skipSpaces(start, end, delimiter)
    let after = TableCell.end(first, end, delimiter)
    var text = TableCell.trimmed(first, after)
    while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\"") {
      text = .init(rebasing: text.dropLast())
    }
    while text.first == UInt8(ascii: "\"") { text = .init(rebasing: text.dropFirst()) }
    guard let found = nanoseconds(text) else { return nil }
    time = found
    return after
  }

  /// The time that a whole text is.
  mutating func nanoseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard let first = text.baseAddress, !text.isEmpty else { return nil }
    if let (decimal, stop) = ScannedDecimal.scan(first, first + text.count), stop == first + text.count {
      return nanoseconds(decimal, text)
    }
    return CalendarTime.nanoseconds(text)
  }

  mutating func nanoseconds(_ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    let exponent = unitExponent ?? Self.guessedUnit(decimal.value(text)).nanosecondsExponent
    if let exact = decimal.nanoseconds(unitExponent: exponent) {
      unitExponent = exponent
      return exact
    }
    let scaled = (decimal.value(text) * Double(TimeUnit.scale(exponent: exponent))).rounded()
    guard scaled.magnitude < 0x1p63 else { return nil }
    unitExponent = exponent
    return Int64(scaled)
  }

  /// The unit in which a value is a time after 1973, or seconds.
  private static func guessedUnit(_ value: Double) -> TimeUnit {
    switch value.magnitude {
    case 1e17...: .nanoseconds
    case 1e14...: .microseconds
    case 1e11...: .milliseconds
    default: .seconds
    }
  }
}

extension TimeUnit {
  static func scale(exponent: Int) -> Int {
    switch exponent {
    case 9: 1_000_000_000
    case 6: 1_000_000
    case 3: 1_000
    default: 1
    }
  }
}
