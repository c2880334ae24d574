/// Says which tensors training on the device may change; all others are constants.
public struct Update: Sendable, Hashable {
  public var scheme: UpdateScheme

  public init(_ scheme: UpdateScheme = .full) {
    self.scheme = scheme
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
  /// The named ones: `conv1.weights`, `block2.expand.bias`.
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
      .make("names", [String].self, labelled: false, "Such as conv1.weights or block2.expand.bias."),
      "The named tensors.", make: UpdateScheme.tensors,
      take: { if case .tensors(let names) = $0 { names } else { nil } }),
  ]
}

extension Update: PipelineNode {
  static let schema = NodeSchema(
    "Update", blank: Update(), takes: [.network], gives: [.updateScheme], phase: 3, example: "Update(.full)",
    "Says which tensors training on the device may change.",
    fields: [.required("scheme", \.scheme, labelled: false, "Which tensors.")])
}
