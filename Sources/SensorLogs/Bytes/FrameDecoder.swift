/// Decompresses a file's frames one after the other.
///
/// Damage ends it; `damage` then says what is wrong, from which byte on, and how many stored bytes were given up.
final class FrameDecoder {
  private let stored: StoredBytes
  private let decompressor: any Decompressor
  private let recognized: LogCompression.Recognized
  private let windowLogMaximum: Int
  private(set) var damage: LogLoss?
  private(set) var frames = CompressedFrames()

  /// Behind damage: where another frame may begin.
  private(set) var nextFrame: Int?

  private var atFrameBoundary = true
  private var outputWasFull = false
  /// Where the current frame begins, and its first bytes, as many as tell what it is.
  private(set) var frameStart = 0
  private var frameHead: [UInt8] = []

  init(
    _ stored: StoredBytes, _ recognized: LogCompression.Recognized, windowLogMaximum: Int
  ) throws(LogReadError) {
    let created: (any Decompressor)? =
      switch recognized {
      case .skippable: FrameSelector(windowLogMaximum: windowLogMaximum)
      case .compression(let compression): compression.makeDecompressor(windowLogMaximum: windowLogMaximum)
      }
    guard let created else {
      throw LogReadError(
        .invalidOption("decompression with a window of 2^\(windowLogMaximum) bytes cannot be had"),
        path: stored.input.path)
    }
    self.stored = stored
    self.recognized = recognized
    self.windowLogMaximum = windowLogMaximum
    decompressor = created
  }

  /// Known once a frame that is not skippable has begun; until then zstd, which has such frames more often.
  var compression: LogCompression {
    switch recognized {
    case .compression(let compression): compression
    case .skippable: (decompressor as? FrameSelector)?.compression ?? .zstd
    }
  }

  /// Decodes at least one byte, or gives 0 at the end or at damage.
  func read(into room: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    while damage == nil {
      // A full output may hide that more is ready, without any more input.
      if !outputWasFull, try !stored.refill() {
        noteEnd()
        return 0
      }
      let source = stored.waiting
      switch decompressor.step(source, into: room) {
      case .progressed(let consumed, let produced, let frameEnded):
        // Without any progress a finished frame would be reported again and again.
        if consumed > 0 || produced > 0 {
          noteHead(source, consumed)
          atFrameBoundary = frameEnded
          if frameEnded { frames.add(head: frameHead) }
        }
        stored.consume(consumed)
        outputWasFull = produced == room.count
        if produced > 0 { return produced }
        if consumed == 0, !outputWasFull, !source.isEmpty { try fail(.corrupt(reason: "no progress")) }
      case .failed(let failure):
        try fail(failure)
      }
    }
    return 0
  }

  private func noteHead(_ source: UnsafeRawBufferPointer, _ consumed: Int) {
    if atFrameBoundary, consumed > 0 {
      frameStart = stored.position
      frameHead.removeAll(keepingCapacity: true)
    }
    let missing = CompressedFrames.headBytes - frameHead.count
    if missing > 0 { frameHead += source.prefix(min(consumed, missing)) }
  }

  private func noteEnd() {
    if atFrameBoundary { return }
    let offset = stored.position
    // A few bytes that could not be the beginning of a frame are no torn frame.
    if frameStart > 0, !compression.canBegin(with: frameHead) {
      damage = LogLoss(.trailingBytes, byteOffset: frameStart, count: offset - frameStart)
    } else {
      damage = LogLoss(.truncated, byteOffset: offset)
    }
  }

  private func fail(_ failure: DecompressionFailure) throws(LogReadError) {
    let offset = stored.position
    let head = (atFrameBoundary ? [] : frameHead) + stored.waiting.prefix(4)
    let isTrailing = (atFrameBoundary ? offset : frameStart) > 0 && !compression.canBegin(with: Array(head.prefix(4)))
    let start = isTrailing && !atFrameBoundary ? frameStart : offset
    // The frame that has failed begins with the pattern itself where nothing of it was consumed.
    if !isTrailing, atFrameBoundary { stored.consume(min(1, stored.waiting.count)) }
    let skipped = stored.position - start
    let rest = try stored.drain(lookingFor: magic)
    let count = max(1, skipped + rest.count)
    nextFrame = rest.found
    if isTrailing {
      // What has another frame behind it stood where a frame was.
      damage =
        rest.found.map {
          LogLoss(
            .corruptCompression, byteOffset: start, count: count,
            detail: "no frame begins so; another frame may begin at byte \($0)")
        } ?? LogLoss(.trailingBytes, byteOffset: start, count: count)
      return
    }
    damage =
      switch failure {
      case .windowTooLarge(let log):
        LogLoss(
          .windowTooLarge, byteOffset: start, count: count,
          detail: (log.map { "it takes 2^\($0) bytes, " } ?? "") + "allowed are 2^\(windowLogMaximum)")
      case .unknownPrefix: LogLoss(.corruptCompression, byteOffset: start, count: count)
      case .corrupt(let reason):
        LogLoss(
          .corruptCompression, byteOffset: start, count: count,
          detail: reason + (rest.found.map { "; another frame may begin at byte \($0)" } ?? ""))
      }
  }

  private var magic: UInt32? {
    switch compression {
    case .zstd: LogCompression.zstdMagic
    case .lz4: LogCompression.lz4Magic
    // Two bytes and the one method there is, without flags: what most programs write.
    case .gzip: 0x0008_8B1F
    case .none: nil
    }
  }
}
