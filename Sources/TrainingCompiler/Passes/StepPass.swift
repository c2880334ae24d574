/// The passes that make the operations of a step, in their order.
public enum StepPass: String, Sendable, Hashable, CaseIterable {
  case differentiate
  case prune
  case sliceChannels = "slice-channels"
  case packMasks = "pack-masks"
  case fuse
  case reorder
  case inPlace = "in-place"
  case orderCopies = "order-copies"

  public var summary: String {
    switch self {
    case .differentiate: "Forward and backward operations for everything, on whole tensors."
    case .prune: "What reaches no update is gone."
    case .sliceChannels: "Of an activation, only the channels that a gradient reads are kept for it."
    case .packMasks: "A clamp mark is a bit."
    case .fuse: "Sums, gradients and updates are made frame by frame and row by row."
    case .reorder: "Every update stands as early as it may."
    case .inPlace: "Outputs that may be written over inputs are marked."
    case .orderCopies: "Copies of channels stand where they cost least room."
    }
  }

  /// The network whose step is made: channels of which only a share is updated come first.
  ///
  /// - Parameter scores: By what the channels of a share are chosen; magnitudes if absent.
  /// - Throws: `CompilationError.fixedChannels`, where a share is asked for of the sensor's channels.
  public static func network(
    of network: QuantizedNetwork, scheme: UpdateScheme, scores: ChannelScores? = nil
  ) throws(CompilationError) -> QuantizedNetwork {
    try ChannelSelection.run(network, scheme: scheme, scores: scores)
  }

  /// The graph of a step after some pass.
  ///
  /// Before the first, channels are reordered so that those of which only a share is updated begin with it.
  ///
  /// - Parameter scores: By what the channels of a share are chosen; magnitudes if absent.
  /// - Throws: `CompilationError`, where a sum could overflow, the network does not end in logits, or a share is asked
  ///   for of the sensor's channels.
  public static func graph(
    of network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions = TrainingOptions(),
    scores: ChannelScores? = nil, through last: StepPass = .orderCopies
  ) throws(CompilationError) -> TrainingGraph {
    let network = try ChannelSelection.run(network, scheme: scheme, scores: scores)
    var graph = TrainingGraph()
    for pass in allCases {
      switch pass {
      case .differentiate: graph = try Autodiff.run(network, scheme: scheme, options: options)
      case .prune:
        graph = GradientPruning.run(graph)
        try SumBounds.check(graph)
      case .sliceChannels: graph = ChannelSlices.run(graph)
      case .packMasks: graph = MaskPacking.run(graph)
      case .fuse: graph = Fusion.run(graph)
      case .reorder: graph = UpdateReordering.run(graph)
      case .inPlace: graph = InPlace.run(graph)
      case .orderCopies: graph = CopyOrdering.run(graph)
      }
      if pass == last { break }
    }
    return graph
  }
}
