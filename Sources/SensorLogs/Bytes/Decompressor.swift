/// Turns stored bytes into decoded ones, piece by piece, in memory that does not grow with the stream.
///
/// A stream is any number of frames behind each other (gzip calls them members).
protocol Decompressor: AnyObject {
  /// Starts anew, at a frame's beginning.
  func reset()

  /// Decodes some of the input, or hands out what an earlier call decoded and had no room for.
  ///
  /// As little is done at once as the format allows, so that a failure costs nothing that stands before it: the bytes
  /// consumed so far end where the failing block, or frame, begins.
  func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecompressionStep

  /// Decodes a frame that is there from its first to its last byte straight to its place.
  ///
  /// - Parameters:
  ///   - input: The frame; what stands behind it is left alone.
  ///   - output: Has room for exactly what the frame decodes to.
  /// - Returns: false where that cannot be done, whatever the reason: the frame is then to be taken in steps, after
  ///   `reset`.
  func decodeWhole(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool
}

extension Decompressor {
  func decodeWhole(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool { false }
}

enum DecompressionStep {
  /// - frameEnded: A frame ended exactly here and all of it has been handed out.
  case progressed(consumed: Int, produced: Int, frameEnded: Bool)
  case failed(DecompressionFailure)
}

enum DecompressionFailure: Equatable {
  /// - neededLog: The window that the frame asks for, as a power of two, where it can be told.
  case windowTooLarge(neededLog: Int?)
  case unknownPrefix
  case corrupt(reason: String)
}

/// Turns bytes into frames.
protocol Compressor: AnyObject {
  /// Compresses bytes and appends what is ready.
  ///
  /// - Parameter endsFrame: Everything so far becomes one whole frame.
  /// - Returns: false if compression fails, which takes running out of memory.
  func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8], endsFrame: Bool) -> Bool
}

extension LogCompression {
  /// The compression whose first bytes these are; nil where they are none, `skippable` where they do not tell yet.
  static func recognized(_ head: UnsafeRawBufferPointer) -> Recognized? {
    guard head.count >= 4 else { return head.starts(with: gzipMagic) ? .compression(.gzip) : nil }
    let magic = UInt32(littleEndian: head.loadUnaligned(as: UInt32.self))
    switch magic {
    case zstdMagic: return .compression(.zstd)
    case lz4Magic: return .compression(.lz4)
    default:
      if magic & skippableMask == skippableMagic { return .skippable }
      return head.starts(with: gzipMagic) ? .compression(.gzip) : nil
    }
  }

  enum Recognized: Equatable {
    case compression(LogCompression)
    case skippable
  }

  static let zstdMagic: UInt32 = 0xFD2F_B528
  static let lz4Magic: UInt32 = 0x184D_2204
  /// Frames for any other use; zstd and LZ4 share them.
  static let skippableMagic: UInt32 = 0x184D_2A50
  static let skippableMask: UInt32 = 0xFFFF_FFF0
  static let gzipMagic: [UInt8] = [0x1F, 0x8B]

  /// Whether a frame of this compression can begin with these bytes, of which there may be too few to be sure.
  func canBegin(with head: [UInt8]) -> Bool {
    func fits(_ magic: UInt32, mask: UInt32 = .max) -> Bool {
      head.prefix(4).enumerated().allSatisfy { index, byte in
        (UInt32(byte) ^ (magic >> UInt32(8 * index))) & (mask >> UInt32(8 * index)) & 0xFF == 0
      }
    }
    return switch self {
    case .none: false
    case .gzip: head.prefix(2).elementsEqual(Self.gzipMagic.prefix(head.count))
    case .zstd: fits(Self.zstdMagic) || fits(Self.skippableMagic, mask: Self.skippableMask)
    // A legacy frame is not read, but called by its name.
    case .lz4:
      fits(Self.lz4Magic) || fits(Self.skippableMagic, mask: Self.skippableMask) || fits(LZ4Frame.legacyMagic)
    }
  }

  /// nil for `none`, and where there is no memory for it.
  func makeDecompressor(windowLogMaximum: Int) -> (any Decompressor)? {
    switch self {
    case .none: nil
    case .zstd: ZstdDecompressor(windowLogMaximum: windowLogMaximum, failsLate: true)
    case .gzip: GzipDecompressor()
    case .lz4: LZ4Decompressor()
    }
  }

  /// nil for `none`, and where there is no memory for it.
  ///
  /// - Parameters:
  ///   - level: As libzstd counts them; gzip takes the nearest of its nine, LZ4 has one.
  ///   - checksums: Whether zstd and LZ4 frames carry a checksum; gzip's always do.
  func makeCompressor(level: Int, checksums: Bool = true) -> (any Compressor)? {
    switch self {
    case .none: nil
    case .zstd: ZstdCompressor(level: level, checksums: checksums)
    case .gzip: GzipCompressor(level: level)
    case .lz4: LZ4Compressor(checksums: checksums)
    }
  }
}
