import Foundation

/// How a rate becomes another by whole numbers, and the filter between them.
struct RateChange: Sendable, Hashable {
  /// New frames for every `down` old ones.
  let up: Int
  let down: Int

  /// The ratio of two rates in numbers up to 1,000: exact if there is one, else one within twenty millionths, which is
  /// what stamps of whole milliseconds leave open; nil where there is none.
  init?(from oldHz: Double, to newHz: Double) {
    let ratio = newHz / oldHz
    guard ratio.isFinite, ratio > 0,
      let (up, down) = Self.fraction(near: ratio, within: 1e-9) ?? Self.fraction(near: ratio, within: 2e-5)
    else { return nil }
    self.up = up
    self.down = down
  }

  /// The first convergent of the continued fraction that is near enough.
  private static func fraction(near ratio: Double, within tolerance: Double) -> (Int, Int)? {
    var (up, down, previousUp, previousDown) = (1.0, 0.0, 0.0, 1.0)
    var rest = ratio
    while rest.isFinite {
      let whole = rest.rounded(.down)
      (up, previousUp) = (whole * up + previousUp, up)
      (down, previousDown) = (whole * down + previousDown, down)
      guard up <= 1000, down <= 1000 else { return nil }
      if up >= 1, abs(up / down - ratio) <= tolerance * ratio { return (Int(up), Int(down)) }
      rest = 1 / (rest - whole)
    }
    return nil
  }

  /// Taps on either side of the middle one.
  var halfLength: Int { 10 * max(up, down) }

  /// A windowed sinc that passes what is below half of the lower rate, its gain times `up`: a Kaiser window with β = 5
  /// over ten zero crossings on either side, the default of SciPy's `resample_poly`.
  var taps: [Float] {
    let width = Double(max(up, down))
    let half = Double(halfLength)
    let plain = (-halfLength...halfLength).map { offset -> Double in
      let place = Double(offset) / width
      let sinc = offset == 0 ? 1 : sin(.pi * place) / (.pi * place)
      let inside = max(0, 1 - (Double(offset) / half) * (Double(offset) / half))
      return sinc * Self.bessel(5 * inside.squareRoot())
    }
    let sum = plain.reduce(0, +)
    return plain.map { Float($0 / sum * Double(up)) }
  }

  /// The modified Bessel function of the first kind and order 0, by its power series, which converges fast for arguments
  /// as small as a window's.
  private static func bessel(_ x: Double) -> Double {
    var (sum, term, index) = (1.0, 1.0, 1.0)
    while term > sum * 1e-17 {
      term *= (x / 2 / index) * (x / 2 / index)
      sum += term
      index += 1
    }
    return sum
  }
}
