/// One mistake in a pipeline: facts and a place, without text or line numbers.
///
/// `message` and `suggestion` turn the facts into sentences; the text layer adds the location.
public struct PipelineIssue: Error, Sendable, Hashable {
  public let fact: Fact
  public let path: PipelinePath
  /// Another place that belongs to the mistake, such as the first of two stages of which one is allowed.
  public let related: PipelinePath?

  init(_ fact: Fact, at path: PipelinePath, related: PipelinePath? = nil) {
    self.fact = fact
    self.path = path
    self.related = related
  }

  public enum Fact: Sendable, Hashable {
    // How something is written.
    case unknownStage(owner: String, name: String, nearest: String?, home: String?, known: [String])
    case unknownArgument(owner: String, label: String, nearest: String?, known: [String])
    case missingArgument(owner: String, parameter: Parameter)
    case missingLabel(owner: String, label: String?)
    case needlessLabel(owner: String, label: String)
    case repeatedArgument(owner: String, label: String)
    case argumentOrder(owner: String, argument: String, before: String)
    case wrongType(subject: String, expected: ValueType, unit: String?, found: Literal)
    case unknownMember(subject: String, member: String, nearest: String?, known: [String])
    case missingBraces(stage: StageDescription)
    case needlessBraces(stage: StageDescription)

    // Which stages stand where.
    case missingStage(owner: String, stage: StageDescription, neededBy: String?)
    case duplicateStage(owner: String, name: String)
    case stageOrder(name: String, before: String, reason: OrderReason?)
    case emptyBraces(owner: String, example: String)
    case exclusiveArguments(owner: String, labels: [String])
    case exclusiveStages(name: String, other: String)

    // Values.
    case outOfRange(subject: String, value: Literal, isInteger: Bool, limits: Limits, unit: String?)
    case emptyString(subject: String)
    case emptyArray(subject: String)
    case invalidValue(subject: String, reason: InvalidReason)
    case duplicateElement(subject: String, element: String)
    case wrongForFormat(subject: String, value: String, format: RecordingFormat)

    // How stages fit one another.
    case rateUnknown
    case windowNotWhole(argument: String, seconds: Double, hertz: Double)
    case hopNotWhole(Double)
    case ignoredLabelUnknown(label: String, nearest: String?)
    case tooFewClasses(Int)
    case channelCountsDiffer(first: Int, other: Int)
    case channelUnknown(subject: String, channel: String, nearest: String?)
    case notTriplets(subject: String, count: Int)
    case kernelDoesNotFit(layer: String, kernel: Int, length: Int, padding: Int)
    case paddingReachesKernel(layer: String, padding: Int, kernel: Int)
    case modelDoesNotEndInClasses(last: String?)
    case classesBeforeEnd
    case misplacedLayer(layer: String, needs: LayerNeed)
    case networkTooLarge(layer: String, elements: Int)
    case tooManyBlocks(asked: Int, found: Int)
    case unknownTensor(name: String, nearest: String?, known: [String])
    case notAShare(name: String, tensor: String)
    case shareOfSensorChannels(name: String, tensor: String)
    case optimizerNotOnDevice(name: String)
    case momentumWhileAccumulating(windows: Int)
    case metricNeedsTraining(metric: String)
    case testSubjectValidates(String)
    case searchArenaTooLarge(bytes: Int, trainBytes: Int)

    // What compiling the training step finds.
    case arenaTooSmall(ArenaShortage)
    case notTrainable(reason: String, suggestion: String?)
  }

  /// Why one stage stands before another.
  public enum OrderReason: Sendable, Hashable {
    /// The later one takes what the earlier one gives.
    case isTaken(Material)
    /// The later one turns what both take into something else.
    case isConverted(Material, into: Material)
  }

  /// What a layer needs before it, or to be.
  public enum LayerNeed: Sendable, Hashable {
    case bareConvolution
    case layerWithoutActivation
    case hiddenLayer
  }

  /// Why a value will not do.
  public enum InvalidReason: Sendable, Hashable {
    case notATriplet(count: Int)
    case notAFileName
    case controlCharacter
    case notARawFrame(reason: String)
    case notAGlob(reason: String)
    case notALabelFile(reason: String)
    case notAnEnvironmentPath
    case notForSearch
    case quality(QualityMistake)
  }

  /// Whether something is written that cannot be read, as opposed to stages that are wrong together.
  public var concernsWriting: Bool {
    switch fact {
    case .unknownStage, .unknownArgument, .missingArgument, .missingLabel, .needlessLabel, .repeatedArgument,
      .argumentOrder, .wrongType, .unknownMember, .missingBraces, .needlessBraces:
      true
    default: false
    }
  }
}
