/// Decompresses the data of chunks; the only place that knows how each compression is undone.
///
/// Its decompressors are made when first needed and kept for the next chunk.
final class ChunkCodec {
  private let windowLogMaximum: Int
  private var zstd: ZstdDecompressor?
  private var current = MCAPCompression.none

  init(windowLogMaximum: Int) {
    self.windowLogMaximum = windowLogMaximum
  }

  /// nil where chunks of this name cannot be read.
  static func readable(_ name: String) -> MCAPCompression? {
    MCAPCompression(rawValue: name).flatMap { $0 == .lz4 ? nil : $0 }
  }

  /// Begins a chunk; false where there is no memory for its decompressor.
  func begin(_ compression: MCAPCompression) -> Bool {
    current = compression
    switch compression {
    case .none, .lz4: return true
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
    case .lz4: return nil
    }
  }
}

/// Compresses the data of chunks.
final class ChunkCompressor {
  let compression: MCAPCompression
  private var zstd: ZstdCompressor?

  /// nil where there is no memory for it, or where the compression cannot be written.
  init?(_ compression: MCAPCompression, level: Int) {
    self.compression = compression
    switch compression {
    case .none: zstd = nil
    case .zstd:
      zstd = ZstdCompressor(level: level)
      if zstd == nil { return nil }
    case .lz4: return nil
    }
  }

  /// Appends a whole frame.
  ///
  /// - Returns: false where compression fails, which takes running out of memory.
  func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8]) -> Bool {
    switch compression {
    case .none:
      output.append(contentsOf: input)
      return true
    case .zstd: return zstd!.compress(input, into: &output, endsFrame: true)
    case .lz4: return false
    }
  }
}
