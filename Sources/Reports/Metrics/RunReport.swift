/// All that the report page shows: the metrics, how learning went, and where everything lay in the arena.
public struct RunReport: Codable, Sendable, Hashable {
  public var metrics: RunMetrics
  /// Float32 training on the host, an entry for each epoch.
  public var pretrainingHistory: [EpochResult] = []
  /// Training in the arena: a curve for each subject and seed.
  public var adaptationCurves: [LearningCurve] = []
  /// What of each layer is updated, in the order of the network; empty where nothing trains.
  public var layers: [LayerUse] = []
  /// Absent where the pipeline says what is updated.
  public var search: SearchFindings?
  public var arenaBuffers: [ArenaBuffer] = []
  /// Names of the schedule's steps, first to last.
  public var stepNames: [String] = []
  /// How many of them are the forward pass.
  public var forwardSteps = 0
  /// Parallel to `metrics.ingest.recordings`.
  public var timelines: [RecordingTimeline] = []
  /// Empty where the pipeline does not want them in the page.
  public var previews: [StreamPreview] = []
  /// Whether those adapted to are subjects that pretraining never saw, and not later windows of the same ones.
  public var holdsOutSubjects = true
  /// Facts about where the figures come from (machine, version, pipeline file), shown at the end.
  public var provenance: [Fact] = []

  /// Which of the optional sections the page shows.
  public var sections = Set(Section.allCases)

  /// A section that a pipeline may ask for or not.
  public enum Section: String, Codable, Sendable, Hashable, CaseIterable {
    case subjects
    case confusion
    case arena
  }

  public init(metrics: RunMetrics) {
    self.metrics = metrics
  }
}

public struct EpochResult: Codable, Sendable, Hashable {
  public var loss: Double
  /// A share of 1, where it was measured.
  public var accuracy: Double?

  public init(loss: Double, accuracy: Double? = nil) {
    self.loss = loss
    self.accuracy = accuracy
  }
}

/// A buffer of the arena: where it lies and when it lives.
public struct ArenaBuffer: Codable, Sendable, Hashable {
  public var name: String
  /// What it is for: `activation`, `error`, `weights`, `workspace`, …; buffers of one kind share a colour.
  public var kind: String
  public var offset: Int
  public var bytes: Int
  /// Both inclusive, indices of `RunReport.stepNames`.
  public var firstStep: Int
  public var lastStep: Int

  public init(name: String, kind: String, offset: Int, bytes: Int, firstStep: Int, lastStep: Int) {
    self.name = name
    self.kind = kind
    self.offset = offset
    self.bytes = bytes
    self.firstStep = firstStep
    self.lastStep = lastStep
  }
}

public struct Fact: Codable, Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}
