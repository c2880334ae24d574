/// Numbers in the eight characters that an EDF header has for one.
enum EDFNumber {
  static let width = 8

  /// The nearest decimal that fits, and its value; nil where the number is too large.
  static func text(_ value: Double) -> (text: String, value: Double)? {
    if value == 0 { return ("0", 0) }
    let exact = plain(value)
    if exact.utf8.count <= width, let read = Double(exact) { return (exact, read) }
    for decimals in stride(from: width - 2, through: 0, by: -1) {
      let text = fixed(value, decimals: decimals)
      if text.utf8.count <= width, let read = Double(text) { return (text, read) }
    }
    return nil
  }

  /// The shortest decimal that reads back as the value, without an exponent.
  private static func plain(_ value: Double) -> String {
    let text = "\(value)"
    if text.contains("e") { return String(repeating: "#", count: width + 1) }
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func fixed(_ value: Double, decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 1e15 else { return String(repeating: "#", count: width + 1) }
    var digits = String(Int(scaled))
    while digits.utf8.count <= decimals { digits = "0" + digits }
    let whole = digits.dropLast(decimals)
    let fraction = digits.suffix(decimals)
    return (value < 0 ? "-" : "") + whole + (decimals == 0 ? "" : ".\(fraction)")
  }

  /// Blanks behind the text, cut at the width.
  static func field(_ text: String, _ width: Int) -> [UInt8] {
    // Only printable ASCII may stand in a header.
    var bytes = text.unicodeScalars.map { $0.value >= 32 && $0.value < 127 ? UInt8($0.value) : UInt8(ascii: "?") }
    bytes = Array(bytes.prefix(width))
    return bytes + [UInt8](repeating: UInt8(ascii: " "), count: width - bytes.count)
  }
}

/// How one channel is stored in an EDF file: limits of both scales, as the header can say them.
struct EDFScale {
  var physicalMinimum: (text: String, value: Double)
  var physicalMaximum: (text: String, value: Double)
  var digitalLimit: Double

  private var gain: Double { (physicalMaximum.value - physicalMinimum.value) / (2 * digitalLimit) }

  /// A scale that holds all values that were seen, without loss where a decimal one can do that.
  ///
  /// - Returns: nil where the header cannot state it.
  init?(_ finder: ScaleFinder, digitalLimit: Double) {
    // A rounder limit has fewer decimals to fit into eight characters.
    for limit in [digitalLimit, (digitalLimit / 1000).rounded(.down) * 1000] {
      guard let gain = finder.exactGain(limit: limit) else { continue }
      let reach = limit / gain
      if let low = EDFNumber.text(-reach), let high = EDFNumber.text(reach), low.value == -reach, high.value == reach {
        self.digitalLimit = limit
        physicalMinimum = low
        physicalMaximum = high
        return
      }
    }
    self.digitalLimit = digitalLimit
    // A little more than the values need, so that the decimals of the limits can be rounded.
    var margin = 0.0
    for _ in 0..<24 {
      let low = finder.lowest - margin
      let high = finder.highest + margin
      guard let lowText = EDFNumber.text(low), let highText = EDFNumber.text(high) else { return nil }
      if lowText.value <= finder.lowest, highText.value >= finder.highest, lowText.value < highText.value {
        // Steps as wide as the values' own span would tell nothing.
        let span = finder.highest - finder.lowest
        guard span == 0 || highText.value - lowText.value < 100 * span else { return nil }
        physicalMinimum = lowText
        physicalMaximum = highText
        return
      }
      let reach = max(finder.lowest.magnitude, finder.highest.magnitude)
      margin = margin == 0 ? max(reach * 1e-7, 1e-7) : margin * 4
    }
    return nil
  }

  @inline(__always)
  func stored(_ value: Double) -> Int {
    let position = ((value - physicalMinimum.value) / gain - digitalLimit).rounded()
    return Int(max(-digitalLimit, min(digitalLimit, position)))
  }
}
