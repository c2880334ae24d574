/// The sum of a channel's errors over time, from which its bias is updated: `Σ_t e[t, o]`.
///
/// - Precondition: `length` times the largest magnitude of an error fits int32.
public func errorSum(ofChannel channel: Int, errors: Span<Int8>, length: Int, channels: Int) -> Int32 {
  sum(ofChannel: channel, errors: errors, length: length, channels: channels)
}

/// `errorSum` of int16 errors.
public func errorSum(ofChannel channel: Int, errors: Span<Int16>, length: Int, channels: Int) -> Int32 {
  sum(ofChannel: channel, errors: errors, length: length, channels: channels)
}

/// `errorSum` of int32 errors.
public func errorSum(ofChannel channel: Int, errors: Span<Int32>, length: Int, channels: Int) -> Int32 {
  sum(ofChannel: channel, errors: errors, length: length, channels: channels)
}

@inline(__always)
private func sum<Element: FixedWidthInteger & SignedInteger>(
  ofChannel channel: Int, errors: Span<Element>, length: Int, channels: Int
) -> Int32 {
  precondition(errors.count == length &* channels && channel >= 0 && channel < channels, "shapes must match")
  var sum: Int32 = 0
  for t in 0..<length { sum &+= Int32(truncatingIfNeeded: errors[t &* channels &+ channel]) }
  return sum
}
