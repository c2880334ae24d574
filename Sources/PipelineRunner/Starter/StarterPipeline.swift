public import Foundation
public import PipelineModel
public import SensorLogs

/// A pipeline for recordings that nobody has written one for: what a careful engineer would begin with after a look at
/// them, with a reason for every choice that could have been another.
///
/// It is tried on the recordings before it is given: a run reads what it says and has enough windows of everybody.
public struct StarterPipeline: Sendable {
  public struct Options: Sendable {
    /// Of the pipeline.
    public var name: String
    /// The arena of training.
    public var budgetBytes: Int
    /// The names of labels that are numbers, in their order.
    public var labelNames: LabelNames?
    /// How the recordings were read, which the pipeline says too.
    public var reading: LogReadOptions
    /// The file of labels as the pipeline names it, relative to the folder of the recording; `*` in it stands for the
    /// recording's name.
    public var labelFile: String?
    /// Subjects to hold out; nil chooses.
    public var holdOut: [String]?

    public init(
      name: String, budgetBytes: Int = 64 << 10, labelNames: LabelNames? = nil, reading: LogReadOptions = .init(),
      labelFile: String? = nil, holdOut: [String]? = nil
    ) {
      self.name = name
      self.budgetBytes = budgetBytes
      self.labelNames = labelNames
      self.reading = reading
      self.labelFile = labelFile
      self.holdOut = holdOut
    }
  }

  /// Names for labels that are numbers from 0.
  public struct LabelNames: Sendable, Hashable {
    public var names: [String]
    /// The file beside the recordings that they were found in; nil where the user gave them.
    public var foundIn: String?

    public init(_ names: [String], foundIn: String? = nil) {
      self.names = names
      self.foundIn = foundIn
    }
  }

  public let pipeline: Pipeline
  /// Why a stage is as it is, by the name of the stage, in the order of the pipeline.
  public let reasons: [(stage: String, text: String)]

  /// - Parameters:
  ///   - surveys: One a recording, all of one kind of sensor.
  ///   - folder: What their paths begin with.
  /// - Throws: where nothing can be learned from them, with what to do.
  public init(
    _ surveys: [RecordingSurvey], in folder: String, options: Options,
    environment: [String: String] = ProcessInfo.processInfo.environment, observer: RunObserver = RunObserver()
  ) throws(StarterError) {
    guard !surveys.isEmpty else { throw .noRecordings }
    var draft = StarterDraft(surveys, folder: folder, options: options)
    try draft.read()
    try draft.label()
    try draft.cut()
    try draft.split()
    try draft.tryOut(environment: environment, observer: observer)
    try draft.learn()
    pipeline = draft.pipeline
    reasons = draft.reasons
  }
}
