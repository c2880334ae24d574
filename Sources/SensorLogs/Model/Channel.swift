/// One measured quantity of a recording.
public struct Channel: Sendable, Hashable, Codable {
  public var name: String

  /// The unit as text, such as `g`, `m/s2` or `rad/s`; nil where the recording states none.
  public var unit: String?

  /// The lowest and highest value that can be recorded, in the unit; nil where the format or the recording tells none.
  ///
  /// A value at one of its ends may stand for one beyond.
  public var range: ClosedRange<Double>?

  public init(name: String, unit: String? = nil, range: ClosedRange<Double>? = nil) {
    self.name = name
    self.unit = unit
    self.range = range
  }

  /// The range between the values of the lowest and the highest number stored; nil where they are none or equal.
  static func range(_ one: Double, _ other: Double) -> ClosedRange<Double>? {
    one.isFinite && other.isFinite && one != other ? min(one, other)...max(one, other) : nil
  }

  /// Splits `name[unit]` or `name (unit)`, as column headings write it.
  init(heading: String) {
    let text = heading.trimmingSpaces()
    for (open, close) in [("[", "]"), ("(", ")")] where text.hasSuffix(close) {
      guard let start = text.lastIndex(of: Character(open)) else { continue }
      let name = String(text[..<start]).trimmingSpaces()
      let unit = String(text[text.index(after: start)...].dropLast()).trimmingSpaces()
      if !name.isEmpty {
        self.init(name: name, unit: unit.isEmpty ? nil : unit)
        return
      }
    }
    self.init(name: text)
  }
}

/// What the frames of a recording are made of.
public struct LogSchema: Sendable, Hashable, Codable {
  public var channels: [Channel]

  /// The rate that the recording or its reader's options state, above 0 and at most 1 GHz; nil where only the times
  /// tell.
  public var nominalRateHz: Double?

  public var hasLabels: Bool
  public var hasSegments: Bool

  /// The topic whose messages became frames, in formats that have topics.
  public var topic: String?

  /// The highest rate that recordings are believed to have, for times are nanoseconds.
  static let highestRateHz = 1e9

  /// - Parameter nominalRateHz: One that no recording can have counts as none.
  public init(
    channels: [Channel], nominalRateHz: Double? = nil, hasLabels: Bool = false, hasSegments: Bool = false,
    topic: String? = nil
  ) {
    self.channels = channels
    self.nominalRateHz = nominalRateHz.flatMap { $0 > 0 && $0 <= Self.highestRateHz ? $0 : nil }
    self.hasLabels = hasLabels
    self.hasSegments = hasSegments
    self.topic = topic
  }
}

extension StringProtocol {
  func trimmingSpaces() -> String {
    var view = Substring(self)
    while let first = view.first, first.isWhitespace { view.removeFirst() }
    while let last = view.last, last.isWhitespace { view.removeLast() }
    return String(view)
  }
}
