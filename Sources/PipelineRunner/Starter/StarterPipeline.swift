public import PipelineModel
import SensorLogs

/// A pipeline for recordings that nobody has written one for: what a careful engineer would begin with after a look at
/// them, with a reason for every choice that could have been another.
public struct StarterPipeline: Sendable {
  public struct Options: Sendable {
    /// Of the pipeline.
    public var name: String
    /// The arena of training.
    public var budgetBytes: Int
    /// The names of labels that are numbers, in their order.
    public var labelNames: [String]?
    /// Frames a second, where recordings have no times.
    public var hertz: Double?
    /// Subjects to hold out; nil chooses.
    public var holdOut: [String]?

    public init(
      name: String, budgetBytes: Int = 64 << 10, labelNames: [String]? = nil, hertz: Double? = nil,
      holdOut: [String]? = nil
    ) {
      self.name = name
      self.budgetBytes = budgetBytes
      self.labelNames = labelNames
      self.hertz = hertz
      self.holdOut = holdOut
    }
  }

  public let pipeline: Pipeline
  /// Why a stage is as it is, by the name of the stage, in the order of the pipeline.
  public let reasons: [(stage: String, text: String)]

  /// - Parameters:
  ///   - surveys: One a recording, all of one kind of sensor.
  ///   - folder: What their paths begin with.
  /// - Throws: where nothing can be learned from them, with what to do.
  public init(_ surveys: [RecordingSurvey], in folder: String, options: Options) throws(StarterError) {
    guard !surveys.isEmpty else { throw .noRecordings }
    var draft = StarterDraft(surveys, folder: folder, options: options)
    try draft.read()
    try draft.label()
    try draft.cut()
    try draft.split()
    try draft.learn()
    pipeline = draft.pipeline
    reasons = draft.reasons
  }
}

/// Why no pipeline can be proposed.
public enum StarterError: Error, Sendable, Hashable {
  case noRecordings
  case noCommonChannels(first: [String], path: String, channels: [String])
  case noLabels(columns: [String])
  case oneLabel(String)
  case runsTooShort(longestFrames: Int)
  case noRate(path: String)
  case unknownSubject(String, known: [String])
  case doesNotFit(budgetBytes: Int, neededBytes: Int)
  case invalid(String)
}

extension StarterError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noRecordings: "there is no recording to look at"
    case .noCommonChannels(let first, let path, let channels):
      "\(path) has the channels \(channels.joined(separator: ", ")), and none of \(first.joined(separator: ", ")) of the "
        + "recordings before it; a pipeline is about one kind of sensor"
    case .noLabels(let columns):
      "no frame is labelled, and to learn takes labels; say where they are by --label-column (the channels are "
        + "\(columns.joined(separator: ", "))), --labels FILE or --label-from-name"
    case .oneLabel(let label):
      "every labelled frame shows '\(label)'; a classifier needs at least two labels, so give it recordings of others"
    case .runsTooShort(let frames):
      "stretches of one label are too short for windows, the longest is \(frames) frames; label longer stretches, some "
        + "seconds each"
    case .noRate(let path): "\(path): has no times and no rate; give it by --rate"
    case .unknownSubject(let name, let known):
      "no recording is of '\(name)'; the subjects are \(known.joined(separator: ", "))"
    case .doesNotFit(let budget, let needed):
      "training even the last layer alone takes \(needed) bytes, more than \(budget); give a larger --budget"
    case .invalid(let text): text
    }
  }
}
