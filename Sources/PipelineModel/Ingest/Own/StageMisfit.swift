/// Why a stage of your own does not fit the stream that goes into it.
public enum StageMisfit: Error, Sendable, Hashable {
  /// There is no channel of that name.
  case missingChannel(String, nearest: String?, known: [String])
  case wrongUnit(channel: String, needed: String, found: String)
  /// Anything else, as a sentence goes on behind the stage's name: `"needs at least 40 Hz, found 25"`.
  case other(String, advice: String? = nil)
  /// The stage gives a stream without a channel.
  case noChannels
  /// The stage gives two channels of one name.
  case channelTwice(String)
  /// The stage gives a rate that none can be.
  case notARate(Double)
  /// The stage changes the rate, and no `Resample` stands behind it.
  case rateChanges(from: Double, to: Double)
  /// Martlet has a stage of the same name.
  case nameTaken
  /// The name cannot be written as that of a stage.
  case notAName(String)
}

extension StageMisfit {
  /// What follows the name of the stage in a sentence.
  public var phrase: String {
    switch self {
    case .missingChannel(let name, _, _): "takes a channel \"\(name)\", and there is none here"
    case .wrongUnit(let channel, let needed, let found):
      "takes \"\(channel)\" in \(needed), and it is in \(found) here"
    case .other(let text, _): text
    case .noChannels: "gives frames without a channel"
    case .channelTwice(let name): "gives two channels \"\(name)\""
    case .notARate(let hertz): "gives a rate of \(hertz.numeral) Hz, which is none"
    case .rateChanges(let from, let to):
      "makes \(to.shortNumeral) Hz of \(from.shortNumeral), and no 'Resample' behind it tells at which rate to cut windows"
    case .nameTaken: "is also the name of a stage of Martlet's"
    case .notAName(let name): "is written \"\(name)\", which is no name"
    }
  }

  /// What to do about it, if that can be said.
  public var suggestion: String? {
    switch self {
    case .missingChannel(_, let nearest?, _): "did you mean \"\(nearest)\"?"
    case .missingChannel(_, nil, let known):
      known.isEmpty
        ? "name the channels in 'Read(channels:)'" : "the channels are \(known.prefix(12).joined(separator: ", "))"
    case .wrongUnit(let channel, let needed, _): "write Convert([\"\(channel)\"], to: \"\(needed)\")"
    case .other(_, let advice): advice
    case .noChannels: "let output(for:) give at least one"
    case .channelTwice: "name one of them otherwise"
    case .notARate: "let output(for:) give one above 0"
    case .rateChanges: "add Resample(hertz:) behind it"
    case .nameTaken: "rename the type, or give it another static name"
    case .notAName: "begin with a letter and go on with letters, digits and underscores"
    }
  }
}
