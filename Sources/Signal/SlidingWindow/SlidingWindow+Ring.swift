extension SlidingWindow {
  /// Takes frames of a ring one after the other until one of them completes a window.
  ///
  /// Frames that the producer has overwritten meanwhile are passed over.
  ///
  /// - Parameters:
  ///   - offset: The frame to begin with, counted from the reader's cursor; afterwards the one behind those taken.
  ///   - end: Frames from here on are left alone. At most what `availableFrames` said.
  /// - Returns: The window whose last frame stands at `offset - 1`; nil when all frames have been taken.
  public mutating func push(from reader: inout FrameReader, at offset: inout Int, end: Int) -> Placement? {
    while offset < end {
      let frame = reader.header(at: offset)
      offset += 1
      if let frame, let placement = push(frame.header, streamIndex: frame.streamIndex) { return placement }
    }
    return nil
  }
}
