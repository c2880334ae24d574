/// What can be wrong with a test.
public enum TestMistake: Sendable, Hashable {
  // Of what is fed.
  case sources([String])
  case uselessBeside(String)
  case missingBeside(argument: String, source: String)
  case noRate
  case noChannels
  case raggedFrame(found: Int, first: Int)
  case valuesPerFrame(found: Int, channels: Int)
  case countsDiffer(found: Int, wanted: Int, what: String)
  case framesPerWindow(found: Int, wanted: Int)
  case unknownChannel(String, nearest: String?, known: [String])
  case faultBehindEnd(seconds: Double)
  case tooMuch(values: Double)
  case tooManyFaults(Int)
  case empty(example: String)
  case cannotEnter(stage: String)
  case entersElsewhere(stage: String, first: String)
  case notAFile
  // Of what is expected.
  case nothingExpected
  case nothingFed
  case stageAbsent(TestStage, count: Int, known: [String])
  case inFrontOfFeed(stage: String, feed: String)
  case framesAreWindows
  case windowsAreFrames(stage: String)
  case needsValues
  case unknownSubject(String, nearest: String?, known: [String])
  case unknownLabel(String, nearest: String?)
  case unknownLayer(String, nearest: String?, known: [String])
  case layerWithoutShape
  case shapeWithoutLayer
  case notAShape(count: Int)
  case nothingTrains
  case errorEndsAll(String)
  case emptySpan(from: Double, to: Double)
  case notAGolden
  case goldenTwice
}

extension TestMistake {
  /// What follows the name of the argument or the stage in a sentence.
  var phrase: String {
    switch self {
    case .sources(let found):
      "takes exactly one of a signal, 'signals:', 'frames:', 'file:' and 'windows:', found "
        + (found.isEmpty ? "none" : found.joined(separator: " and "))
    case .uselessBeside(let source): "says nothing about \(source)"
    case .missingBeside(let argument, let source): "needs '\(argument):' for \(source)"
    case .noRate: "has no rate: no 'hertz:' stands here, and neither 'Resample' nor 'Read' gives one"
    case .noChannels: "has no channels: 'Read' does not name them"
    case .raggedFrame(let found, let first): "has \(values(found)) here, and \(first) in its first frame"
    case .valuesPerFrame(let found, let channels):
      "has \(values(found)) a frame, and there \(channels == 1 ? "is 1 channel" : "are \(channels) channels")"
    case .countsDiffer(let found, let wanted, let what): "has \(found), and there are \(wanted) \(what)"
    case .framesPerWindow(let found, let wanted): "has a window of \(found) frames, and 'Window' cuts \(wanted)"
    case .unknownChannel(let name, _, _): "names \"\(name)\", which is no channel here"
    case .faultBehindEnd(let seconds): "lies behind the end of what is fed, \(seconds.numeral) s"
    case .tooMuch(let values):
      "makes \(values < 1e15 ? String(Int(values)) : "far too many") values, and a test feeds at most \(Feed.valueLimit)"
    case .tooManyFaults(let count): "takes at most \(Feed.faultLimit) faults, found \(count)"
    case .empty: "takes at least one element"
    case .cannotEnter(let stage): "enters in front of a stage that takes frames, and '\(stage)' is none"
    case .entersElsewhere(let stage, let first):
      "enters at '\(stage)', and what is fed before enters at '\(first)'; a test feeds at one place"
    case .notAFile: "takes a path that is not empty and holds no control character"
    case .nothingExpected: "says nothing that could fail"
    case .nothingFed: "looks at what was fed, and the test feeds nothing"
    case .stageAbsent(let stage, let count, _):
      count == 0
        ? "names '\(stage.source)', and the pipeline has no '\(stage.name)'"
        : stage.number == nil
          ? "names '\(stage.source)', and the pipeline has \(count) of them"
          : "names '\(stage.source)', and the pipeline has \(count == 1 ? "one" : "\(count)") of them"
    case .inFrontOfFeed(let stage, let feed): "looks behind '\(stage)', which what enters at '\(feed)' never passes"
    case .framesAreWindows: "counts frames, and there are only windows behind this stage"
    case .windowsAreFrames(let stage): "looks at windows, and there are only frames behind '\(stage)'"
    case .needsValues: "chooses values, and nothing is said about them"
    case .unknownSubject(let name, _, _): "names \"\(name)\", of whom nothing is fed"
    case .unknownLabel(let name, _): "names \"\(name)\", which is none of the classes in 'Labels(names:)'"
    case .unknownLayer(let name, _, _): "names \"\(name)\", which is no layer of the model"
    case .layerWithoutShape: "names a layer, and nothing is said about it"
    case .shapeWithoutLayer: "is that of a layer, and none is named"
    case .notAShape(let count): "takes two numbers, frames and channels, found \(count)"
    case .nothingTrains: "looks at the memory of training, and nothing trains with an 'Update'"
    case .errorEndsAll(let argument): "ends ingestion, and '\(argument):' looks at what comes of it"
    case .emptySpan(let from, let to): "ends at \(to.numeral) s, and begins at \(from.numeral) s"
    case .notAGolden: "takes a name that ends in .json or .csv, relative to the pipeline file and not above it"
    case .goldenTwice: "names a file that another expectation names"
    }
  }

