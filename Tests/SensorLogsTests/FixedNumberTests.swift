import Testing

@testable import SensorLogs

/// Numbers read by words are those that are read digit by digit.
@Suite struct FixedNumberTests {
  /// Every number of digits before and behind the point, for cells and for times.
  @Test(arguments: [8, 10]) func fixedNumbersAreReadAsTheyAreScanned(longest: Int) {
    let seed: UInt64 = 33
    var generator = SeededGenerator(state: seed)
    for whole in 0...14 {
      for decimals in -1...10 {
        for sign in ["", "-", "+"] {
          for end in [",", "\n", ".", "e", ""] {
            var text = sign + Self.digits(whole, &generator)
            if decimals >= 0 { text += "." + Self.digits(decimals, &generator) }
            text += end
            check(text, whole: whole, decimals: decimals, sign: sign, end: end, longest: longest, seed)
          }
        }
      }
    }
  }

  private static func digits(_ count: Int, _ generator: inout SeededGenerator) -> String {
    (0..<count).map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined()
  }

  private func check(
    _ text: String, whole: Int, decimals: Int, sign: String, end: String, longest: Int, _ seed: UInt64
  ) {
    // What follows is readable, and the end is no digit.
    let bytes = Array(text.utf8) + [10] + [UInt8](repeating: UInt8(ascii: "7"), count: 16)
    bytes.withUnsafeBufferPointer { buffer in
      let start = buffer.baseAddress!
      let found =
        longest == 8
        ? EightDigits.fixed(start, EightDigits.powers) : EightDigits.fixed(start, EightDigits.powers, longest: 10)
      let hasPoint = decimals >= 0 || end == "."
      let fraction = max(0, decimals)
      let fits = sign != "+" && (1...longest).contains(whole) && (!hasPoint || (1...7).contains(fraction))
      guard let (fixed, stop) = found else {
        if fits { Issue.record("seed \(seed): \(text) was not read") }
        return
      }
      guard fits else {
        Issue.record("seed \(seed): \(text) was read")
        return
      }
      let plain = text.filter { $0.isNumber }
      let stopsAt = sign.count + whole + (decimals >= 0 ? 1 + fraction : 0)
      if fixed.mantissa != UInt64(plain) || fixed.decimals != fraction || fixed.isNegative != (sign == "-")
        || stop - start != stopsAt
      {
        Issue.record("seed \(seed): \(text) became \(fixed), stopped at \(stop - start)")
      }
    }
  }
}
