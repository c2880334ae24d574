/// What a channel shows while a test feeds it. Times count seconds since the first frame.
public enum TestSignal: Sendable, Hashable {
  case constant(Double)
  /// `offset + amplitude · sin(2π · hertz · t)`
  case sine(hertz: Double, amplitude: Double = 1, offset: Double = 0)
  /// On the line from one value, at the first frame, to the other at the end of the feed.
  case ramp(from: Double, to: Double)
  /// One value before a time, the other from then on.
  case step(at: Double, from: Double = 0, to: Double = 1)
  /// 0, but for the one frame at or behind a time.
  case impulse(at: Double, height: Double = 1)
  /// Equally likely anywhere within the amplitude to either side of 0; a seed gives the same values everywhere.
  case noise(amplitude: Double, seed: Int = 0)
}

extension TestSignal: MemberChoice {
  static let cases: [MemberCase<TestSignal>] = [
    MemberCase(
      "constant", .make("value", Double.self, labelled: false, "The value."), "One value.",
      make: { TestSignal.constant($0) }, take: { if case .constant(let value) = $0 { value } else { nil } }),
    MemberCase(
      "sine", .make("hertz", Double.self, unit: "Hz", limits: .above(0, to: 1_000_000), "Periods a second."),
      .make("amplitude", Double.self, default: .integer(1), "The largest distance from the offset."),
      .make("offset", Double.self, default: .integer(0), "What it swings around."),
      "A sine that begins at its offset, upwards.",
      make: { TestSignal.sine(hertz: $0, amplitude: $1, offset: $2) },
      take: { if case .sine(let hertz, let amplitude, let offset) = $0 { (hertz, amplitude, offset) } else { nil } }),
    MemberCase(
      "ramp", .make("from", Double.self, "The first value."), .make("to", Double.self, "The value at the end."),
      "A straight line.", make: { TestSignal.ramp(from: $0, to: $1) },
      take: { if case .ramp(let from, let to) = $0 { (from, to) } else { nil } }),
    MemberCase(
      "step", .make("at", Double.self, unit: "seconds", limits: .within(0...86_400), "When it changes."),
      .make("from", Double.self, default: .integer(0), "The value before."),
      .make("to", Double.self, default: .integer(1), "The value from then on."),
      "One value, then another.", make: { TestSignal.step(at: $0, from: $1, to: $2) },
      take: { if case .step(let at, let from, let to) = $0 { (at, from, to) } else { nil } }),
    MemberCase(
      "impulse", .make("at", Double.self, unit: "seconds", limits: .within(0...86_400), "When it comes."),
      .make("height", Double.self, default: .integer(1), "The value of that frame."),
      "One frame that is not 0.", make: { TestSignal.impulse(at: $0, height: $1) },
      take: { if case .impulse(let at, let height) = $0 { (at, height) } else { nil } }),
    MemberCase(
      "noise", .make("amplitude", Double.self, "The largest distance from 0."),
      .make(
        "seed", Int.self, limits: .within(0...9_007_199_254_740_992), default: .integer(0),
        "All values follow from it."),
      "Seeded noise.", make: { TestSignal.noise(amplitude: $0, seed: $1) },
      take: { if case .noise(let amplitude, let seed) = $0 { (amplitude, seed) } else { nil } }),
  ]
}
