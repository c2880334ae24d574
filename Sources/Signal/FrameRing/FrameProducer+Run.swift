extension FrameProducer {
  /// Adds frames to the batch that the next `publish` makes visible, as many as there is room for.
  ///
  /// Does what appending one after the other does, at a fraction of the cost.
  ///
  /// - Parameter values: Frame-major, a value for each header and channel.
  /// - Returns: How many frames from the front are done with. Under `.block` the others are to be offered again, when
  ///   the producer has published and waited. Under `.dropNewest` those without room are dropped and counted, and
  ///   under `.dropOldest` there is always room, so that all are done with.
  public mutating func append(_ headers: Span<FrameHeader>, values: Span<Float>) -> Int {
    let channels = shape.channels
    precondition(values.count == headers.count * channels, "a frame has a value for each channel")
    var done = 0
    while done < headers.count {
      if state.filled == state.claimed {
        // A batch as long as the ring has to go out before more can be claimed.
        if shape.policy == .dropOldest && state.claimed == shape.capacityFrames { publish() }
        if claim(headers.count - done) == 0 {
          guard shape.policy == .dropNewest else { return done }
          drop(headers.count - done)
          return headers.count
        }
      }
      let count = min(headers.count - done, state.claimed - state.filled, shape.capacityFrames - state.slot)
      memory.setFrames(
        at: state.slot, streamIndex: state.offered, headers.extracting(done..<done + count),
        values: values.extracting(done * channels..<(done + count) * channels))
      finishSlots(count)
      done += count
    }
    return done
  }

  private mutating func finishSlots(_ count: Int) {
    state.offered += UInt64(count.magnitude)
    state.filled += count
    state.slot += count
    if state.slot == shape.capacityFrames { state.slot = 0 }
  }

  private mutating func drop(_ count: Int) {
    let next = state.offered + UInt64(count.magnitude)
    state.overrun.lose(from: state.offered, through: next - 1)
    state.offered = next
  }
}
