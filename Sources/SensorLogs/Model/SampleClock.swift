/// The times of samples that follow each other at one rate.
///
/// Each time is computed from its index, so that rounding does not add up.
struct SampleClock: Hashable {
  private let start: Int64
  private let numerator: Double
  private let denominator: Double

  /// - Parameter rateHz: Above 0.
  init(rateHz: Double, start: Int64 = 0) {
    self.start = start
    numerator = 1e9
    denominator = rateHz
  }

  init(periodNanoseconds: Double, start: Int64 = 0) {
    self.start = start
    numerator = periodNanoseconds
    denominator = 1
  }

  /// Nanoseconds of a sample, rounded to nearest; the limits of 64 bits are not passed.
  @inline(__always)
  func time(_ index: Int) -> Int64 {
    let offset = (Double(index) * numerator / denominator).rounded()
    // Where the period is beyond all numbers, the first sample still has its time.
    guard offset.magnitude < 0x1p62 else { return offset.isNaN ? start : offset < 0 ? .min : .max }
    let (sum, overflow) = start.addingReportingOverflow(Int64(offset))
    return overflow ? (offset < 0 ? .min : .max) : sum
  }
}

/// Dates as days, without time zones.
enum CivilDate {
  /// Days since 1970-01-01 in the Gregorian calendar, or nil where there is no such day.
  static func days(year: Int, month: Int, day: Int) -> Int64? {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= lengths[month - 1] else { return nil }
    // Years that begin in March have their leap day at the end.
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  /// The date of a day counted from 1970-01-01.
  static func date(days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }

  /// Whole days and the nanoseconds of the last one, for times before 1970 too.
  static func split(_ nanoseconds: Int64) -> (days: Int64, nanosecondsOfDay: Int64) {
    let perDay: Int64 = 86_400_000_000_000
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: perDay)
    return remainder < 0 ? (quotient - 1, remainder + perDay) : (quotient, remainder)
  }
}

/// Two digits with a leading zero, as dates are written.
func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
