extension FrameReader {
  /// True once the producer has closed or failed the stream, whatever is still to be read.
  public var hasEnded: Bool { RingStatus(word: memory.loadStatus()) != .open }
}
