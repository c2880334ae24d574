/// How fast a recording is played.
public enum PlaybackRate: Sendable, Hashable {
  /// So many times as fast as it was recorded.
  case times(Double)
  /// As fast as the consumer takes it.
  case maximum

  /// From a thousandth to a million times the recorded pace.
  public static let limits = 0.001...1_000_000.0

  /// Reads `max`, `2`, `0.5`, `x10` or `10x`; nil for what is none of these or outside the limits.
  public init?(_ text: String) {
    if text == "max" || text == "maximum" {
      self = .maximum
      return
    }
    var number = Substring(text)
    let marks: Set<Character> = ["x", "X", "×"]
    if let first = number.first, marks.contains(first) {
      number.removeFirst()
    } else if let last = number.last, marks.contains(last) {
      number.removeLast()
    }
    guard let value = Double(number), Self.limits.contains(value) else { return nil }
    self = .times(value)
  }
}

extension PlaybackRate: CustomStringConvertible {
  /// `×2`, `×0.5` or `max`.
  public var description: String {
    switch self {
    case .maximum: "max"
    case .times(let factor): "×" + (factor == factor.rounded() ? "\(Int(factor))" : "\(factor)")
    }
  }
}
