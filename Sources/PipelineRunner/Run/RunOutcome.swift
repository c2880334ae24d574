public import Learning
public import Reports
public import TrainingCompiler

/// Everything that a run found out, before it becomes metrics and a report.
public struct RunOutcome: Sendable {
  public var pipelineName: String
  public var seed: UInt64
  public var ingest: IngestSummary
  public var classNames: [String]
  public var channelNames: [String]
  public var channelUnits: [String?]
  public var sampleRateHz: Double
  public var windowSamples: Int
  public var hopSamples: Int
  public var trainingSubjects: [String]
  public var heldOutSubjects: [String]
  public var trainingWindows: Int
  public var heldOutWindows: Int
  public var statistics: Learning.ChannelStatistics?
  public var parameters: Int
  public var multiplyAccumulates: Int
  public var epochs: [EpochSummary]
  /// On all windows of the held-out subjects.
  public var pretrained: Learning.ConfusionMatrix
  public var quantization: QuantizationOutcome?
  public var search: SearchOutcome?
  public var training: TrainingOutcome?
  /// How the results of the stages came about.
  public var stages: [StageRecord] = []
  /// The files that they follow from.
  public var inputs: [InputFile] = []
}

public struct QuantizationOutcome: Sendable {
  public var network: QuantizedNetwork
  /// On all windows of the held-out subjects.
  public var confusion: Learning.ConfusionMatrix
}

public struct TrainingOutcome: Sendable {
  public var plan: TrainingPlan
  public var budgetBytes: Int
  public var measuredPeakBytes: Int
  public var subjects: [SubjectOutcome]
  /// The same with further seeds, where the pipeline asks for several.
  public var repetitions: [SeedOutcome] = []
  /// Bytes of int8 windows that stay readable outside the arena while a subject adapts.
  public var storedRecordingBytes: Int
  /// What the report shows of the subjects' test streams; none where the pipeline asks for no report or no preview.
  public var previews: [StreamPreview] = []

  public var steps: Int { subjects.reduce(0) { $0 + $1.result.steps } }
  public var saturatedErrors: Int { subjects.reduce(0) { $0 + $1.result.saturatedErrors } }
  /// The median over the subjects.
  public var microsecondsPerStep: Double {
    let times = subjects.filter { $0.result.steps > 0 }.map(\.result.microsecondsPerStep).sorted()
    return times.isEmpty ? 0 : times[times.count / 2]
  }
  public var before: Learning.ConfusionMatrix { subjects.map(\.before).sum }
  public var after: Learning.ConfusionMatrix { subjects.map(\.after).sum }
}

extension [Learning.ConfusionMatrix] {
  /// Of all subjects together.
  fileprivate var sum: Learning.ConfusionMatrix { reduce(.init(classes: first?.classes ?? 1), +) }
}

/// What adapting with another seed brought.
public struct SeedOutcome: Sendable {
  public var seed: UInt64
  public var subjects: [SubjectOutcome]

  public var after: Learning.ConfusionMatrix { subjects.map(\.after).sum }
}

public struct SubjectOutcome: Sendable {
  public var name: String
  public var adaptedWindows: Int
  public var testedWindows: Int
  public var before: Learning.ConfusionMatrix
  public var after: Learning.ConfusionMatrix
  public var result: IntegerAdaptation.Result
}
