import Tensors
public import Training
public import TrainingCompiler

/// What a scheme is judged by: people whom the pretrained network does not know and who adapt it, as those
/// will who are tested at the end.
///
/// It holds windows of its own subjects only. Neither the people of the final test nor those of the
/// pretraining can be among them: whoever builds it says who those are, and it refuses them.
public struct Deployment: Sendable {
  /// A person's windows in two parts; indices into the deployment's windows.
  public struct Subject: Sendable, Hashable {
    public let name: String
    public let adapt: [Int]
    public let test: [Int]
  }

  /// How the people adapt.
  public struct Adaptation: Sendable, Hashable {
    /// Above 0.
    public var learningRate: Double
    public var schedule: LearningRate.Schedule
    /// Steps in which the rate rises before the schedule begins.
    public var warmUpSteps: Int
    public var epochs: Int
    public var shuffles: Bool
    public var options: TrainingOptions
    /// The part of each piece that is learnt from, 0...1.
    public var fraction: Double
    public var pieces: AdaptationSplit.Pieces
    /// Every subject adapts once with each of these, which lessens noise and takes as many times longer.
    public var seeds: [UInt64]

    public init(
      learningRate: Double, schedule: LearningRate.Schedule = .constant, warmUpSteps: Int = 0, epochs: Int = 5,
      shuffles: Bool = true,
      options: TrainingOptions = TrainingOptions(), fraction: Double = 0.5,
      pieces: AdaptationSplit.Pieces = .classes, seeds: [UInt64] = [0]
    ) {
      self.learningRate = learningRate
      self.schedule = schedule
      self.warmUpSteps = warmUpSteps
      self.epochs = epochs
      self.shuffles = shuffles
      self.options = options
      self.fraction = fraction
      self.pieces = pieces
      self.seeds = seeds
    }
  }

  public let network: QuantizedNetwork
  public let windows: QuantizedWindows
  public let subjects: [Subject]
  public let adaptation: Adaptation

  /// - Parameters:
  ///   - network: Pretrained without these subjects.
  ///   - windows: Normalised for the network and turned as the deployment turns them; of any people.
  ///   - subjects: Names of those who play the deployment.
  ///   - pretrainingSubjects: Names of those whom the network was pretrained on.
  ///   - testSubjects: Names of those on whom the search's answer will be tested.
  /// - Throws: `SearchError` if somebody is asked for who may not be, or has too few windows, or if a setting
  ///   makes no sense.
  public init(
    network: QuantizedNetwork, windows: WindowSet, subjects: [String], pretrainingSubjects: [String],
    testSubjects: [String], adaptation: Adaptation
  ) throws(SearchError) {
    try Self.check(adaptation)
    guard !subjects.isEmpty else { throw .noSubjects }
    let tested = subjects.filter(testSubjects.contains)
    guard tested.isEmpty else { throw .testSubjects(tested) }
    let pretrained = subjects.filter(pretrainingSubjects.contains)
    guard pretrained.isEmpty else { throw .pretrainedSubjects(pretrained) }
    let unknown = subjects.filter { !windows.subjectNames.contains($0) }
    guard unknown.isEmpty else { throw .unknownSubjects(unknown, available: windows.subjectNames) }
    let numbers = windows.subjectNames.indices.filter { subjects.contains(windows.subjectNames[$0]) }
    let own = windows.subset(windows.indices(ofSubjects: Set(numbers)))
    do {
      try LearningChecks.windows(own, fit: network.inputShape, classes: network.classCount)
    } catch {
      throw .windowsDoNotFit(error)
    }
    var parts: [Subject] = []
    for number in numbers {
      let split = AdaptationSplit(
        of: own, indices: own.indices(ofSubjects: [number]), fraction: adaptation.fraction,
        pieces: adaptation.pieces)
      let name = windows.subjectNames[number]
      guard !split.adapt.isEmpty, !split.test.isEmpty else {
        throw .subjectCannotAdapt(name, adapting: split.adapt.count, testing: split.test.count)
      }
      parts.append(Subject(name: name, adapt: split.adapt, test: split.test))
    }
    self.network = network
    self.windows = QuantizedWindows(own, for: network)
    self.subjects = parts
    self.adaptation = adaptation
  }

  private static func check(_ adaptation: Adaptation) throws(SearchError) {
    func require(_ holds: Bool, _ name: String, _ value: String, _ allowed: String) throws(SearchError) {
      guard holds else { throw .invalidSetting(name: name, value: value, allowed: allowed) }
    }
    let rate = adaptation.learningRate
    try require(rate > 0 && rate.isFinite, "the learning rate", "\(rate)", "a number above 0")
    try require(
      adaptation.warmUpSteps >= 0, "the number of steps to warm up", "\(adaptation.warmUpSteps)", "at least 0")
    try require(adaptation.epochs >= 1, "the number of epochs", "\(adaptation.epochs)", "at least 1")
    try require(
      (0...1).contains(adaptation.fraction), "the fraction of windows to adapt from", "\(adaptation.fraction)",
      "from 0 to 1")
    try require(!adaptation.seeds.isEmpty, "the list of seeds", "empty", "at least one seed")
    try require(
      Set(adaptation.seeds).count == adaptation.seeds.count, "the list of seeds", "\(adaptation.seeds)",
      "without repetition, because the same seed gives the same result")
  }
}
