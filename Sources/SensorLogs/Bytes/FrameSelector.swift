/// Skips the skippable frames at a stream's beginning, which say nothing of the compression, and then decompresses
/// what the first other frame is.
final class FrameSelector: Decompressor {
  private(set) var compression: LogCompression?
  private var chosen: (any Decompressor)?
  private let windowLogMaximum: Int
  private var head: [UInt8] = []
  private var left: UInt32 = 0

  init(windowLogMaximum: Int) {
    self.windowLogMaximum = windowLogMaximum
  }

  func reset() {
    compression = nil
    chosen = nil
    head.removeAll()
    left = 0
  }

  func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecompressionStep {
    if let chosen { return chosen.step(input, into: output) }
    if left > 0 {
      let count = min(input.count, Int(left))
      left -= UInt32(count)
      return .progressed(consumed: count, produced: 0, frameEnded: left == 0)
    }
    // Byte by byte: what is not part of a skippable frame is left for the decompressor.
    var consumed = 0
    while consumed < input.count {
      head.append(input[consumed])
      consumed += 1
      if head.count == 4, !isSkippable { return choose(consumed) }
      if head.count == 8 {
        left = head[4...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        head.removeAll(keepingCapacity: true)
        return .progressed(consumed: consumed, produced: 0, frameEnded: left == 0)
      }
    }
    return .progressed(consumed: consumed, produced: 0, frameEnded: false)
  }

  private var isSkippable: Bool { head.withUnsafeBytes { LogCompression.recognized($0) } == .skippable }

  private func choose(_ consumed: Int) -> DecompressionStep {
    guard case .compression(let found)? = head.withUnsafeBytes({ LogCompression.recognized($0) }), found != .gzip else {
      return .failed(.unknownPrefix)
    }
    guard let created = found.makeDecompressor(windowLogMaximum: windowLogMaximum) else {
      return .failed(.corrupt(reason: "no memory for decompression"))
    }
    compression = found
    chosen = created
    // The four bytes may have come in several pieces, so the decompressor gets them from here.
    var nothing: [UInt8] = []
    let step = head.withUnsafeBytes { bytes in
      nothing.withUnsafeMutableBytes { created.step(bytes, into: $0) }
    }
    guard case .progressed(_, _, let frameEnded) = step else { return step }
    return .progressed(consumed: consumed, produced: 0, frameEnded: frameEnded)
  }
}