  private func values(_ count: Int) -> String { count == 1 ? "1 value" : "\(count) values" }

  var suggestion: String {
    switch self {
    case .sources(let found):
      found.isEmpty ? "write Feed(.sine(hertz: 2), seconds: 10) or Feed(frames: [[0, 1]])" : "keep one of them"
    case .uselessBeside: "remove it"
    case .missingBeside(let argument, _): "write \(argument): 10"
    case .noRate: "write hertz: 50"
    case .noChannels: "write channels: [\"acc_x\"]"
    case .raggedFrame(_, let first): "write \(first)"
    case .valuesPerFrame(_, let channels): "write \(channels) for each frame, or channels:"
    case .countsDiffer(_, let wanted, _): "write \(wanted)"
    case .framesPerWindow(_, let wanted): "write \(wanted) frames"
    case .unknownChannel(_, let nearest, let known), .unknownSubject(_, let nearest, let known),
      .unknownLayer(_, let nearest, let known):
      nearest.map { "did you mean \"\($0)\"?" }
        ?? (known.isEmpty ? "remove it" : "known are \(known.prefix(12).joined(separator: ", "))")
    case .faultBehindEnd: "write an earlier time, or feed for longer"
    case .tooMuch: "feed fewer seconds, or at a lower rate"
    case .tooManyFaults: "leave some out, or feed several times"
    case .empty(let example): "write at least one, such as \(example)"
    case .cannotEnter: "write at: .window, or Feed(windows: …)"
    case .entersElsewhere: "put it into a test of its own"
    case .notAFile: "write a name such as \"walk.csv\""
    case .nothingExpected: "write Expect(windows: 3), Expect(found: []) or the like"
    case .nothingFed: "write Feed(…) before it"
    case .stageAbsent(let stage, let count, let known):
      count > 1
        ? "write .\(stage.word.rawValue)(1) to .\(stage.word.rawValue)(\(count))"
        : count == 1 ? "write .\(stage.word.rawValue)" : "stages are \(known.joined(separator: ", "))"
    case .inFrontOfFeed: "look behind a later stage, or feed at an earlier one"
    case .framesAreWindows: "write windows:"
    case .windowsAreFrames: "write after: .window, or leave it out"
    case .needsValues: "write values:, mean:, rms:, minimum: or maximum:"
    case .unknownLabel(_, let nearest): nearest.map { "did you mean \"\($0)\"?" } ?? "add it to 'Labels(names:)'"
    case .layerWithoutShape: "write shape: [frames, channels]"
    case .shapeWithoutLayer: "write layer:"
    case .notAShape: "write two, such as [64, 32]"
    case .nothingTrains: "remove it"
    case .errorEndsAll: "put one of them into a test of its own"
    case .emptySpan: "swap them"
    case .notAGolden: "write a name such as \"gap.golden.json\""
    case .goldenTwice: "choose another name"
    }
  }

  /// What is said of the related place.
  var relatedPhrase: String {
    switch self {
    case .valuesPerFrame, .unknownChannel: "the channels are named here"
    case .framesPerWindow: "windows are cut here"
    case .entersElsewhere, .inFrontOfFeed: "it is fed here"
    case .errorEndsAll: "the error is expected here"
    case .goldenTwice: "the first one is here"
    case .unknownLabel: "the classes are named here"
    default: "it belongs to this"
    }
  }
}
