extension RuntimeScale {
  /// A scale of at most 1 to a whole power, by squaring; 1 for the power 0.
  ///
  /// Each product is cut off to 31 bits, and squaring doubles the relative error so far: it stays below
  /// `power · 2^-29`. What falls below `2^-1000000` is 0, so that no exponent overflows.
  public func power(_ power: UInt32) -> RuntimeScale {
    var result = RuntimeScale.powerOfTwo(0)
    var square = self
    var rest = power
    while rest > 0 {
      if rest & 1 == 1 { result = result.multiplied(by: square) }
      rest &>>= 1
      square = square.multiplied(by: square)
      if result.exponent < -1_000_000 { return .zero }
      if square.exponent < -1_000_000 { square = .zero }
    }
    return result
  }
}
