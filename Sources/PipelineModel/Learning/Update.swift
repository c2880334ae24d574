/// Says which tensors training on the device may change; all others are constants.
public struct Update: Sendable, Hashable {
  public var scheme: UpdateScheme
  /// Which channels a share of a tensor takes.
  public var channels: ChannelCriterion

  public init(_ scheme: UpdateScheme = .full, channels: ChannelCriterion = .magnitude) {
    self.scheme = scheme
    self.channels = channels
  }
}

/// By what the channels are chosen where only a share of a tensor is updated.
public enum ChannelCriterion: Sendable, Hashable, CaseIterable {
  /// Those with the largest weights.
  case magnitude
  /// Those on whose weights the loss over the calibration windows depends most.
  case gradient
}

extension ChannelCriterion: PlainChoice {
  var summary: String {
    switch self {
    case .magnitude: "Those with the largest weights."
    case .gradient: "Those on whose weights the loss over the calibration windows depends most."
    }
  }
}

public enum UpdateScheme: Sendable, Hashable {
  /// All weights and biases.
  case full
  /// All weights and biases from this many inverted residuals before the end.
  case lastBlocks(Int)
  /// All biases, and the weights of the last layer.
  case biasesAndLastLayer
  /// Weights and biases of the last layer.
  case lastLayer
  /// The named ones: `conv1.weights`, `block2.expand.bias`; `block2.expand.weights/4` is a quarter of a tensor's input
  /// channels, and a half and an eighth are said in the same way.
  case tensors([String])
}

extension UpdateScheme: MemberChoice {
  static let cases: [MemberCase<UpdateScheme>] = [
    MemberCase("full", .full, "All weights and biases."),
    MemberCase(
      "lastBlocks",
      .make("count", Int.self, labelled: false, unit: "blocks", limits: .within(1...1000), "How many blocks."),
      "All weights and biases from this many inverted residuals before the end.", make: UpdateScheme.lastBlocks,
      take: { if case .lastBlocks(let count) = $0 { count } else { nil } }),
    MemberCase("biasesAndLastLayer", .biasesAndLastLayer, "All biases, and the weights of the last layer."),
    MemberCase("lastLayer", .lastLayer, "Weights and biases of the last layer."),
    MemberCase(
      "tensors",
      .make(
        "names", [String].self, labelled: false,
        "Such as conv1.weights, block2.expand.bias or, for a quarter of its channels, block2.expand.weights/4."),
      "The named tensors.", make: UpdateScheme.tensors,
      take: { if case .tensors(let names) = $0 { names } else { nil } }),
  ]
}

extension Update: PipelineNode {
  static let schema = NodeSchema(
    "Update", blank: Update(), takes: [.network], gives: [.updateScheme], phase: 3, example: "Update(.full)",
    "Says which tensors training on the device may change.",
    fields: [
      .required("scheme", \.scheme, labelled: false, "Which tensors."),
      .optional("channels", \.channels, "Which channels a share of a tensor takes."),
    ])
}
