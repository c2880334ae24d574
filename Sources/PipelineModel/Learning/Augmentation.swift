/// A random change to each training window, drawn anew in every epoch.
public enum Augmentation: Sendable, Hashable {
  /// Adds Gaussian noise of this standard deviation, in units of the normalised channel, to each value.
  case jitter(Double)
  /// Multiplies a window by one Gaussian number of mean 1 and this standard deviation.
  case scale(Double)
  /// Turns each triplet of channels, all alike, about a random axis by an angle up to this one.
  case rotation(degrees: Double)
}

extension Augmentation: MemberChoice {
  static let cases: [MemberCase<Augmentation>] = [
    MemberCase(
      "jitter",
      .make(
        "deviation", Double.self, labelled: false, unit: "standard deviations of the channel",
        limits: .within(0...100), "The standard deviation of the noise."),
      "Adds Gaussian noise to each value.", make: Augmentation.jitter,
      take: { if case .jitter(let deviation) = $0 { deviation } else { nil } }),
    MemberCase(
      "scale",
      .make(
        "deviation", Double.self, labelled: false, unit: "of the window's values", limits: .within(0...10),
        "The standard deviation of the factor."),
      "Multiplies a window by one Gaussian number of mean 1.", make: Augmentation.scale,
      take: { if case .scale(let deviation) = $0 { deviation } else { nil } }),
    MemberCase(
      "rotation",
      .make("degrees", Double.self, unit: "degrees", limits: .within(0...180), "The largest angle."),
      "Turns each triplet of channels, all alike, about a random axis.", make: { .rotation(degrees: $0) },
      take: { if case .rotation(let degrees) = $0 { degrees } else { nil } }),
  ]
}
