/// A fully connected layer over all elements of its input.
public struct Dense: Sendable, Hashable {
  public var outputs: DenseOutputs
  /// What follows the layer; the last layer of a model has none.
  public var activation: LayerActivation

  public init(_ outputs: DenseOutputs, activation: LayerActivation = .none) {
    self.outputs = outputs
    self.activation = activation
  }
}

/// How many outputs a dense layer has.
public enum DenseOutputs: Sendable, Hashable {
  /// One for each class that the labels name.
  case classes
  case count(Int)
}

extension DenseOutputs: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self = .count(value) }
}

extension DenseOutputs: MemberChoice {
  static let cases: [MemberCase<DenseOutputs>] = [
    MemberCase("classes", .classes, "One output for each class that the labels name.")
  ]
  static let integerCase: MemberCase<DenseOutputs>? = MemberCase(
    "count", .make("count", Int.self, labelled: false, unit: "outputs", limits: LayerLimits.channels, "Outputs."),
    "A number of outputs.", make: DenseOutputs.count,
    take: { if case .count(let count) = $0 { count } else { nil } })
}

extension Dense: PipelineNode {
  static let schema = NodeSchema(
    "Dense", blank: Dense(.classes), isRepeatable: true, example: "Dense(.classes)",
    "A fully connected layer over all elements of its input.",
    fields: [
      .required(
        "outputs", \.outputs, labelled: false, unit: "outputs", limits: LayerLimits.channels,
        "How many outputs: a number, or .classes."),
      .optional("activation", \.activation, "What follows the layer."),
    ])
}

extension Dense: LayerConvertible {
  public var layer: Layer { .dense(self) }
}
