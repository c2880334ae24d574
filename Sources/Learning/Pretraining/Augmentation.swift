import Tensors

/// Random changes to training windows, other ones in every epoch.
public struct Augmentation: Sendable, Hashable {
  /// Standard deviation of the normal noise that is added to each normalised value.
  public var jitter: Float
  /// Each normalised window is multiplied by `1 + scale · n`, with a standard normal `n`.
  public var scale: Float
  /// Each window's triplets of channels (x, y, z) are turned alike about a random axis by an angle that is
  /// uniform up to this; in recorded units, where the triplets are vectors in space.
  public var rotationDegrees: Float

  public init(jitter: Float = 0, scale: Float = 0, rotationDegrees: Float = 0) {
    self.jitter = jitter
    self.scale = scale
    self.rotationDegrees = rotationDegrees
  }
}

/// Augments windows; what a window becomes is a function of seed, epoch and its index only.
struct Augmenter: Sendable {
  let augmentation: Augmentation
  let seed: UInt64
  let shape: ActivationShape
  /// What turns normalised values back into recorded ones.
  let statistics: ChannelStatistics

  init(augmentation: Augmentation, seed: UInt64, windows: WindowSet) throws(LearningError) {
    let channels = windows.shape.channels
    if augmentation.rotationDegrees > 0 && channels % 3 != 0 { throw .channelsAreNotTriplets(channels: channels) }
    self.augmentation = augmentation
    self.seed = seed
    shape = windows.shape
    statistics =
      windows.normalization
      ?? ChannelStatistics(
        mean: Array(repeating: 0, count: channels), deviation: Array(repeating: 1, count: channels))
  }

  /// Changes one window in place.
  func apply(to window: UnsafeMutablePointer<Float>, index: Int, epoch: Int) {
    if augmentation.rotationDegrees > 0 { rotate(window, index: index, epoch: epoch) }
    if augmentation.scale > 0 {
      let random = CounterRandom(seed: seed, purpose: .scale, epoch: epoch, sample: index)
      let factor = Float(1 + Double(augmentation.scale) * random.normalPair(at: 0).0)
      for element in 0..<shape.elementCount { window[element] *= factor }
    }
    if augmentation.jitter > 0 {
      let random = CounterRandom(seed: seed, purpose: .jitter, epoch: epoch, sample: index)
      let deviation = Double(augmentation.jitter)
      var element = 0
      while element < shape.elementCount {
        let pair = random.normalPair(at: element / 2)
        window[element] += Float(deviation * pair.0)
        if element + 1 < shape.elementCount { window[element + 1] += Float(deviation * pair.1) }
        element += 2
      }
    }
  }

  private func rotate(_ window: UnsafeMutablePointer<Float>, index: Int, epoch: Int) {
    let random = CounterRandom(seed: seed, purpose: .rotation, epoch: epoch, sample: index)
    let rotation = Rotation.random(random, maximumDegrees: Double(augmentation.rotationDegrees))
    for frame in 0..<shape.length {
      for triplet in 0..<shape.channels / 3 {
        let values = window + (frame * shape.channels + 3 * triplet)
        let mean = SIMD3(statistics.mean[3 * triplet..<3 * triplet + 3])
        let deviation = SIMD3(statistics.deviation[3 * triplet..<3 * triplet + 3])
        let recorded = SIMD3(Double(values[0]), Double(values[1]), Double(values[2])) * deviation + mean
        let turned = (rotation.turn(recorded) - mean) / deviation
        for axis in 0..<3 { values[axis] = Float(turned[axis]) }
      }
    }
  }
}

/// A rotation in space as the columns of its 3 × 3 matrix: where the three axes go.
struct Rotation: Sendable {
  var columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

  /// By up to `maximumDegrees` about an axis that is uniform over the sphere.
  static func random(_ random: CounterRandom, maximumDegrees: Double) -> Rotation {
    let first = random.normalPair(at: 0)
    let second = random.normalPair(at: 1)
    var axis = [first.0, first.1, second.0]
    let length = (axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]).squareRoot()
    // Three normal numbers of exactly zero have no direction; any axis will do.
    axis = length > 0 ? axis.map { $0 / length } : [0, 0, 1]
    return about(axis, turns: random.uniform(at: 4) * maximumDegrees / 360)
  }

  /// Rodrigues' formula for a unit axis.
  static func about(_ axis: [Double], turns: Double) -> Rotation {
    let turn = Elementary.cosineAndSine(turns: turns)
    let (x, y, z) = (axis[0], axis[1], axis[2])
    let rest = 1 - turn.cosine
    return Rotation(
      columns: (
        SIMD3(turn.cosine + x * x * rest, y * x * rest + z * turn.sine, z * x * rest - y * turn.sine),
        SIMD3(x * y * rest - z * turn.sine, turn.cosine + y * y * rest, z * y * rest + x * turn.sine),
        SIMD3(x * z * rest + y * turn.sine, y * z * rest - x * turn.sine, turn.cosine + z * z * rest)
      ))
  }

  func turn(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    columns.0 * vector.x + columns.1 * vector.y + columns.2 * vector.z
  }
}
