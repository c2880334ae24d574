public import Kernels
public import Tensors

/// The terms of a gradient's sum: how each reaches the scale of the sum.
///
/// Made before a gradient's first byte is written; the frames read no scale.
public struct GradientTerms: Sendable {
  /// Of the summed frames: the source's own scale, or a power of two in which terms are added.
  public let unit: RuntimeScale
  /// Where there are addends: how the source and each of them is aligned; absent for a term that is all zero.
  public let source: GradientAlignment?
  public let firstAddend: GradientAlignment?
  public let secondAddend: GradientAlignment?

  public init(_ request: GradientRequest, _ memory: borrowing PlanMemory) {
    let own =
      request.source == .none
      ? RuntimeScale.zero : memory.scale(of: request.errors).multiplied(by: request.divisor)
    guard request.addendCount > 0 else {
      unit = own
      source = nil
      firstAddend = nil
      secondAddend = nil
      return
    }
    let first = memory.scale(of: request.addend(0))
    let second = request.addendCount > 1 ? memory.scale(of: request.addend(1)) : .zero
    var top = magnitudeExponent(bits: request.sourceBits, scale: own)
    if let exponent = magnitudeExponent(bits: request.addendBits, scale: first) { top = max(top ?? exponent, exponent) }
    if let exponent = magnitudeExponent(bits: request.addendBits, scale: second) {
      top = max(top ?? exponent, exponent)
    }
    let exponent = alignedUnit(forMagnitudeExponent: top ?? 0)
    unit = .powerOfTwo(exponent)
    source = own.isZero ? nil : GradientAlignment(of: own, toUnitExponent: exponent)
    firstAddend = first.isZero ? nil : GradientAlignment(of: first, toUnitExponent: exponent)
    secondAddend = second.isZero ? nil : GradientAlignment(of: second, toUnitExponent: exponent)
  }
}
