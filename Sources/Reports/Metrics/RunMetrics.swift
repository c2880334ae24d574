/// Every figure of a run: the contents of `metrics.json`.
///
/// Keys are written in alphabetical order, accuracies as shares of 1, sizes in bytes. A part of the run that did not
/// take place leaves its key out. `RunMetrics.keys` documents each key.
public struct RunMetrics: Codable, Sendable, Hashable {
  /// Grows when a key changes its meaning or goes away; new keys do not raise it.
  public static var currentSchemaVersion: Int { 1 }

  public var schemaVersion = RunMetrics.currentSchemaVersion
  public var pipeline: String
  public var seed: UInt64
  public var ingest: IngestMetrics
  public var model: ModelMetrics
  public var pretraining: Score?
  public var quantization: Score?
  public var search: SearchMetrics?
  public var memory: MemoryMetrics?
  public var training: TrainingMetrics?
  public var evaluation: EvaluationMetrics?
  /// What was taken from the cache: a stage, or `train s08` for one of its subjects. Times among it are those of the
  /// run that computed it. Absent where all was computed.
  public var cachedStages: [String]?

  public init(pipeline: String, seed: UInt64, ingest: IngestMetrics, model: ModelMetrics) {
    self.pipeline = pipeline
    self.seed = seed
    self.ingest = ingest
    self.model = model
  }
}

/// What was read, and what was wrong with it.
public struct IngestMetrics: Codable, Sendable, Hashable {
  public var files = 0
  public var frames = 0
  public var windows = 0
  public var bytesRead = 0
  public var bytesDecoded = 0
  public var gaps = 0
  public var filledGaps = 0
  public var filledFrames = 0
  public var droppedFrames = 0
  public var unlabelledFrames = 0
  public var duplicateFrames = 0
  public var spreadFrames = 0
  public var reorderedFrames = 0
  public var lateFrames = 0
  public var stepsBackwards = 0
  public var clockJumpsForward = 0
  public var clockJumpsBackward = 0
  public var nonFiniteFrames = 0
  public var heldValues = 0
  public var saturatedValues = 0
  public var stuckValues = 0
  public var leftoverFrames = 0
  public var rejectedWindows = 0
  public var ambiguousWindows = 0
  /// What was found in a channel or done to it, one sentence each.
  public var notes: [String] = []
  /// Parts of recordings that could not be read, one sentence each.
  public var losses: [String] = []
  /// One for each file, in the order in which they were read; nil in files written before there were any.
  public var recordings: [RecordingMetrics]?

  public init() {}
}

public struct ModelMetrics: Codable, Sendable, Hashable {
  public var parameters: Int
  /// Multiply-accumulate operations for one window forward.
  public var multiplyAccumulates: Int

  public init(parameters: Int, multiplyAccumulates: Int) {
    self.parameters = parameters
    self.multiplyAccumulates = multiplyAccumulates
  }
}

/// How well a model classifies, each a share of 1.
public struct Score: Codable, Sendable, Hashable {
  public var accuracy: Double
  /// The mean of the classes' F1 scores, each class counting alike.
  public var macroF1: Double

  public init(accuracy: Double, macroF1: Double) {
    self.accuracy = accuracy
    self.macroF1 = macroF1
  }
}

public struct MemoryMetrics: Codable, Sendable, Hashable {
  /// Everything writable that training needs.
  public var arenaBytes: Int
  public var plannedPeakBytes: Int
  public var measuredPeakBytes: Int
  /// Frozen weights and tables; flash on a device.
  public var constantBytes: Int
  public var budgetBytes: Int

  public init(
    arenaBytes: Int, plannedPeakBytes: Int, measuredPeakBytes: Int, constantBytes: Int, budgetBytes: Int
  ) {
    self.arenaBytes = arenaBytes
    self.plannedPeakBytes = plannedPeakBytes
    self.measuredPeakBytes = measuredPeakBytes
    self.constantBytes = constantBytes
    self.budgetBytes = budgetBytes
  }
}

public struct TrainingMetrics: Codable, Sendable, Hashable {
  /// The update scheme as the pipeline writes it.
  public var scheme: String
  public var steps: Int
  public var updatedParameters: Int
  /// Elements of error tensors that were larger than their scale allows.
  public var saturatedErrors: Int
  /// The one figure that differs from run to run.
  public var microsecondsPerStep: Double
  /// Multiply-accumulate operations of one step, forward and backward, each gradient made once.
  public var multiplyAccumulatesPerStep: Int?
  /// Of the parameters that training may change, as they lie in the arena.
  public var updatedBytes: Int?
  /// Of int8 windows that stay readable outside the arena while a subject adapts.
  public var storedRecordingBytes: Int?

  public init(
    scheme: String, steps: Int, updatedParameters: Int, saturatedErrors: Int, microsecondsPerStep: Double
  ) {
    self.scheme = scheme
    self.steps = steps
    self.updatedParameters = updatedParameters
    self.saturatedErrors = saturatedErrors
    self.microsecondsPerStep = microsecondsPerStep
  }
}

/// Before and after adaptation, on windows that share no sample with a window adapted on.
public struct EvaluationMetrics: Codable, Sendable, Hashable {
  public var accuracyBefore: Double
  public var accuracyAfter: Double
  public var macroF1Before: Double
  public var macroF1After: Double
  public var perSubject: [SubjectMetrics]
  public var confusion: ConfusionMetrics
  /// How the figures vary with the seed of the adaptation; nil where there was one.
  public var seeds: SeedMetrics?

  public init(before: Score, after: Score, perSubject: [SubjectMetrics], confusion: ConfusionMetrics) {
    accuracyBefore = before.accuracy
    accuracyAfter = after.accuracy
    macroF1Before = before.macroF1
    macroF1After = after.macroF1
    self.perSubject = perSubject
    self.confusion = confusion
  }
}

public struct SubjectMetrics: Codable, Sendable, Hashable {
  public var subject: String
  public var windowsAdapted: Int
  public var windowsTested: Int
  public var accuracyBefore: Double
  public var accuracyAfter: Double
  public var macroF1Before: Double
  public var macroF1After: Double

  public init(subject: String, windowsAdapted: Int, windowsTested: Int, before: Score, after: Score) {
    self.subject = subject
    self.windowsAdapted = windowsAdapted
    self.windowsTested = windowsTested
    accuracyBefore = before.accuracy
    accuracyAfter = after.accuracy
    macroF1Before = before.macroF1
    macroF1After = after.macroF1
  }
}

/// Counts of windows: rows are true classes, columns predicted ones.
public struct ConfusionMetrics: Codable, Sendable, Hashable {
  public var classes: [String]
  public var before: [[Int]]
  public var after: [[Int]]

  public init(classes: [String], before: [[Int]], after: [[Int]]) {
    self.classes = classes
    self.before = before
    self.after = after
  }
}
