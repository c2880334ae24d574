/// How a search finds schemes to measure, besides those that people write by hand.
public enum SearchMethod: Sendable, Hashable {
  /// Measures what each tensor adds on its own, and takes what adds most for the bytes.
  case contribution
  /// Begins with everything and freezes one tensor at a time until the budget is met; says where accuracy fell by
  /// more than the threshold, in points: 1 is a hundredth.
  case freezeUntilDip(threshold: Double, order: FreezingOrder = .leastValue)
  /// Both, one after the other.
  case both(threshold: Double, order: FreezingOrder = .leastValue)

  /// The order of freezing, where there is any.
  public var order: FreezingOrder? {
    switch self {
    case .contribution: nil
    case .freezeUntilDip(_, let order), .both(_, let order): order
    }
  }
}

/// In which order tensors are frozen.
public enum FreezingOrder: Sendable, Hashable {
  /// The one that is worth least for each byte first.
  case leastValue
  /// The one that takes most bytes first.
  case largest
  /// From the last layer to the first.
  case last
  /// From the first layer to the last.
  case first
  /// These and no others.
  case named([String])
}

extension SearchMethod: MemberChoice {
  private static let threshold = Parameter.make(
    "threshold", Double.self, unit: "points of accuracy", limits: .within(0...100), "How far accuracy may fall.")
  private static let order = Parameter.make(
    "order", FreezingOrder.self, default: FreezingOrder.leastValue.literal, "Which tensor is frozen first.")

  static let cases: [MemberCase<SearchMethod>] = [
    MemberCase("contribution", .contribution, "Takes the tensors that add most for their bytes."),
    MemberCase(
      "freezeUntilDip", threshold, order, "Freezes one tensor after the other until the budget is met.",
      make: { .freezeUntilDip(threshold: $0, order: $1) },
      take: { if case .freezeUntilDip(let threshold, let order) = $0 { (threshold, order) } else { nil } }),
    MemberCase(
      "both", threshold, order, "Contribution, then freezing in the order of what was found.",
      make: { .both(threshold: $0, order: $1) },
      take: { if case .both(let threshold, let order) = $0 { (threshold, order) } else { nil } }),
  ]
}

extension FreezingOrder: MemberChoice {
  static let cases: [MemberCase<FreezingOrder>] = [
    MemberCase("leastValue", .leastValue, "The tensor that is worth least for each byte first."),
    MemberCase("largest", .largest, "The tensor that takes most bytes first."),
    MemberCase("last", .last, "From the last layer to the first."),
    MemberCase("first", .first, "From the first layer to the last."),
    MemberCase(
      "named",
      .make("names", [String].self, labelled: false, "Such as conv1.weights or block2.expand.bias."),
      "These tensors and no others.", make: FreezingOrder.named,
      take: { if case .named(let names) = $0 { names } else { nil } }),
  ]
}
