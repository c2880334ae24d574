import CZstd

/// libzstd's streaming compressor, one frame after another.
final class ZstdCompressor: Compressor {
  private let context: OpaquePointer
  private let room: UnsafeMutableRawBufferPointer

  /// - Parameters:
  ///   - level: As libzstd counts them; out of range is clamped there.
  ///   - checksums: Whether each frame carries one of its content.
  init?(level: Int, checksums: Bool = true) {
    guard let created = ZSTD_createCCtx() else { return nil }
    guard ZSTD_isError(ZSTD_CCtx_setParameter(created, ZSTD_c_compressionLevel, Int32(clamping: level))) == 0,
      ZSTD_isError(ZSTD_CCtx_setParameter(created, ZSTD_c_checksumFlag, checksums ? 1 : 0)) == 0
    else {
      ZSTD_freeCCtx(created)
      return nil
    }
    context = created
    room = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
  }

  deinit {
    ZSTD_freeCCtx(context)
    room.deallocate()
  }

  func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8], endsFrame: Bool) -> Bool {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    while true {
      var target = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
      let result = ZSTD_compressStream2(context, &target, &source, endsFrame ? ZSTD_e_end : ZSTD_e_continue)
      if ZSTD_isError(result) != 0 { return false }
      output.append(contentsOf: room.prefix(target.pos))
      if endsFrame ? result == 0 : source.pos == source.size { return true }
    }
  }
}
