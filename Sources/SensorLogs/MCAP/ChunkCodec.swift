/// Decompresses the data of chunks.
///
/// Its decompressors are made when first needed and kept for the next chunk.
final class ChunkCodec {
  private let windowLogMaximum: Int
  private var decompressors: [MCAPCompression: any Decompressor] = [:]
  /// nil: the chunk is not compressed.
  private var current: (any Decompressor)?

  /// Whether the frame at hand has ended, its checksum included; so has what is not compressed, at any place.
  private(set) var frameHasEnded = true

  init(windowLogMaximum: Int) {
    self.windowLogMaximum = windowLogMaximum
  }

  /// nil where chunks of this name cannot be read.
  static func readable(_ name: String) -> MCAPCompression? {
    MCAPCompression(rawValue: name)
  }

  /// Begins a chunk; false where there is no memory for its decompressor.
  func begin(_ compression: MCAPCompression) -> Bool {
    current = decompressors[compression]
    if compression != .none, current == nil {
      current = compression.ofFiles.makeDecompressor(windowLogMaximum: windowLogMaximum)
      guard current != nil else { return false }
      decompressors[compression] = current
    }
    current?.reset()
    frameHasEnded = current == nil
    return true
  }

  /// Decompresses all of a chunk's data at once; false, with nothing begun, where they have to be taken in steps.
  ///
  /// - Parameter output: Has room for exactly the chunk's uncompressed bytes.
  func decodeWhole(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
    guard let current else { return false }
    frameHasEnded = current.decodeWhole(input, into: output)
    if frameHasEnded { return true }
    current.reset()
    return false
  }

  /// - Returns: nil if the data are corrupt.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (consumed: Int, produced: Int)? {
    guard let current else {
      let count = min(input.count, output.count)
      output.copyMemory(from: .init(rebasing: input.prefix(count)))
      return (count, count)
    }
    guard case .progressed(let consumed, let produced, let ended) = current.step(input, into: output) else {
      return nil
    }
    if ended { frameHasEnded = true } else if consumed + produced > 0 { frameHasEnded = false }
    return (consumed, produced)
  }
}

/// Compresses the data of chunks.
final class ChunkCompressor {
  let compression: MCAPCompression
  /// nil: chunks are not compressed.
  private let compressor: (any Compressor)?

  /// nil where there is no memory for it.
  ///
  /// - Parameter checksums: Whether the compression's own frames carry checksums.
  init?(_ compression: MCAPCompression, level: Int, checksums: Bool) {
    self.compression = compression
    compressor = compression.ofFiles.makeCompressor(level: level, checksums: checksums)
    if compression != .none, compressor == nil { return nil }
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

extension MCAPCompression {
  /// The same compression of a whole file.
  fileprivate var ofFiles: LogCompression {
    switch self {
    case .none: .none
    case .zstd: .zstd
    case .lz4: .lz4
    }
  }
}
