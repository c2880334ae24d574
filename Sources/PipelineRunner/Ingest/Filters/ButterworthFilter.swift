import Foundation
import PipelineModel
import Signal

/// A Butterworth filter as second-order sections in double precision, designed by the bilinear transform.
///
/// The analogue prototype of order N has its poles on the left half of the unit circle (Butterworth 1930); its edges are
/// bent beforehand so that after the transform they lie at the frequencies asked for. A band-pass has N sections for
/// order N, the others half as many.
struct ButterworthFilter: Sendable, Hashable {
  struct Section: Sendable, Hashable {
    var b0, b1, b2, a1, a2: Double
  }

  let sections: [Section]
  let rateHz: Double

  /// - Parameter rateHz: More than twice every frequency of the band.
  init(_ band: FilterBand, rateHz: Double) {
    self.rateHz = rateHz
    let bent = { (hertz: Double) in 2 * rateHz * tan(.pi * hertz / rateHz) }
    let order = band.order
    // Of every pair of conjugates the one above the axis; then the real one.
    let prototype = (0..<(order + 1) / 2).map { index in
      let angle = Double.pi * Double(2 * index + order + 1) / Double(2 * order)
      return 2 * index + 1 == order ? Complex(-1, 0) : Complex(cos(angle), sin(angle))
    }
    switch band {
    case .lowPass(let hertz, _):
      let edge = bent(hertz)
      sections = prototype.map { pole in
        Self.section(
          pole * edge, isPair: pole.imaginary != 0, zeros: (-1, -1), unityAt: Complex(1, 0), rateHz)
      }
    case .highPass(let hertz, _):
      let edge = bent(hertz)
      sections = prototype.map { pole in
        Self.section(
          Complex(edge, 0) / pole, isPair: pole.imaginary != 0, zeros: (1, 1), unityAt: Complex(-1, 0), rateHz)
      }
    case .bandPass(let low, let high, _):
      let (lower, upper) = (bent(low), bent(high))
      let centre = (lower * upper).squareRoot()
      let turn = 2 * atan(centre / (2 * rateHz))
      let unity = Complex(cos(turn), sin(turn))
      sections = prototype.flatMap { pole -> [Section] in
        let half = pole * ((upper - lower) / 2)
        let root = (half * half - Complex(centre * centre, 0)).squareRoot
        if pole.imaginary == 0 {
          return [Self.section(half + root, half - root, zeros: (1, -1), unityAt: unity, rateHz)]
        }
        return [half + root, half - root].map {
          Self.section($0, isPair: true, zeros: (1, -1), unityAt: unity, rateHz)
        }
      }
    }
  }

  private static func section(
    _ pole: Complex, isPair: Bool, zeros: (Double, Double), unityAt: Complex, _ rateHz: Double
  ) -> Section {
    if isPair { return section(pole, pole.conjugate, zeros: zeros, unityAt: unityAt, rateHz) }
    let digital = transformed(pole, rateHz).real
    var section = Section(b0: 1, b1: -zeros.0, b2: 0, a1: -digital, a2: 0)
    section.scale(toUnityAt: unityAt)
    return section
  }

  private static func section(
    _ first: Complex, _ second: Complex, zeros: (Double, Double), unityAt: Complex, _ rateHz: Double
  ) -> Section {
    let (p, q) = (transformed(first, rateHz), transformed(second, rateHz))
    var section = Section(
      b0: 1, b1: -(zeros.0 + zeros.1), b2: zeros.0 * zeros.1, a1: -(p + q).real, a2: (p * q).real)
    section.scale(toUnityAt: unityAt)
    return section
  }

  /// The bilinear transform of a pole.
  private static func transformed(_ pole: Complex, _ rateHz: Double) -> Complex {
    let twice = Complex(2 * rateHz, 0)
    return (twice + pole) / (twice - pole)
  }

  /// The sections for a device, with the states in which each rests on a constant input of 1.
  var deviceSections: [FilterSection] {
    zip(sections, restStates).map { section, rest in
      FilterSection(
        b0: Float(section.b0), b1: Float(section.b1), b2: Float(section.b2), a1: Float(section.a1),
        a2: Float(section.a2), rest1: Float(rest.0), rest2: Float(rest.1))
    }
  }

  /// The two states of each section while the filter's input is 1 and always was.
  var restStates: [(Double, Double)] {
    var input = 1.0
    return sections.map { section in
      let output = input * (section.b0 + section.b1 + section.b2) / (1 + section.a1 + section.a2)
      defer { input = output }
      return (output - section.b0 * input, section.b2 * input - section.a2 * output)
    }
  }

  /// By how many frames a slow signal is delayed: the group delay at frequency 0, or for a filter that lets none of that
  /// through at its edge or the middle of its band.
  func groupDelayFrames(atHertz hertz: Double) -> Double {
    // The derivative of the phase, by a difference that is small against the filter's width.
    let turn = 2 * Double.pi * hertz / rateHz
    let step = 1e-6 * max(turn, 1e-3)
    var delay = 0.0
    for section in sections {
      delay -= (section.response(at: turn + step) / section.response(at: turn - step)).angle / (2 * step)
    }
    return delay
  }
}

extension ButterworthFilter.Section {
  /// The response at an angular frequency in radians a frame.
  func response(at turn: Double) -> Complex { response(at: Complex(cos(turn), sin(turn))) }

  fileprivate func response(at z: Complex) -> Complex {
    let z1 = Complex(1, 0) / z
    let z2 = z1 * z1
    return (Complex(b0, 0) + z1 * b1 + z2 * b2) / (Complex(1, 0) + z1 * a1 + z2 * a2)
  }

  fileprivate mutating func scale(toUnityAt z: Complex) {
    let gain = 1 / response(at: z).magnitude
    b0 *= gain
    b1 *= gain
    b2 *= gain
  }
}

/// A complex number, as far as filters need one.
struct Complex: Sendable, Hashable {
  var real: Double
  var imaginary: Double

  init(_ real: Double, _ imaginary: Double) {
    self.real = real
    self.imaginary = imaginary
  }

  var conjugate: Complex { Complex(real, -imaginary) }
  var magnitude: Double { hypot(real, imaginary) }
  var angle: Double { atan2(imaginary, real) }

  /// The root in the right half plane.
  var squareRoot: Complex {
    let size = magnitude
    let root = Complex(((size + real) / 2).squareRoot(), ((size - real) / 2).squareRoot())
    return imaginary < 0 ? root.conjugate : root
  }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.real + b.real, a.imaginary + b.imaginary) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.real - b.real, a.imaginary - b.imaginary) }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }
  static func * (a: Complex, b: Double) -> Complex { Complex(a.real * b, a.imaginary * b) }
  static func / (a: Complex, b: Complex) -> Complex {
    let size = b.real * b.real + b.imaginary * b.imaginary
    let product = a * b.conjugate
    return Complex(product.real / size, product.imaginary / size)
  }
}
