import Tensors

/// What random numbers are drawn for: each purpose has streams of its own, so that turning one on or off
/// leaves the others' numbers as they were.
enum RandomPurpose: UInt64 {
  case initialization = 1
  case shuffle
  case rotation
  case scale
  case jitter
  case adaptationOrder
  case calibration
  case evolution
}

extension CounterRandom {
  init(seed: UInt64, purpose: RandomPurpose, epoch: Int = 0, sample: Int = 0) {
    self.init(
      seed: seed &+ purpose.rawValue &* 0x9FB2_1C65_1E98_DF25,
      stream: UInt64(truncatingIfNeeded: epoch) << 32 | UInt64(truncatingIfNeeded: sample))
  }

  /// Uniform in 0..<1, in steps of 2⁻³².
  func uniform(at index: Int) -> Double {
    Double(word(at: UInt32(truncatingIfNeeded: index))) * 0x1p-32
  }

  /// Two independent standard normal numbers from the words `2 · index` and `2 · index + 1`.
  ///
  /// Box and Muller 1958, "A Note on the Generation of Random Normal Deviates".
  func normalPair(at index: Int) -> (Double, Double) {
    let first = UInt32(truncatingIfNeeded: 2 &* index)
    // In (0, 1], so that the logarithm is finite; at most 6.7 standard deviations.
    let radius = (-2 * Elementary.logarithm((Double(word(at: first)) + 1) * 0x1p-32)).squareRoot()
    let turn = Elementary.cosineAndSine(turns: Double(word(at: first &+ 1)) * 0x1p-32)
    return (radius * turn.cosine, radius * turn.sine)
  }

  /// A permutation of `0..<count`, each equally likely up to 2⁻³².
  func permutation(count: Int) -> [Int] {
    var order = Array(0..<count)
    var last = count - 1
    while last > 0 {
      let choice = Int((UInt64(word(at: UInt32(truncatingIfNeeded: last))) * UInt64(last + 1)) >> 32)
      order.swapAt(last, choice)
      last -= 1
    }
    return order
  }
}

/// The order in which an epoch visits its windows.
enum EpochOrder {
  static func shuffled(count: Int, seed: UInt64, epoch: Int) -> [Int] {
    CounterRandom(seed: seed, purpose: .shuffle, epoch: epoch).permutation(count: count)
  }
}
