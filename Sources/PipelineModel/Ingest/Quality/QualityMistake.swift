/// What can be wrong with a stage that looks after the quality of data.
public enum QualityMistake: Sendable, Hashable {
  case notAUnit(String)
  case notConvertible(from: String, to: String)
  case nothingToFill(upTo: Double, longerThan: Double)
  case unknownChannel(String, nearest: String?, known: [String])
  case channelNameTaken(String)
  case unknownLabel(String, nearest: String?)
  case labelsUnnamed
  case channelsUnnamed
  case windowHasOneLabel
  case notOdd(Int)
  case burstsAreNoError
  case notMillihertz(Double)
  case emptyBand(from: Double, to: Double)
  case aboveHalfRate(hertz: Double, rate: Double)
}

extension QualityMistake {
  /// What follows the name of the argument in a sentence.
  var phrase: String {
    switch self {
    case .notAUnit(let text): "takes a unit, and \"\(text)\" is none that is known"
    case .notConvertible(let from, let to): "is \"\(from)\", which cannot be converted to \"\(to)\""
    case .nothingToFill(let upTo, let limit):
      "fills gaps of up to \(upTo.numeral) s, and only a pause longer than \(limit.numeral) s is a gap"
    case .unknownChannel(let name, _, _): "names \"\(name)\", which is no channel here"
    case .channelNameTaken(let name): "makes a channel \"\(name)\", and there is one of that name"
    case .unknownLabel(let name, _): "names \"\(name)\", which is none of the classes in 'Labels(names:)'"
    case .labelsUnnamed: "looks for a label, and 'Labels' does not name the classes"
    case .channelsUnnamed: "names channels, and 'Read' does not say which it wants"
    case .windowHasOneLabel: "chooses among the labels of a window, and this window spans one only"
    case .notOdd(let length): "takes an odd number of frames, found \(length)"
    case .burstsAreNoError: "says how close the frames of a burst are, and .error looks for frames of one time only"
    case .notMillihertz(let hertz): "takes a rate in whole thousandths of a hertz, found \(hertz.numeral)"
    case .emptyBand(let from, let to):
      "passes from \(from.numeral) Hz to \(to.numeral) Hz, which is nothing"
    case .aboveHalfRate(let hertz, let rate):
      "takes less than half the rate, and \(hertz.numeral) Hz is not below half of \(rate.numeral) Hz"
    }
  }

  var suggestion: String {
    switch self {
    case .notAUnit(let text):
      nearestName(to: text, in: MeasurementUnit.symbols).map { "did you mean \"\($0)\"?" }
        ?? "write one such as \"g\", \"m/s2\", \"rad/s\", \"deg/s\", \"uT\""
    case .notConvertible: "write units of one quantity"
    case .nothingToFill(_, let limit): "write more than \(limit.numeral)"
    case .unknownChannel(_, let nearest?, _): "did you mean \"\(nearest)\"?"
    case .unknownChannel(_, nil, let known):
      known.isEmpty ? "name a channel" : "the channels are \(known.prefix(12).joined(separator: ", "))"
    case .channelNameTaken: "rename that channel, or leave it out of 'Read(channels:)'"
    case .unknownLabel(_, let nearest): nearest.map { "did you mean \"\($0)\"?" } ?? "add it to 'Labels(names:)'"
    case .labelsUnnamed: "write Labels(names: […])"
    case .channelsUnnamed: "write Read(channels: […])"
    case .windowHasOneLabel: "write across: .labels before it"
    case .notOdd(let length): "write \(min(9, length + 1))"
    case .burstsAreNoError: "remove it"
    case .notMillihertz(let hertz): "write \((max(1, (hertz * 1000).rounded()) / 1000).numeral)"
    case .emptyBand(let from, let to): from == to ? "write two frequencies" : "swap them"
    case .aboveHalfRate(_, let rate): "write at most \((rate * 0.49).shortNumeral), or resample to a higher rate"
    }
  }
}
