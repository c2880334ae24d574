import Foundation

/// Numbers as people read them, the same in every locale.
enum Figures {
  /// `1,234,567`.
  static func count(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (value < 0 ? "−" : "") + groups.joined(separator: ",")
  }

  /// A share of 1 as a percentage with one decimal; a dash for what is not finite.
  static func percent(_ share: Double) -> String {
    share.isFinite ? decimal(share * 100, places: 1) + " %" : "–"
  }

  /// A level of an axis: no decimal where it has none.
  static func wholePercent(_ share: Double) -> String {
    let percent = share * 100
    guard percent.isFinite else { return "–" }
    return decimal(percent, places: abs(percent - percent.rounded()) < 0.05 ? 0 : 1) + " %"
  }

  /// A difference of shares in percentage points, with its sign.
  static func points(_ difference: Double) -> String {
    guard difference.isFinite else { return "–" }
    let text = decimal(abs(difference) * 100, places: 1)
    return text == "0.0" ? "±0.0" : (difference < 0 ? "−" : "+") + text
  }

  /// `96.0 KiB` from 1,024 bytes on.
  static func bytes(_ count: Int) -> String {
    if count < 1024 { return "\(count) B" }
    let kibibytes = Double(count) / 1024
    if kibibytes < 1024 { return decimal(kibibytes, places: 1) + " KiB" }
    return decimal(kibibytes / 1024, places: 1) + " MiB"
  }

  static func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return "–" }
    let text = String(format: "%.\(places)f", value)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// A name in a picture that has no room for more: its ends tell it from its neighbours.
  static func short(_ name: String, _ count: Int) -> String {
    guard name.count > count else { return name }
    return name.prefix((count - 1) / 2) + "…" + name.suffix(count / 2)
  }

  /// A coordinate of a picture: one decimal, no trailing zero.
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension Figures {
  /// A length of time in its own unit: `0.9 s`, `5 min 20 s`, `2 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "–" }
    if seconds < 60 { return decimal(seconds, places: seconds < 0.095 ? 3 : 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min" + (whole % 60 == 0 ? "" : " \(whole % 60) s") }
    return "\(count(whole / 3600)) h" + (whole % 3600 / 60 == 0 ? "" : " \(whole % 3600 / 60) min")
  }

  /// A whole number, thousands apart.
  static func rounded(_ value: Double) -> String {
    abs(value) < 1e15 ? count(Int(value.rounded())) : decimal(value, places: 0)
  }

  static func microseconds(_ value: Double) -> String {
    value < 1000 ? decimal(value, places: 0) + " µs" : decimal(value / 1000, places: 1) + " ms"
  }
}
