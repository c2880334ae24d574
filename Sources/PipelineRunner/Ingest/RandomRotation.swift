import Learning
import Signal
import Tensors

extension AxisRotation {
  /// A random rotation, every one equally likely, that follows from a seed and a name alone.
  ///
  /// Two points drawn from the unit disc make a point of the unit sphere in four dimensions, a quaternion:
  /// Marsaglia 1972, "Choosing a Point from the Surface of a Sphere". Only + − × ÷ and square roots of doubles in a
  /// fixed order, so the same on every machine.
  init(seed: UInt64, name: String) {
    var digest = Fingerprint()
    digest.add(name)
    let random = CounterRandom(seed: seed, stream: digest.value)
    var counter: UInt32 = 0
    /// In the unit disc, but for its centre, with the square of the distance from there.
    func point() -> (x: Double, y: Double, square: Double) {
      while true {
        let x = Self.coordinate(random.word(at: counter))
        let y = Self.coordinate(random.word(at: counter &+ 1))
        counter &+= 2
        let square = x * x + y * y
        if square < 1 && square > 0 { return (x, y, square) }
      }
    }
    let (first, second) = (point(), point())
    let factor = ((1 - first.square) / second.square).squareRoot()
    self.init(
      quaternionX: Float(first.x), y: Float(first.y), z: Float(second.x * factor), w: Float(second.y * factor))
  }

  /// Uniform in -1..<1.
  private static func coordinate(_ word: UInt32) -> Double { Double(word) * 0x1p-31 - 1 }
}
