import ArgumentParser

/// Limits of numbers on the command line.
enum Limits {
  static func check(_ value: Int?, of option: String, within range: ClosedRange<Int>) throws(ValidationError) {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
      "\(option) takes a whole number from \(range.lowerBound) to \(range.upperBound), found \(value)")
  }
}
