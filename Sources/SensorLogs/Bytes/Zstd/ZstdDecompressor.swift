import CZstd

/// libzstd's streaming decompressor: any number of frames, skippable and empty ones included.
///
/// Its memory is the window of the frame, which is refused beyond the limit.
final class ZstdDecompressor: Decompressor {
  private let context: OpaquePointer
  private let windowLogMaximum: Int
  private let failsLate: Bool

  /// What libzstd asks for next; with `failsLate` it never gets more.
  private var wanted = ZstdDecompressor.smallestFrameBytes
  /// The first bytes of the current frame, for what its header says.
  private var head: [UInt8] = []
  /// What the current frame has decoded to.
  private var frameBytes: UInt64 = 0

  private static let smallestFrameBytes = 9
  private static let longestHeadBytes = 18
  private static let magicBytes = 4

  /// nil when there is no memory for it, or when the window is beyond what libzstd knows.
  ///
  /// - Parameter failsLate: libzstd forgets what a call decoded if the call then fails. With true it is given one
  ///   block at a time, so that everything before a bad block is handed out.
  init?(windowLogMaximum: Int, failsLate: Bool = false) {
    guard let created = ZSTD_createDCtx() else { return nil }
    let limit = Int32(clamping: windowLogMaximum)
    guard ZSTD_isError(ZSTD_DCtx_setParameter(created, ZSTD_d_windowLogMax, limit)) == 0 else {
      ZSTD_freeDCtx(created)
      return nil
    }
    context = created
    self.windowLogMaximum = windowLogMaximum
    self.failsLate = failsLate
  }

  deinit {
    ZSTD_freeDCtx(context)
  }

  func reset() {
    // Resetting the session alone cannot fail.
    _ = ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    beginFrame()
  }

  private func beginFrame() {
    wanted = Self.smallestFrameBytes
    frameBytes = 0
    head.removeAll(keepingCapacity: true)
  }

  func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecompressionStep {
    if beginsLegacyFrame(input) { return .failed(.unknownPrefix) }
    let given = failsLate ? min(input.count, wanted) : input.count
    var source = ZSTD_inBuffer(src: input.baseAddress, size: given, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = ZSTD_decompressStream(context, &target, &source)
    let known = head.count
    if known < Self.longestHeadBytes { head += input.prefix(min(given, Self.longestHeadBytes - known)) }
    guard ZSTD_isError(result) == 0 else {
      return switch ZSTD_getErrorCode(result) {
      case ZSTD_error_frameParameter_windowTooLarge: .failed(.windowTooLarge(neededLog: neededWindowLog))
      case ZSTD_error_prefix_unknown: .failed(.unknownPrefix)
      default: .failed(.corrupt(reason: String(cString: ZSTD_getErrorName(result))))
      }
    }
    // What was not taken comes again.
    head.removeLast(max(0, head.count - known - source.pos))
    frameBytes += UInt64(target.pos)
    if result == 0 {
      // libzstd leaves this out where the last block is empty and the frame comes in pieces.
      if let stated = Self.contentBytes(head), stated != frameBytes {
        return .failed(.corrupt(reason: "the frame states \(stated) bytes and has \(frameBytes)"))
      }
      beginFrame()
    } else {
      wanted = result
    }
    return .progressed(consumed: source.pos, produced: target.pos, frameEnded: result == 0)
  }

  /// libzstd can be built to read the formats before 0.8 as well, whose magic numbers are those below the present one:
  /// then without looking at the limit of the window.
  private func beginsLegacyFrame(_ input: UnsafeRawBufferPointer) -> Bool {
    guard head.count < Self.magicBytes else { return false }
    let magic = head + input.prefix(Self.magicBytes - head.count)
    return magic.count == Self.magicBytes && (0x1e...0x27).contains(magic[0]) && magic[1...] == [0xb5, 0x2f, 0xfd]
  }

  /// Without the copy that decoding in steps makes, for which earlier bytes have to stay where libzstd put them.
  func decodeWhole(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
    // Decoding at once takes no window from memory, but a frame is not read or refused by the way it comes.
    guard case .compression(.zstd)? = LogCompression.recognized(input),
      let log = Self.neededWindowLog(Array(input.prefix(Self.longestHeadBytes))), log <= windowLogMaximum
    else { return false }
    let frameBytes = ZSTD_findFrameCompressedSize(input.baseAddress, input.count)
    guard ZSTD_isError(frameBytes) == 0 else { return false }
    return ZSTD_decompressDCtx(context, output.baseAddress, output.count, input.baseAddress, frameBytes) == output.count
  }

  private var neededWindowLog: Int? { Self.neededWindowLog(head) }

  /// The smallest power of two that holds the window which the frame's header asks for (RFC 8878, 3.1.1.1).
  private static func neededWindowLog(_ head: [UInt8]) -> Int? {
    guard head.count >= 6 else { return nil }
    if head[4] & singleSegment == 0 {
      // An eighth of the power is added as often as the low bits say.
      return 10 + Int(head[5] >> 3) + (head[5] & 7 == 0 ? 0 : 1)
    }
    // The window of such a frame is all of it.
    guard let size = contentBytes(head) else { return nil }
    return size <= 1 ? 0 : 64 - (size - 1).leadingZeroBitCount
  }

  private static let singleSegment: UInt8 = 0x20

  /// What a frame decodes to by its own account; nil where its header does not tell, and for skippable frames.
  private static func contentBytes(_ head: [UInt8]) -> UInt64? {
    guard head.count >= 6, head[..<4] == [0x28, 0xb5, 0x2f, 0xfd] else { return nil }
    let descriptor = head[4]
    let isSingleSegment = descriptor & singleSegment != 0
    let count = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
    // The size follows the window and the dictionary's number.
    let start = 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][Int(descriptor & 3)]
    guard count > 0, head.count >= start + count else { return nil }
    let stated = head[start..<(start + count)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return stated &+ (count == 2 ? 256 : 0)
  }
}
