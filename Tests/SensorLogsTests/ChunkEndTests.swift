import Testing

@testable import SensorLogs

/// What stands between the last byte that a chunk decodes to and the end of its data.
@Suite struct ChunkEndTests {
  private static let plain: [UInt8] = {
    var file = MCAPFile()
    file.declare(1, "/a")
    for time in 0..<40 as Range<UInt64> { file.message(1, at: time, "{\"v\":\(time)}") }
    return file.records
  }()

  private func outcome(_ stored: [UInt8], uncompressed: Int, _ name: String, pieceBytes: Int) throws -> (
    messages: Int, losses: [LogLoss.Code: Int], loaded: Bool
  ) {
    var file = MCAPFile()
    file.chunk(stored, uncompressed: uncompressed, name)
    let bytes = file.finished
    let records = MCAPRecordStream(
      try ByteStream(MemoryInput(bytes, pieceBytes: pieceBytes), options: .init()), options: .init())
    var messages = 0
    while let event = try records.next() { if case .message = event { messages += 1 } }
    let input = RandomAccessMemory(bytes)
    let place = MCAPFile().finished.count - 13 - 29 - 8
    let length = try #require(try input.recordPrefix(at: place))
    let loader = MCAPChunkLoader(input: input, limits: MCAPLimits())
    let result = try loader.load(
      at: place, length: length.length, into: ChunkBuffer(ChunkCodec(windowLogMaximum: 23)))
    if case .success = result { return (messages, records.losses.countsByCode, true) }
    return (messages, records.losses.countsByCode, false)
  }

  @Test(arguments: [LogCompression.zstd, .lz4], [Int.max, 7]) func theFrameIsFollowedToItsEnd(
    compression: LogCompression, pieceBytes: Int
  ) throws {
    let name = compression.rawValue
    let frame = try compressed(Self.plain, compression)
    let count = Self.plain.count
    let sound = try outcome(frame, uncompressed: count, name, pieceBytes: pieceBytes)
    #expect(sound.messages == 40 && sound.losses.isEmpty && sound.loaded)
    // Padding is legal.
    let padded = try outcome(frame + [0, 1, 2, 3, 0xFF], uncompressed: count, name, pieceBytes: pieceBytes)
    #expect(padded.messages == 40 && padded.losses.isEmpty && padded.loaded)
    var broken = frame
    broken[broken.count - 1] ^= 1
    for (what, stored, stated) in [
      ("a checksum that does not match", broken, count), ("no checksum", Array(frame.dropLast(4)), count),
      ("more than is stated", frame, count - 3), ("nothing is stated", frame, 0),
    ] {
      let found = try outcome(stored, uncompressed: stated, name, pieceBytes: pieceBytes)
      #expect(found.messages == 0 && found.losses == [.corruptChunk: 1], "\(what)")
      if stated > 0 { #expect(!found.loaded, "\(what)") }
    }
  }

  @Test func whatIsNotCompressedMayBePadded() throws {
    let found = try outcome(Self.plain + [1, 2], uncompressed: Self.plain.count, "", pieceBytes: .max)
    #expect(found.messages == 40 && found.losses.isEmpty && found.loaded)
  }
}
