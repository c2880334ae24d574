import CZstd
import Testing

@testable import SensorLogs

/// A chunk that is decompressed at once is the chunk that is decompressed in pieces, and what cannot be done at once
/// is still done in pieces.
@Suite struct WholeChunkTests {
  private static func compressed(_ content: [UInt8], checksums: Bool) throws -> [UInt8] {
    let compressor = try #require(LogCompression.zstd.makeCompressor(level: 3, checksums: checksums))
    var stored: [UInt8] = []
    #expect(content.withUnsafeBytes { compressor.compress($0, into: &stored, endsFrame: true) })
    return stored
  }

  /// nil where the chunk is corrupt.
  private static func inPieces(_ stored: [UInt8], limit: Int, pieceBytes: Int) -> [UInt8]? {
    let buffer = ChunkBuffer(ChunkCodec(windowLogMaximum: 23))
    guard buffer.begin(.zstd) else { return nil }
    return add(stored, to: buffer, limit: limit, pieceBytes: pieceBytes)
  }

  private static func add(_ stored: [UInt8], to buffer: ChunkBuffer, limit: Int, pieceBytes: Int) -> [UInt8]? {
    for start in stride(from: 0, to: stored.count, by: pieceBytes) {
      let piece = Array(stored[start..<min(start + pieceBytes, stored.count)])
      guard piece.withUnsafeBytes({ buffer.add($0, limit: limit) }) != nil else { return nil }
    }
    return buffer.count == limit ? Array(buffer.bytes) : nil
  }

  private static func content(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...9, using: &generator) }
  }

  /// Sound, padded, doubled, cut and flipped chunks, with a limit that is right, too small and too large.
  @Test(arguments: [false, true]) func wholeIsWhatPiecesAre(checksums: Bool) throws {
    let seed: UInt64 = 31
    var generator = SeededGenerator(state: seed)
    let buffer = ChunkBuffer(ChunkCodec(windowLogMaximum: 23))
    var decodedAtOnce = 0
    for round in 0..<600 {
      let content = Self.content(Int.random(in: 1...3000, using: &generator), &generator)
      var stored = try Self.compressed(content, checksums: checksums)
      switch round % 6 {
      case 1: stored += [0, 1, 2]
      case 2: stored += stored
      case 3: stored.removeLast(Int.random(in: 1...stored.count - 1, using: &generator))
      case 4:
        stored[Int.random(in: 0..<stored.count, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      default: break
      }
      let limit = round % 5 == 4 ? content.count + Int.random(in: -1...1, using: &generator) : content.count
      let expected = Self.inPieces(stored, limit: limit, pieceBytes: Int.random(in: 1...4000, using: &generator))
      #expect(buffer.begin(.zstd))
      if stored.withUnsafeBytes({ buffer.addWhole($0, limit: limit) }) {
        decodedAtOnce += 1
        #expect(Array(buffer.bytes) == expected, "seed \(seed), round \(round)")
      } else {
        let found = Self.add(stored, to: buffer, limit: limit, pieceBytes: 777)
        #expect(found == expected, "seed \(seed), round \(round)")
      }
    }
    #expect(decodedAtOnce > 300)
  }

  @Test func aChunkBeyondTheMemoryThatIsThereIsLeftForPieces() throws {
    let content = [UInt8](repeating: 7, count: ChunkBuffer.initialCapacity + 1)
    let stored = try Self.compressed(content, checksums: false)
    let buffer = ChunkBuffer(ChunkCodec(windowLogMaximum: 23))
    #expect(buffer.begin(.zstd))
    #expect(!stored.withUnsafeBytes { buffer.addWhole($0, limit: content.count) })
    #expect(Self.add(stored, to: buffer, limit: content.count, pieceBytes: 100) == content)
    // Now there is room.
    #expect(buffer.begin(.zstd))
    #expect(stored.withUnsafeBytes { buffer.addWhole($0, limit: content.count) })
    #expect(Array(buffer.bytes) == content)
  }

  /// Decoding at once takes no memory for the window, but whether a file is read must not depend on the way.
  @Test func aWindowBeyondTheLimitIsRefusedEitherWay() throws {
    let content = [UInt8](repeating: 7, count: 5000)
    for log in Int32(10)...19 {
      let context = try #require(ZSTD_createCCtx())
      defer { ZSTD_freeCCtx(context) }
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, log)
      var stored = [UInt8](repeating: 0, count: 10_000)
      let count = stored.withUnsafeMutableBytes { target in
        content.withUnsafeBytes { source in
          var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          // In two steps, so that the frame states its window and not its size.
          var first = ZSTD_inBuffer(src: source.baseAddress, size: 100, pos: 0)
          ZSTD_compressStream2(context, &output, &first, ZSTD_e_flush)
          var rest = ZSTD_inBuffer(src: source.baseAddress! + 100, size: source.count - 100, pos: 0)
          ZSTD_compressStream2(context, &output, &rest, ZSTD_e_end)
          return output.pos
        }
      }
      stored.removeLast(stored.count - count)
      let buffer = ChunkBuffer(ChunkCodec(windowLogMaximum: 15))
      #expect(buffer.begin(.zstd))
      let whole = stored.withUnsafeBytes { buffer.addWhole($0, limit: content.count) }
      #expect(whole == (log <= 15), "window 2^\(log)")
      #expect(buffer.begin(.zstd))
      let found = Self.add(stored, to: buffer, limit: content.count, pieceBytes: .max - 1)
      #expect((found == content) == (log <= 15), "window 2^\(log)")
    }
  }

  /// The flag of a zstd frame's descriptor (RFC 8878, 3.1.1.1.1.5).
  @Test(arguments: [false, true]) func framesCarryAChecksumWhereAskedFor(checksums: Bool) throws {
    let stored = try Self.compressed([1, 2, 3], checksums: checksums)
    #expect((stored[4] & 4 != 0) == checksums)
    var file: [UInt8] = []
    let lz4 = try #require(LogCompression.lz4.makeCompressor(level: 3, checksums: checksums))
    let content: [UInt8] = [1, 2, 3]
    #expect(content.withUnsafeBytes { lz4.compress($0, into: &file, endsFrame: true) })
    #expect((file[4] & LZ4Frame.contentChecksum != 0) == checksums)
    let stream = try ByteStream(MemoryInput(file), windowLogMaximum: 23)
    #expect(try stream.ensure(3) && stream.damage == nil)
    #expect(Array(stream.window) == content)
    stream.advance(3)
    #expect(try !stream.fill() && stream.damage == nil)
  }
}
