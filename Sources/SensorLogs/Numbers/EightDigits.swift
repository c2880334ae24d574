/// Decimal digits looked at eight at a time, and the numbers that tables mostly hold read by them.
///
/// After D. Lemire's parsing of eight digits within one register: neighbours are joined to pairs, pairs to fours, fours
/// to eight, each by one multiplication.
enum EightDigits {
  typealias Pointer = UnsafePointer<UInt8>

  /// A power of ten as both kinds of number.
  struct Power {
    var whole: UInt64
    var double: Double
  }

  /// 10^0 to 10^9, for the life of the program.
  nonisolated(unsafe) static let powers: UnsafePointer<Power> = {
    let table = UnsafeMutablePointer<Power>.allocate(capacity: 10)
    var whole: UInt64 = 1
    for exponent in 0...9 {
      (table + exponent).initialize(to: Power(whole: whole, double: Double(whole)))
      whole *= 10
    }
    return UnsafePointer(table)
  }()

  /// The high bit of a byte is set where it is no digit, and maybe in bytes behind the first such.
  @inline(__always)
  private static func others(_ digits: UInt64) -> UInt64 {
    ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080
  }

  /// Digits in the upper bytes, zeros below them, as a number.
  @inline(__always)
  private static func joined(_ aligned: UInt64) -> UInt64 {
    let pairs = (aligned &* (10 << 8 + 1)) &>> 8 & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* (100 << 16 + 1)) &>> 16 & 0x0000_FFFF_0000_FFFF
    return (fours &* (10_000 << 32 + 1)) &>> 32
  }

  @inline(__always)
  private static func word(_ p: Pointer) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
  }

  /// The number that the digits at `p` are, and how many there are, at most 8.
  @inline(__always)
  static func read(_ p: Pointer) -> (value: UInt64, count: Int) {
    let digits = word(p)
    let count = others(digits).trailingZeroBitCount &>> 3
    if count == 0 { return (0, 0) }
    return (joined(digits &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)), count)
  }

  /// A number as whole units of 10^-decimals.
  struct Fixed {
    var mantissa: UInt64
    var decimals: Int
    var isNegative: Bool
  }

  /// Reads `[-]digits[.digits]` with up to 8 digits, or `longest`, then up to 7, and gives where it stopped; nil where
  /// something else stands there, which may still be a number.
  ///
  /// The text ends in a byte that is no digit, and 8 bytes behind any place in it are readable.
  @inline(__always)
  static func fixed(_ start: Pointer, _ powers: UnsafePointer<Power>, longest: Int = 8) -> (Fixed, Pointer)? {
    var p = start
    var first = p.pointee
    let isNegative = first == UInt8(ascii: "-")
    if isNegative {
      p += 1
      first = p.pointee
    }
    first &-= 48
    if first > 9 { return nil }
    var mantissa: UInt64
    if longest > 8 {
      // Times have many digits before the point: eight at once, then what is left.
      let count: Int
      (mantissa, count) = read(p)
      p += count
      if count == 8 {
        guard let end = addDigits(p, &mantissa, atMost: longest - 8) else { return nil }
        p = end
      }
    } else {
      mantissa = UInt64(first)
      p += 1
      if p.pointee != UInt8(ascii: ".") {
        guard let end = addDigits(p, &mantissa, atMost: longest - 1) else { return nil }
        p = end
      }
    }
    if p.pointee != UInt8(ascii: ".") { return (Fixed(mantissa: mantissa, decimals: 0, isNegative: isNegative), p) }
    p += 1
    let digits = word(p)
    let others = others(digits)
    // Eight digits or none: both are rare.
    if others == 0 || others & 0x80 != 0 { return nil }
    // 8 times the index of the first byte that is no digit, plus 7.
    let other = others.trailingZeroBitCount
    let fraction = joined(digits &<< UInt64(truncatingIfNeeded: 7 &- other))
    let count = other &>> 3
    mantissa = mantissa &* powers[count].whole &+ fraction
    return (Fixed(mantissa: mantissa, decimals: count, isNegative: isNegative), p + count)
  }

  /// Puts the digits at a place behind those of a number, and gives where they end; nil where there are too many.
  @inline(__always)
  private static func addDigits(_ start: Pointer, _ mantissa: inout UInt64, atMost longest: Int) -> Pointer? {
    var p = start
    let last = start + longest
    while true {
      let digit = p.pointee &- 48
      if digit > 9 { return p }
      if p == last { return nil }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      p += 1
    }
  }

  /// The same as the nearest double.
  @inline(__always)
  static func number(_ start: Pointer, _ powers: UnsafePointer<Power>) -> (Double, Pointer)? {
    guard let (fixed, stop) = fixed(start, powers) else { return nil }
    // Fifteen digits and a power of ten are both exact, so the one operation rounds correctly (Clinger 1990).
    let magnitude = Double(Int64(bitPattern: fixed.mantissa)) / powers[fixed.decimals].double
    return (fixed.isNegative ? -magnitude : magnitude, stop)
  }
}
