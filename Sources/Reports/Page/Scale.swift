import Foundation

/// A range of values with round marks: 1, 2, 2.5 or 5 times a power of ten apart.
struct Scale: Sendable, Hashable {
  let low: Double
  let high: Double
  let ticks: [Double]

  /// - Parameters:
  ///   - low: The smallest value shown; neither it nor `high` need be round.
  ///   - limits: Where the values have natural ends.
  ///   - count: Steps at most.
  init(_ low: Double, _ high: Double, within limits: ClosedRange<Double>? = nil, count: Int = 4) {
    let (low, high) = low.isFinite && high.isFinite && low <= high ? (low, high) : (0, 1)
    let span = max(high - low, abs(high) * 1e-6, 1e-9)
    var step = Self.step(span / Double(count))
    func edges() -> (Double, Double) {
      let first = max((low / step).rounded(.down) * step, limits?.lowerBound ?? -.infinity)
      return (first, min((high / step).rounded(.up) * step, limits?.upperBound ?? .infinity))
    }
    var (first, last) = edges()
    if (last - first) / step > Double(count) + 0.5 {
      step = Self.step(step * 1.01)
      (first, last) = edges()
    }
    if last <= first { last = first + step }
    self.low = first
    self.high = last
    let start = (first / step - 1e-6).rounded(.up)
    ticks = (0...(count + 2)).map { (start + Double($0)) * step }.filter { $0 <= last + step * 1e-6 }
  }

  /// Where a value lies: 0 at the low end, 1 at the high one, ends for what lies beyond.
  func share(_ value: Double) -> Double { max(0, min(1, (value - low) / (high - low))) }

  private static func step(_ smallest: Double) -> Double {
    let power = pow(10, log10(max(smallest, 1e-12)).rounded(.down))
    let mantissa = [1, 2, 2.5, 5].first { $0 * power >= smallest * (1 - 1e-9) }
    return (mantissa ?? 10) * power
  }
}
