/// Decompresses the data of chunks; the only place that knows how each compression is undone.
///
/// Its decompressors are made when first needed and kept for the next chunk.
final class ChunkCodec {
  private let windowLogMaximum: Int
  private var zstd: ZstdDecompressor?
  private var lz4: LZ4Decompressor?
  private var current = MCAPCompression.none

  init(windowLogMaximum: Int) {
    self.windowLogMaximum = windowLogMaximum
  }

  /// nil where chunks of this name cannot be read.
  static func readable(_ name: String) -> MCAPCompression? {
    MCAPCompression(rawValue: name)
  }

  /// Begins a chunk; false where there is no memory for its decompressor.
  func begin(_ compression: MCAPCompression) -> Bool {
    current = compression
    switch compression {
    case .none: return true
    case .lz4:
      let decompressor = lz4 ?? LZ4Decompressor()
      decompressor.reset()
      lz4 = decompressor
      return true
    case .zstd:
      if zstd == nil { zstd = ZstdDecompressor(windowLogMaximum: windowLogMaximum) }
      guard zstd != nil else { return false }
      zstd!.reset()
      return true
    }
  }

  /// - Returns: nil if the data are corrupt.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (consumed: Int, produced: Int)? {
    switch current {
    case .none:
      let count = min(input.count, output.count)
      output.copyMemory(from: .init(rebasing: input.prefix(count)))
      return (count, count)
    case .zstd:
      guard case .progressed(let consumed, let produced, _) = zstd!.step(input, into: output) else { return nil }
      return (consumed, produced)
    case .lz4:
      guard case .progressed(let consumed, let produced, _)? = lz4?.step(input, into: output) else { return nil }
      return (consumed, produced)
    }
  }
}

/// Compresses the data of chunks.
final class ChunkCompressor {
  let compression: MCAPCompression
  private let compressor: (any Compressor)?

  /// nil where there is no memory for it.
  init?(_ compression: MCAPCompression, level: Int) {
    self.compression = compression
    switch compression {
    case .none:
      compressor = nil
      return
    case .zstd: compressor = ZstdCompressor(level: level)
    case .lz4: compressor = LZ4Compressor()
    }
    if compressor == nil { return nil }
  }

  /// Appends a whole frame.
  ///
  /// - Returns: false where compression fails, which takes running out of memory.
  func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8]) -> Bool {
    guard let compressor else {
      output.append(contentsOf: input)
      return true
    }
    return compressor.compress(input, into: &output, endsFrame: true)
  }
}
