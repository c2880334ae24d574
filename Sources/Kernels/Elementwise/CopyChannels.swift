/// Copies the first channels of every frame: `[length][channels]` to `[length][kept]`.
///
/// - Parameters:
///   - output: Overwritten. May lie over the input, beginning where it begins or before: elements are taken in order,
///     and none is written behind the one that is read.
/// - Precondition: `0 < kept <= channels`.
public func copyChannels(
  _ input: Span<Int8>, channels: Int, kept: Int, output: inout MutableSpan<Int8>
) {
  precondition(kept > 0 && kept <= channels && input.count % channels == 0, "a frame has the channels that are kept")
  let length = input.count / channels
  precondition(output.count == length &* kept, "shapes must match")
  for t in 0..<length {
    for c in 0..<kept { output[t &* kept &+ c] = input[t &* channels &+ c] }
  }
}
