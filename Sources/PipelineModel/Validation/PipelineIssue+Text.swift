extension PipelineIssue {
  /// What is wrong, as one sentence without a full stop.
  public var message: String {
    switch fact {
    case .unknownStage(let owner, let name, _, let home?, _):
      "'\(name)' stands in the braces of '\(home)', not of '\(owner)'"
    case .unknownStage(let owner, let name, _, nil, _):
      path.steps.isEmpty
        ? "a pipeline file declares a 'Pipeline', found '\(name)'" : "'\(owner)' has no stage '\(name)'"
    case .unknownArgument(let owner, let label, _, _):
      "'\(owner)' has no argument '\(label):'"
    case .missingArgument(let owner, let parameter):
      parameter.label.map { "'\(owner)' needs the argument '\($0):'" }
        ?? "'\(owner)' needs \(parameter.type.phrase(unit: parameter.unit)) as its argument '\(parameter.name)'"
    case .missingLabel(let owner, let label):
      label.map { "missing argument label '\($0):' in '\(owner)'" } ?? "extra argument in '\(owner)'"
    case .needlessLabel(let owner, let label):
      "the argument '\(label)' of '\(owner)' has no label"
    case .repeatedArgument(let owner, let label):
      "'\(owner)' has the argument '\(label)' twice"
    case .argumentOrder(let owner, let argument, let before):
      "argument '\(argument)' must stand before argument '\(before)' in '\(owner)'"
    case .wrongType(let subject, let expected, let unit, let found):
      "'\(subject)' takes \(expected.phrase(unit: unit)), found \(found.kindDescription)"
    case .unknownMember(let subject, let member, _, _):
      "'\(subject)' has no member '.\(member)'"
    case .missingBraces(let stage):
      "'\(stage.name)' needs braces with its parts"
    case .needlessBraces(let stage):
      "'\(stage.name)' takes no braces"
    case .missingStage(let owner, let stage, let neededBy):
      missingStageMessage(owner: owner, stage: stage, neededBy: neededBy)
    case .duplicateStage(let owner, let name):
      "'\(owner)' has a second '\(name)'"
    case .stageOrder(let name, let before, let reason):
      "'\(name)' must stand before '\(before)'" + (reason?.phrase ?? "")
    case .emptyBraces(let owner, _):
      "nothing stands in the braces of '\(owner)'"
    case .exclusiveArguments(let owner, let labels):
      "'\(owner)' takes exactly one of \(labels.map { "'\($0):'" }.joined(separator: " and "))"
    case .exclusiveStages(let name, let other):
      "'\(name)' and '\(other)' both say what training updates, and a pipeline has one of them"
    default:
      valueMessage
    }
  }

  private func missingStageMessage(owner: String, stage: StageDescription, neededBy: String?) -> String {
    guard let neededBy else { return "'\(owner)' has no '\(stage.name)'" }
    if stage.name == "Train" { return "'\(neededBy)' gives an update scheme, but nothing trains by it" }
    let given = stage.gives.first.map { "\($0.description)" } ?? "it"
    return "'\(neededBy)' takes \(given), and no stage gives \(stage.gives == [.windows] ? "them" : "one")"
  }

  private var valueMessage: String {
    switch fact {
    case .outOfRange(let subject, let value, let isInteger, let limits, let unit):
      "'\(subject)' takes \(limits.phrase(isInteger: isInteger, unit: unit)), found \(value.numeral)"
    case .emptyString(let subject): "'\(subject)' takes a string that is not empty"
    case .emptyArray(let subject): "'\(subject)' takes at least one element"
    case .invalidValue(let subject, let reason): "'\(subject)' \(reason.phrase)"
    case .duplicateElement(let subject, let element): "'\(subject)' names \"\(element)\" twice"
    case .wrongForFormat(let subject, let value, let format):
      "'\(subject)' cannot be \(value) for \(format.acronym) recordings"
    case .rateUnknown: "the length of a window in samples is unknown: nothing gives the frames a rate"
    case .windowNotWhole(let argument, let seconds, let hertz):
      "'Window(\(argument):)' takes a whole number of samples; \(seconds.numeral) s at \(hertz.numeral) Hz are "
        + (seconds * hertz).shortNumeral
    case .hopNotWhole(let every):
      "'Window(every:)' takes a whole number of samples when the length is in samples, found \(every.numeral)"
    case .ignoredLabelUnknown(let label, _): "'Labels(ignore:)' names \"\(label)\", which is none of 'names'"
    case .tooFewClasses(let count):
      "a model learns at least two classes, found \(count == 0 ? "none" : "\(count)")"
    case .channelCountsDiffer(let first, let other):
      "all recordings need the same number of channels; the first 'Read' has \(first), this one \(other)"
    case .channelUnknown(let subject, let channel, _):
      "'\(subject)' names \"\(channel)\", which 'Read(channels:)' does not"
    case .notTriplets(let subject, let count):
      "'\(subject)' turns channels three by three, and \(count) is not a multiple of three"
    default:
      networkMessage
    }
  }

  private var networkMessage: String {
    switch fact {
    case .kernelDoesNotFit(let layer, let kernel, let length, let padding):
      "the kernel of '\(layer)' spans \(kernel) frames, and its input has \(length)"
        + (padding > 0 ? " with \(padding) of padding on each side" : "")
    case .paddingReachesKernel(let layer, let padding, let kernel):
      "'\(layer)(padding:)' must be less than the kernel, \(kernel), found \(padding)"
    case .modelDoesNotEndInClasses(let last):
      "a model ends in 'Dense(.classes)'" + (last.map { ", and this one in '\($0)'" } ?? "")
    case .classesBeforeEnd: "'Dense(.classes)' is the last layer of a model"
    case .misplacedLayer(let layer, let needs): "'\(layer)' \(needs.phrase)"
    case .networkTooLarge(let layer, _): "'\(layer)' makes the network larger than any device could hold"
    case .tooManyBlocks(let asked, let found):
      "'.lastBlocks(\(asked))' asks for more blocks than the model has; it has "
        + (found == 0 ? "no 'InvertedResidual'" : "\(found)")
    case .unknownTensor(let name, _, _): "the model has no tensor \"\(name)\""
    case .notAShare(let name, let tensor):
      tensor.hasSuffix(".bias")
        ? "\"\(name)\" asks for a share of biases, which are updated whole"
        : "\"\(name)\" is no share of a tensor: shares are /2, /4 and /8"
    case .shareOfSensorChannels(let name, _):
      "\"\(name)\" asks for a share of the sensor's channels, which are updated whole"
    case .optimizerNotOnDevice(let name): "'Train(optimizer:)' cannot be \(name): its moments do not fit the arena"
    case .momentumWhileAccumulating(let windows):
      "'Train(accumulate:)' is \(windows), and the memory that would sum gradients holds the momentum's velocity"
    case .testSubjectValidates(let name):
      "\"\(name)\" is held out for the test, and a search that sees test subjects makes the test worthless"
    case .searchArenaTooLarge(let bytes, let trainBytes):
      "'Search(arena:)' allows \(bytes) bytes, and 'Train' has only \(trainBytes) to train in"
    case .arenaTooSmall(let shortage): shortage.message
    case .notTrainable(let reason, _): reason
    case .metricNeedsTraining(let metric): "'\(metric)' measures training in the arena, and no stage 'Train' does that"
    default: ""
    }
  }
}
