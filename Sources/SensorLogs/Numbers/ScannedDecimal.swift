/// A decimal number as written: mantissa, power of ten and sign.
struct ScannedDecimal {
  var mantissa: UInt64
  var exponent: Int
  var isNegative: Bool

  /// False when there were more digits than the mantissa can hold; the text has to be read again then.
  var isExact: Bool

  typealias Pointer = UnsafePointer<UInt8>

  /// Reads `[+-]digits[.digits][e[+-]digits]` and gives where it stopped, or nil where no number begins.
  @inline(__always)
  static func scan(_ start: Pointer, _ end: Pointer) -> (ScannedDecimal, Pointer)? {
    var p = start
    guard p < end else { return nil }
    let isNegative = p.pointee == UInt8(ascii: "-")
    if isNegative || p.pointee == UInt8(ascii: "+") { p += 1 }
    var mantissa: UInt64 = 0
    let integerStart = p
    while p < end {
      let digit = p.pointee &- 48
      if digit > 9 { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      p += 1
    }
    var digitCount = p - integerStart
    var exponent = 0
    if p < end, p.pointee == UInt8(ascii: ".") {
      p += 1
      let fractionStart = p
      while p < end {
        let digit = p.pointee &- 48
        if digit > 9 { break }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        p += 1
      }
      exponent = fractionStart - p
      digitCount -= exponent
    }
    if digitCount == 0 { return nil }
    if p < end, p.pointee | 0x20 == UInt8(ascii: "e") {
      guard let (power, after) = scanExponent(p + 1, end) else { return nil }
      exponent += power
      p = after
    }
    // 19 digits always fit 64 bits.
    return (
      ScannedDecimal(mantissa: mantissa, exponent: exponent, isNegative: isNegative, isExact: digitCount <= 19), p
    )
  }

  /// Reads `[-]digits[.digits]` and gives where it stopped; nil where no number of up to 19 digits stands in this form,
  /// which `scan` may still read.
  ///
  /// The text ends in a byte that is no digit, and 8 bytes behind any place in it are readable.
  @inline(__always)
  static func scanTerminated(_ start: Pointer) -> (ScannedDecimal, Pointer)? {
    var p = start
    let isNegative = p.pointee == UInt8(ascii: "-")
    if isNegative { p += 1 }
    var mantissa: UInt64 = 0
    let integerStart = p
    while true {
      let digit = p.pointee &- 48
      if digit > 9 { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      p += 1
    }
    var digitCount = p - integerStart
    var exponent = 0
    if p.pointee == UInt8(ascii: ".") {
      p += 1
      var count: Int
      repeat {
        let value: UInt64
        (value, count) = EightDigits.read(p)
        mantissa = mantissa &* integerPowersOfTen[count] &+ value
        p += count
        exponent &-= count
      } while count == 8
      digitCount &-= exponent
    }
    guard digitCount > 0, digitCount <= 19, p.pointee | 0x20 != UInt8(ascii: "e") else { return nil }
    return (ScannedDecimal(mantissa: mantissa, exponent: exponent, isNegative: isNegative, isExact: true), p)
  }

  private static func scanExponent(_ start: Pointer, _ end: Pointer) -> (Int, Pointer)? {
    var p = start
    guard p < end else { return nil }
    let isNegative = p.pointee == UInt8(ascii: "-")
    if isNegative || p.pointee == UInt8(ascii: "+") { p += 1 }
    let digits = p
    var power = 0
    while p < end {
      let digit = p.pointee &- 48
      if digit > 9 { break }
      // Beyond this every number is zero or infinite, whatever its mantissa's few digits say.
      if power < 100_000 { power = power * 10 + Int(digit) }
      p += 1
    }
    return p == digits ? nil : (isNegative ? -power : power, p)
  }

  /// The nearest double, ties to even.
  ///
  /// - Parameter text: The same number as text, read again where the mantissa alone cannot decide.
  @inline(__always)
  func value(_ text: UnsafeBufferPointer<UInt8>) -> Double {
    // Both operands are exact, so the one operation rounds correctly (Clinger 1990).
    if isExact, mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
      let magnitude =
        exponent < 0 ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
      return isNegative ? -magnitude : magnitude
    }
    return slowValue(text)
  }

  @inline(never)
  private func slowValue(_ text: UnsafeBufferPointer<UInt8>) -> Double {
    if isExact, let magnitude = twoWordMagnitude() { return isNegative ? -magnitude : magnitude }
    // The standard library reads any length correctly rounded and takes no notice of the locale.
    return Double(String(decoding: text, as: UTF8.self)) ?? .nan
  }

  /// A 64-bit mantissa times or over an exact power of ten in double-double arithmetic.
  ///
  /// The true value lies within 2^-95 of the result; where both ends of that interval round to one double,
  /// that double is the nearest. Otherwise nil.
  private func twoWordMagnitude() -> Double? {
    guard mantissa != 0, exponent >= -22, exponent <= 22 else { return mantissa == 0 ? 0 : nil }
    let high = Double(mantissa & ~0x7FF)
    let low = Double(mantissa & 0x7FF)
    let power = powersOfTen[abs(exponent)]
    let first: Double
    let second: Double
    if exponent < 0 {
      first = high / power
      let remainder = high.addingProduct(-first, power)
      second = (remainder + low) / power
    } else {
      first = high * power
      let remainder = (-first).addingProduct(high, power)
      second = remainder + low * power
    }
    let slack = first * 0x1p-95
    let below = first + (second - slack)
    let above = first + (second + slack)
    return below == above ? below : nil
  }

  /// The number as whole nanoseconds, rounded to nearest, if it is one of `10^unitExponent` nanoseconds.
  ///
  /// Exact where a double would not be: seconds since 1970 with nine decimals. nil where 64 bits overflow.
  @inline(__always)
  func nanoseconds(unitExponent: Int) -> Int64? {
    guard isExact else { return nil }
    let shift = exponent + unitExponent
    var magnitude = mantissa
    if shift > 0 {
      guard mantissa != 0 else { return 0 }
      guard shift <= 19 else { return nil }
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: integerPowersOfTen[shift])
      if overflow { return nil }
      magnitude = product
    } else if shift < 0 {
      if shift < -19 { return 0 }
      let divisor = integerPowersOfTen[-shift]
      let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: divisor)
      magnitude = quotient + (remainder >= divisor - remainder ? 1 : 0)
    }
    guard magnitude <= UInt64(Int64.max) else { return nil }
    return isNegative ? -Int64(magnitude) : Int64(magnitude)
  }
}

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]

private let integerPowersOfTen: [UInt64] = [
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]
