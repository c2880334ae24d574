/// How far a phase of the work has come.
struct ProgressUpdate: Sendable, Equatable {
  /// Such as `reading`.
  var phase: String
  /// Done and in all, in the phase's own unit; in all is nil where it is not known.
  var done: Double
  var total: Double?
  /// What has been reached and how fast, such as `12 of 40 MB, 80 MB/s`.
  var detail: String
  /// Of no use any more when the phase has ended, where lines cannot be drawn over.
  var isPassing = false

  /// From 0 to 1.
  var fraction: Double? {
    guard let total, total > 0 else { return nil }
    return min(1, max(0, done / total))
  }

  var isComplete: Bool { total.map { done >= $0 } ?? false }
}

/// Numbers for people.
enum Readable {
  /// `1.2 MB`, in powers of a thousand.
  static func bytes(_ count: Double) -> String {
    var value = max(0, count)
    for unit in ["bytes", "kB", "MB", "GB"] {
      if value < 1000 { return (unit == "bytes" ? "\(Int(value))" : decimal(value, places: 1)) + " \(unit)" }
      value /= 1000
    }
    return decimal(value, places: 1) + " TB"
  }

  /// `12,345`.
  static func count(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: position))
      position -= 3
    }
    return (number < 0 ? "-" : "") + digits
  }

  /// `1 time`, `12,345 times`.
  static func count(_ number: Int, _ noun: String) -> String { "\(count(number)) \(noun)\(number == 1 ? "" : "s")" }

  /// `3 s`, `1 min 05 s`, `2 h 03 min`.
  static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(max(0, seconds).rounded())
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(twoDigits(whole % 60)) s"
    default: return "\(whole / 3600) h \(twoDigits(whole / 60 % 60)) min"
    }
  }

  /// Fixed places without the locale: `12.30`.
  static func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((value.magnitude * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    return "\(sign)\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }

  /// `93.1 %` of a share of 1.
  static func percent(_ share: Double) -> String { decimal(share * 100, places: 1) + " %" }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
