extension PipelineIssue {
  /// What is said of the related place.
  public var relatedMessage: String {
    switch fact {
    case .duplicateStage(_, let name): "the first '\(name)' is here"
    case .stageOrder(_, let before, _): "'\(before)' is here"
    case .windowNotWhole, .invalidValue(_, .quality(.aboveHalfRate)): "the rate is given here"
    case .invalidValue(_, .quality(.notConvertible)): "the unit wanted is given here"
    case .channelCountsDiffer: "the first channels are named here"
    case .channelUnknown, .notTriplets: "the channels are named here"
    case .duplicateElement: "the first one is here"
    case .exclusiveStages(_, let other): "'\(other)' is here"
    case .testSubjectValidates: "it is held out for the test here"
    case .searchArenaTooLarge: "the arena of 'Train' is given here"
    case .arenaTooSmall(let shortage): shortage.relatedMessage
    case .kernelDoesNotFit, .networkTooLarge: "windows are cut here"
    case .tooManyBlocks, .unknownTensor, .notAShare, .shareOfSensorChannels: "the model is here"
    case .momentumWhileAccumulating: "the momentum is given here"
    default: "it belongs to this"
    }
  }
}
