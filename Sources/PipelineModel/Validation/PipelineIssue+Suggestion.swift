extension PipelineIssue {
  /// What to do about it, if that can be said.
  public var suggestion: String? {
    switch fact {
    case .unknownStage(_, let name, let nearest, let home, let known):
      home.map { "move '\(name)' into '\($0)'" } ?? Self.didYouMean(nearest, known)
    case .unknownArgument(_, _, let nearest, let known):
      known.isEmpty ? "remove it" : Self.didYouMean(nearest.map { "\($0):" }, known.map { "\($0):" })
    case .missingArgument(_, let parameter):
      "write \(parameter.label.map { "\($0): " } ?? "")\(parameter.placeholder)"
    case .missingLabel(_, let label): label.map { "insert '\($0): '" } ?? "remove it"
    case .needlessLabel(_, let label): "remove '\(label): '"
    case .repeatedArgument: "keep one of them"
    case .argumentOrder(_, let argument, let before): "move '\(argument)' in front of '\(before)'"
    case .wrongType(let subject, let expected, _, let found): Self.conversion(of: found, to: expected, for: subject)
    case .unknownMember(_, _, let nearest, let known):
      Self.didYouMean(nearest.flatMap { name in known.first { $0.isMember(name) } } ?? nearest.map { ".\($0)" }, known)
    case .missingBraces(let stage): "write \(stage.example)"
    case .needlessBraces: "remove the braces"
    case .missingStage(_, let stage, _): "add \(stage.example)"
    case .duplicateStage: "keep one of them"
    case .stageOrder(let name, let before, _): "move '\(name)' in front of '\(before)'"
    case .emptyBraces(_, let example): "begin with \(example)"
    case .exclusiveArguments(let owner, let labels):
      "write " + labels.map { "\(owner)(\($0): …)" }.joined(separator: " or ")
    case .exclusiveStages: "keep one of them"
    default: valueSuggestion
    }
  }

  private var valueSuggestion: String? {
    switch fact {
    case .wrongForFormat(let subject, _, let format): Self.forFormat(format, subject: subject)
    case .rateUnknown: "add Resample(hertz: 50) before it, or write Window(samples: 128)"
    case .windowNotWhole(_, let seconds, let hertz): Self.wholeSeconds(near: seconds, hertz: hertz)
    case .hopNotWhole(let every): "write \(Swift.max(1, every.rounded()).numeral)"
    case .ignoredLabelUnknown(_, let nearest): nearest.map { "did you mean \"\($0)\"?" } ?? "add it to 'names'"
    case .tooFewClasses: "name the classes, or leave 'names' out to take those found"
    case .channelCountsDiffer: "name as many channels in each 'Read'"
    case .channelUnknown(_, _, let nearest): nearest.map { "did you mean \"\($0)\"?" } ?? "add it to 'Read(channels:)'"
    case .notTriplets: "name the channels to turn, or read a multiple of three"
    case .kernelDoesNotFit(_, _, let length, _): "write a kernel of at most \(length), or stride less before it"
    case .paddingReachesKernel(_, _, let kernel): "write \(kernel / 2)"
    case .modelDoesNotEndInClasses: "add Dense(.classes) behind it"
    case .classesBeforeEnd: "write a number of outputs here, such as Dense(64)"
    case .misplacedLayer(_, let needs): needs.suggestion
    case .networkTooLarge: "write fewer channels"
    case .tooManyBlocks(_, let found): found == 0 ? "write .full or .lastLayer" : "write .lastBlocks(\(found))"
    case .unknownTensor(_, let nearest, let known):
      nearest.map { "did you mean \"\($0)\"?" } ?? "its tensors are \(known.joined(separator: ", "))"
    case .notAShare(_, let tensor):
      tensor.hasSuffix(".bias") ? "write \"\(tensor)\"" : "write \"\(tensor)/4\", or \"\(tensor)\" for all of it"
    case .shareOfSensorChannels(_, let tensor): "write \"\(tensor)\""
    case .optimizerNotOnDevice: "write .sgd(0.001)"
    case .momentumWhileAccumulating: "remove 'accumulate', or 'momentum'"
    case .metricNeedsTraining: "add Train(…), or remove it"
    case .testSubjectValidates: "name a training subject"
    case .searchArenaTooLarge(_, let trainBytes): "write .bytes(\(trainBytes)), or leave it out"
    case .arenaTooSmall(let shortage): shortage.suggestion
    case .notTrainable(_, let suggestion): suggestion
    case .emptyArray(let subject):
      "write at least one, such as \(subject == "Split(holdOut:)" ? "[\"s01\"]" : "[\"…\"]")"
    case .emptyString: "write it between the quotes"
    case .invalidValue(_, let reason): reason.suggestion
    case .outOfRange(_, let value, let isInteger, let limits, _):
      value.double.flatMap { limits.nearest(to: $0, isInteger: isInteger) }.map { "write \($0)" }
    case .duplicateElement: "remove one of them"
    default: nil
    }
  }

  private static func didYouMean(_ nearest: String?, _ known: [String]) -> String? {
    if let nearest { return "did you mean '\(nearest)'?" }
    return known.isEmpty ? nil : "known are \(known.joined(separator: ", "))"
  }

  private static func conversion(of found: Literal, to expected: ValueType, for subject: String) -> String? {
    if subject == "Window(seconds:)" { return "write 2.0, or Window(samples: 100)" }
    switch (expected, found) {
    case (.integer, .number(let value)) where value.magnitude < 1e15: return "write \(Int(value.rounded()))"
    case (.integer, .string(let text)): return Int(text).map { "write \($0)" } ?? "write a number, such as 1"
    case (.number, .string(let text)):
      return Double(text).map { "write \($0.numeral)" } ?? "write a number, such as 0.5"
    case (.boolean, _): return "write true or false"
    case (.string, .member(let name, _)): return "write \"\(name)\""
    case (.string, .integer(let value)): return "write \"\(value)\""
    case (.string, _): return "write it in quotes"
    case (.array, .string(let text)): return "write [\"\(text)\"]"
    case (.array, _): return "write \(expected.placeholder)"
    case (.choice(let members), .string(let text)), (.integerOrChoice(let members), .string(let text)):
      return members.contains { $0.name == text } ? "write .\(text)" : didYouMean(nil, members.map(\.example))
    case (.choice(let members), _), (.integerOrChoice(let members), _): return didYouMean(nil, members.map(\.example))
    case (.integer, _), (.number, _): return "write a number"
    }
  }

  private static func forFormat(_ format: RecordingFormat, subject: String) -> String {
    switch subject {
    case "Labels(topic:)": "remove it, or read MCAP"
    case "Read(time:)" where format.hasColumns: "write .column(\"time_s\")"
    case "Read(time:)" where format.hasTopics: "write .log, .publish or .field(\"header.stamp\")"
    case "Read(fields:)", "Read(byteOrder:)", "Read(skipBytes:)": "remove it, or read .raw"
    default: "remove it"
    }
  }

  private static func wholeSeconds(near seconds: Double, hertz: Double) -> String? {
    let below = Swift.max(1, (seconds * hertz).rounded(.down))
    let choices = [below, below + 1].map { ($0 / hertz).shortNumeral }
    return "write \(choices[0]) or \(choices[1])"
  }
}

extension String {
  fileprivate func isMember(_ name: String) -> Bool { self == ".\(name)" || hasPrefix(".\(name)(") }
}
