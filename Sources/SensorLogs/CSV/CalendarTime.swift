/// Calendar times as RFC 3339 writes them: `2026-03-01T12:00:00.25Z`, `2026-03-01 12:00:00+01:00`.
enum CalendarTime {
  /// Nanoseconds since 1970 in UTC; a time without a zone is taken as UTC. nil where the text is none.
  static func nanoseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard text.count >= 19, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
      text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      let year = digits(text, 0, 4), let month = digits(text, 5, 2), let day = digits(text, 8, 2),
      let hour = digits(text, 11, 2), let minute = digits(text, 14, 2), let second = digits(text, 17, 2),
      let days = CivilDate.days(year: year, month: month, day: day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var index = 19
    var fraction = 0
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      var unit = 100_000_000
      let first = index
      while index < text.count, text[index] &- 48 <= 9 {
        fraction += Int(text[index] &- 48) * unit
        unit /= 10
        index += 1
      }
      if index == first { return nil }
    }
    guard let offsetMinutes = zone(text, index) else { return nil }
    let seconds = (Int(days) * 24 + hour) * 3600 + (minute - offsetMinutes) * 60 + second
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow2) = scaled.addingReportingOverflow(fraction)
    return overflow || overflow2 ? nil : Int64(sum)
  }

  private static func digits(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
    guard start + count <= text.count else { return nil }
    var value = 0
    for index in start..<(start + count) {
      let digit = text[index] &- 48
      if digit > 9 { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }

  private static func zone(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
    let rest = text.count - start
    if rest == 0 { return 0 }
    let first = text[start]
    if rest == 1 { return first | 0x20 == UInt8(ascii: "z") ? 0 : nil }
    guard first == UInt8(ascii: "+") || first == UInt8(ascii: "-"), rest == 6, text[start + 3] == UInt8(ascii: ":"),
      let hours = digits(text, start + 1, 2), let minutes = digits(text, start + 4, 2)
    else { return nil }
    let total = hours * 60 + minutes
    return first == UInt8(ascii: "-") ? -total : total
  }

  /// The calendar time of nanoseconds since 1970, in UTC and whole milliseconds.
  static func text(_ nanoseconds: Int64) -> String {
    let (days, ofDay) = CivilDate.split(nanoseconds)
    let date = CivilDate.date(days: days)
    let milliseconds = Int(ofDay / 1_000_000)
    let seconds = milliseconds / 1000
    let fraction = String(1000 + milliseconds % 1000).dropFirst()
    return "\(date.year)-\(twoDigits(date.month))-\(twoDigits(date.day))T\(twoDigits(seconds / 3600)):"
      + "\(twoDigits(seconds / 60 % 60)):\(twoDigits(seconds % 60)).\(fraction)Z"
  }
}
