/// A place in a recording, as a command line says it.
public enum ReplayPoint: Sendable, Hashable {
  /// Nanoseconds after the first frame.
  case offset(Int64)
  /// A time of the recording's own clock, in nanoseconds.
  case instant(Int64)

  /// Reads `90s`, `1m30s`, `1h`, `250ms`: an offset; `1700000000000000000`: nanoseconds on the recording's clock;
  /// `2026-03-01T12:00:00Z`: a calendar time. nil for anything else, and for a bare number that could be meant as
  /// seconds, see ``isAmbiguous(_:)``.
  public init?(_ text: String) {
    if let offset = Self.duration(text) {
      self = .offset(offset)
    } else if let time = Int64(text) {
      guard !Self.isAmbiguous(text) else { return nil }
      self = .instant(time)
    } else {
      var copy = text
      guard let time = copy.withUTF8({ CalendarTime.nanoseconds($0) }) else { return nil }
      self = .instant(time)
    }
  }

  /// Whether a text is a whole number without a unit of less than a second in nanoseconds: whoever writes `500` after a
  /// duration of `500`, which is seconds, does not mean 500 nanoseconds.
  public static func isAmbiguous(_ text: String) -> Bool {
    Int64(text).map { $0.magnitude < 1_000_000_000 } ?? false
  }

  /// The nanoseconds of `1m30s`, `2.5s` or `250ms`: numbers, each with its unit (h, m, s, ms, us, ns); nil for anything
  /// else, and for more than Int64 holds.
  public static func duration(_ text: String) -> Int64? {
    var rest = Substring(text)
    var sum: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(number.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let scale = scales[String(unit)], let part = nanoseconds(number, scale: scale) else { return nil }
      let (total, overflow) = sum.addingReportingOverflow(part)
      if overflow { return nil }
      sum = total
    }
    return sum
  }

  private static let scales: [String: Int64] = [
    "h": 3_600_000_000_000, "m": 60_000_000_000, "min": 60_000_000_000, "s": 1_000_000_000, "ms": 1_000_000,
    "us": 1000, "µs": 1000, "μs": 1000, "ns": 1,
  ]

  /// A decimal times a unit, exact to the nanosecond.
  private static func nanoseconds(_ number: Substring, scale: Int64) -> Int64? {
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int64(parts[0]) else { return nil }
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: scale)
    if overflow { return nil }
    guard parts.count == 2 else { return scaled }
    guard !parts[1].isEmpty else { return nil }
    var fraction: Int64 = 0
    var unit = scale
    for digit in parts[1].utf8 {
      // Rounded down behind the last digit that can say a nanosecond.
      fraction += unit / 10 * Int64(digit - UInt8(ascii: "0")) + unit % 10 * Int64(digit - UInt8(ascii: "0")) / 10
      unit /= 10
    }
    let (sum, tooLarge) = scaled.addingReportingOverflow(fraction)
    return tooLarge ? nil : sum
  }
}
