/// What a recording holds that the pipeline does not allow.
public enum DataQualityError: Error, Sendable, Hashable {
  case gap(Place, seconds: Double)
  case stepBackwards(Place, seconds: Double)
  case clockJump(Place, seconds: Double)
  case duplicate(Place)
  case nonFinite(Place, channel: String)
  case saturated(Place, channel: String, range: ClosedRange<Double>)
  case noRange(path: String, channel: String)
  case stuck(Place, channel: String, frames: Int)
  case missingChannel(path: String, channel: String, nearest: String?, known: [String])
  case noUnit(path: String, channel: String, wanted: String)
  case unknownUnit(path: String, channel: String, unit: String, wanted: String)
  case notConvertible(path: String, channel: String, unit: String, wanted: String)
  case segmentTooLong(path: String, frames: Int, limit: Int)
  case noRate(path: String)
  case edgeTooLow(path: String, hertz: Double, rateHz: Double)
  case allOneBurst(path: String, withinSeconds: Double, periodSeconds: Double)
  case mostStepsAreGaps(path: String, limitSeconds: Double, periodSeconds: Double)
  case aboveHalfRate(path: String, hertz: Double, rateHz: Double)
  case noRatio(path: String, fromHz: Double, toHz: Double)
  case unknownChannel(stage: String, channel: String, nearest: String?, known: [String])

  /// A frame of a recording.
  public struct Place: Sendable, Hashable {
    public var path: String
    /// Since the recording's first frame.
    public var seconds: Double

    public init(path: String, seconds: Double) {
      self.path = path
      self.seconds = seconds
    }
  }
}

extension DataQualityError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .gap(let place, let seconds):
      "\(place): no frame for \(Self.number(seconds)) s; write Gaps(.split) or Gaps(.fill(.linear, upTo:)) to go on"
    case .stepBackwards(let place, let seconds):
      "\(place): time steps back by \(Self.number(seconds)) s; "
        + "write Disorder(.reorder(within:)) or Disorder(.newSegment) to go on"
    case .clockJump(let place, let seconds):
      "\(place): the clock jumps by \(Self.number(seconds)) s; write ClockJumps(.split) to go on"
    case .duplicate(let place):
      "\(place): a second frame of one time; write Duplicates(.keepFirst) or Duplicates(.spread) to go on"
    case .nonFinite(let place, let channel):
      "\(place): '\(channel)' is no finite number; write NonFinite(.drop) or NonFinite(.hold(upTo:)) to go on"
    case .saturated(let place, let channel, let range):
      "\(place): '\(channel)' is at full scale, \(Self.text(range)); "
        + "write Saturation with .keep or .rejectWindow to go on"
    case .noRange(let path, let channel):
      "\(path): states no range for '\(channel)', which Saturation is to look at; write Saturation(at: …)"
    case .stuck(let place, let channel, let frames):
      "\(place): '\(channel)' has had one value for \(frames) frames; "
        + "write Stuck(frames:) with .keep or .rejectWindow to go on"
    case .missingChannel(let path, let channel, let nearest, let known):
      "\(path): no channel '\(channel)'; "
        + (nearest.map { "did you mean '\($0)'? " } ?? "") + "The recording has \(Self.list(known)); "
        + "write OptionalChannels([\"\(channel)\"]) if it may be absent"
    case .noUnit(let path, let channel, let wanted):
      "\(path): states no unit for '\(channel)', which is to be converted to \(wanted); "
        + "write Convert([\"\(channel)\"], to: \"\(wanted)\", from: …)"
    case .unknownUnit(let path, let channel, let unit, let wanted):
      "\(path): '\(channel)' is in '\(unit)', which is no known unit and cannot be converted to \(wanted); "
        + "correct the unit in the recording"
    case .notConvertible(let path, let channel, let unit, let wanted):
      "\(path): '\(channel)' is in \(unit), which cannot be converted to \(wanted); "
        + "take it out of Convert, or correct the unit in the recording"
    case .segmentTooLong(let path, let frames, let limit):
      "\(path): a zero-phase filter holds a whole segment in memory, at most \(limit) frames of it, and one has more than "
        + "\(frames - 1); filter with .causal, or read fewer channels"
    case .edgeTooLow(let path, let hertz, let rate):
      "\(path): recorded at about \(Self.number(rate)) Hz, and a causal filter at \(Self.number(hertz)) Hz is not exact in "
        + "single precision below a thousandth of the rate; write Resample(hertz:) to a lower rate before it, or .zeroPhase"
    case .allOneBurst(let path, let within, let period):
      "\(path): Duplicates(within:) of \(Self.number(within)) s makes one burst of all its frames, which lie "
        + "\(Self.number(period)) s apart; write less than that"
    case .mostStepsAreGaps(let path, let limit, let period):
      "\(path): Gaps(longerThan:) of \(Self.number(limit)) s makes a gap of most of its steps, which take "
        + "\(Self.number(period)) s; write more than that"
    case .noRate(let path):
      "\(path): its frames do not tell a rate, which filters need; add Resample(hertz:) before them"
    case .aboveHalfRate(let path, let hertz, let rate):
      "\(path): recorded at about \(Self.number(rate)) Hz, and a filter at \(Self.number(hertz)) Hz needs more than twice "
        + "that frequency; lower the filter's edge"
    case .noRatio(let path, let from, let to):
      "\(path): \(Self.number(from)) Hz and \(Self.number(to)) Hz have no ratio of whole numbers up to 1,000; "
        + "write Resample(hertz:) with .linear, or a rate nearer to a simple ratio"
    case .unknownChannel(let stage, let channel, let nearest, let known):
      "\(stage) names '\(channel)', which is no channel; "
        + (nearest.map { "did you mean '\($0)'? " } ?? "") + "The channels are \(Self.list(known))"
    }
  }

  /// One number where both ends are as far from 0.
  private static func text(_ range: ClosedRange<Double>) -> String {
    range.lowerBound == -range.upperBound
      ? number(range.upperBound) : "\(number(range.lowerBound)) to \(number(range.upperBound))"
  }

  private static func number(_ value: Double) -> String {
    let rounded = (value * 1e6).rounded() / 1e6
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty
      ? "none" : names.prefix(12).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }
}

extension DataQualityError.Place: CustomStringConvertible {
  public var description: String {
    "\(path), \((seconds * 1e6).rounded() / 1e6) s after its first frame"
  }
}
