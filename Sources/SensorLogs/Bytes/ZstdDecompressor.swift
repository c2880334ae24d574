import CZstd

/// libzstd's streaming decompressor: any number of frames, skippable and empty ones included.
///
/// Its memory is the window of the frame, which is refused beyond the limit.
struct ZstdDecompressor: ~Copyable {
  enum Step {
    /// - frameEnded: A frame ended exactly here and all of it has been handed out.
    case progressed(consumed: Int, produced: Int, frameEnded: Bool)
    case failed(Failure)
  }

  enum Failure: Equatable {
    case windowTooLarge
    case unknownPrefix
    case corrupt(reason: String)
  }

  private let context: OpaquePointer

  /// nil when there is no memory for it, or when the window is beyond what libzstd knows.
  init?(windowLogMaximum: Int) {
    guard let created = ZSTD_createDCtx() else { return nil }
    guard ZSTD_isError(ZSTD_DCtx_setParameter(created, ZSTD_d_windowLogMax, Int32(windowLogMaximum))) == 0 else {
      ZSTD_freeDCtx(created)
      return nil
    }
    context = created
  }

  deinit {
    ZSTD_freeDCtx(context)
  }

  /// Starts anew, at a frame's beginning.
  mutating func reset() {
    // Resetting the session alone cannot fail.
    _ = ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
  }

  mutating func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Step {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = ZSTD_decompressStream(context, &target, &source)
    guard ZSTD_isError(result) == 0 else {
      return switch ZSTD_getErrorCode(result) {
      case ZSTD_error_frameParameter_windowTooLarge: .failed(.windowTooLarge)
      case ZSTD_error_prefix_unknown: .failed(.unknownPrefix)
      default: .failed(.corrupt(reason: String(cString: ZSTD_getErrorName(result))))
      }
    }
    return .progressed(consumed: source.pos, produced: target.pos, frameEnded: result == 0)
  }

  /// Whether bytes begin a zstd frame or a skippable frame.
  static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 4 else { return false }
    let magic = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    return magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50
  }
}
