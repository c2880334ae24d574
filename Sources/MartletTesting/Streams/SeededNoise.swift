import Foundation

/// Numbers that look random and follow from a seed: print the seed, and a failure comes again.
public struct SeededNoise: RandomNumberGenerator, Sendable {
  public let seed: UInt64
  private var state: UInt64

  public init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  /// A seed of the moment, for tests that are to see other numbers each time.
  public static func fresh() -> SeededNoise { SeededNoise(seed: UInt64.random(in: 0..<1 << 32)) }

  /// SplitMix64 after Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", figure 16.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Evenly between -1 and 1.
  public mutating func uniform() -> Float { Float.random(in: -1...1, using: &self) }

  /// About normal, of mean 0 and deviation 1: the sum of twelve even numbers between -0.5 and 0.5; never beyond 6.
  public mutating func normal() -> Float {
    var sum: Float = 0
    for _ in 0..<12 { sum += Float.random(in: -0.5...0.5, using: &self) }
    return sum
  }
}

extension TestStream {
  /// The same stream with noise added to every value.
  ///
  /// - Parameter deviation: Of the noise, in the units of the channels.
  public func addingNoise(deviation: Float, seed: UInt64) -> TestStream {
    var noise = SeededNoise(seed: seed)
    var noisy = self
    for frame in noisy.frames.indices {
      for channel in channels.indices { noisy.frames[frame].values[channel] += deviation * noise.normal() }
    }
    return noisy
  }

  /// A sine in every channel, a quarter of a period behind the one before.
  ///
  /// - Parameter frequency: Hertz.
  public static func sine(
    channels: [String], hertz: Double, seconds: Double, frequency: Double, amplitude: Float = 1, label: String? = nil
  ) -> TestStream {
    TestStream(channels: channels, hertz: hertz, seconds: seconds, label: label) { time, channel in
      amplitude * Float(sin(2 * .pi * frequency * time - Double(channel) * .pi / 2))
    }
  }
}
