import Testing

@testable import SensorLogs

private func parsed(_ text: String) -> Double? {
  var copy = text
  return copy.withUTF8 { bytes in
    guard let base = bytes.baseAddress,
      let (decimal, end) = ScannedDecimal.scan(base, base + bytes.count), end == base + bytes.count
    else { return nil }
    return decimal.value(bytes)
  }
}

@Suite struct ScannedDecimalTests {
  @Test func randomDoublesSurviveTheirOwnText() {
    let seed: UInt64 = 20
    var generator = SeededGenerator(state: seed)
    for _ in 0..<30_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      if parsed("\(value)")?.bitPattern != value.bitPattern { Issue.record("seed \(seed), \(value)") }
    }
  }

  @Test func decimalsOfEveryLengthRoundAsTheStandardLibraryRounds() {
    let seed: UInt64 = 21
    var generator = SeededGenerator(state: seed)
    for digits in 1...24 {
      for _ in 0..<800 {
        var text = (0..<digits).map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined()
        let point = Int.random(in: 0...digits, using: &generator)
        text.insert(".", at: text.index(text.startIndex, offsetBy: point))
        if Bool.random(using: &generator) { text = "-" + text }
        if Bool.random(using: &generator) { text += "e\(Int.random(in: -30...30, using: &generator))" }
        if parsed(text)?.bitPattern != Double(text)?.bitPattern { Issue.record("seed \(seed), \(text)") }
      }
    }
  }

  @Test func numbersHalfwayBetweenDoublesRoundToEven() {
    for text in [
      "9007199254740993", "9007199254740995", "18014398509481986",
      "0.500000000000000166533453693773481063544750213623046875",
      "1152921504606847104", "1152921504606847105", "1152921504606847103", "9223372036854775807", "9999999999999999999",
      "4.9e-324", "2.4703282292062327e-324", "1.7976931348623157e308", "1.7976931348623159e308", "1e400", "0e999",
    ] {
      #expect(parsed(text)?.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
  }

  @Test(arguments: ["", "-", "+", ".", "e5", "1e", "1e+", "1.5x", "0x10", "--1", "1..2", "1,5", "abc", " 1", "1 "])
  func whatIsNoNumberIsRefused(text: String) {
    #expect(parsed(text) == nil)
  }

  @Test(arguments: [
    ("0.02", 9, 20_000_000), ("1617226400.123456789", 9, 1_617_226_400_123_456_789), ("-1.5", 9, -1_500_000_000),
    ("1e3", 9, 1_000_000_000_000), ("1.0000000004", 9, 1_000_000_000), ("1.0000000005", 9, 1_000_000_001),
    ("12.5", 6, 12_500_000), ("7", 0, 7), ("0", 9, 0), ("1e-30", 9, 0),
  ])
  func timesAreExactWholeNanoseconds(text: String, exponent: Int, nanoseconds: Int64) {
    var copy = text
    let found = copy.withUTF8 {
      ScannedDecimal.scan($0.baseAddress!, $0.baseAddress! + $0.count)?.0.nanoseconds(unitExponent: exponent)
    }
    #expect(found == nanoseconds)
  }
}

/// The readings of eight digits at once, against the standard library's.
@Suite struct EightDigitsTests {
  private func number(_ text: String) -> (value: Double, count: Int)? {
    // A byte that is no digit, then readable ones that are digits.
    let bytes = Array(text.utf8) + [10] + Array("1234567890123456".utf8)
    return bytes.withUnsafeBufferPointer { buffer in
      EightDigits.number(buffer.baseAddress!, EightDigits.powers).map { ($0.0, $0.1 - buffer.baseAddress!) }
    }
  }

  @Test func everyNumberOfFewDigitsIsTheNearestDouble() {
    for integerDigits in 1...9 {
      for decimals in 0...9 {
        var random = SeededGenerator(state: UInt64(integerDigits * 10 + decimals))
        for sign in ["", "-"] {
          for _ in 0..<200 {
            func digits(_ count: Int) -> String {
              (0..<count).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
            }
            let text = sign + digits(integerDigits) + (decimals > 0 ? "." + digits(decimals) : "")
            guard let (value, count) = number(text) else {
              #expect(integerDigits > 8 || decimals > 7, "'\(text)' was refused")
              continue
            }
            #expect(count == text.utf8.count, "'\(text)'")
            #expect(value.bitPattern == Double(text)!.bitPattern, "'\(text)'")
          }
        }
      }
    }
  }

  @Test func whatStandsBehindADigitEndsIt() {
    for byte in UInt8(0)...255 where !(48...57).contains(byte) {
      let bytes = Array("12.345".utf8) + [byte] + Array("67890123456789".utf8)
      let found = bytes.withUnsafeBufferPointer { buffer in
        EightDigits.number(buffer.baseAddress!, EightDigits.powers).map { ($0.0, $0.1 - buffer.baseAddress!) }
      }
      #expect(found?.0 == 12.345 && found?.1 == 6, "byte \(byte)")
    }
  }

  @Test(arguments: ["", "-", ".5", "+1", "a", "1.", "123456789", "1.12345678", "--1", " 1"])
  func otherFormsAreLeftToOthers(text: String) {
    #expect(number(text) == nil)
  }

  @Test func allCountsOfDigitsReadTheSame() {
    let text = Array("1234567890".utf8) + [UInt8](repeating: 44, count: 16)
    text.withUnsafeBufferPointer { buffer in
      for start in 0...10 {
        let (value, count) = EightDigits.read(buffer.baseAddress! + start)
        #expect(count == min(8, 10 - start))
        #expect(value == UInt64(String("1234567890".dropFirst(start).prefix(8))) ?? 0)
      }
    }
  }
}
