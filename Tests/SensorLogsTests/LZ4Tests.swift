import Testing

@testable import SensorLogs

@Suite struct LZ4Tests {
  @Test(arguments: [
    ("", 0x02CC_5D05), ("a", 0x550D_7456), ("abc", 0x32D1_53FF),
    ("Nobody inspects the spammish repetition", 0xE229_3B2F),
  ])
  func theHashIsThatOfItsSpecification(text: String, expected: UInt32) {
    let bytes = Array(text.utf8)
    #expect(bytes.withUnsafeBytes { XXHash32.of($0) } == expected)
    for cut in 0...bytes.count {
      var hash = XXHash32()
      bytes[..<cut].withUnsafeBytes { hash.add($0) }
      bytes[cut...].withUnsafeBytes { hash.add($0) }
      #expect(hash.value == expected, "in two parts, the first of \(cut) bytes")
    }
  }

  @Test(arguments: ["linked-4.lz4", "linked-7.lz4", "independent-4.lz4", "independent-7.lz4"])
  func framesOfOtherProgramsAreRead(name: String) throws {
    let stored = try fixture("compressed/\(name)")
    for piece in [1, 7, 1000, .max] {
      let decoded = try Decoded(stored, pieceBytes: piece)
      #expect(decoded.bytes == fixtureTable && decoded.damage == nil, "pieces of \(piece)")
    }
    #expect(try Decoded(stored + stored).bytes == fixtureTable + fixtureTable)
  }

  @Test func storedBlocksAndEmptyFramesAreRead() throws {
    let noise = try fixture("compressed/noise.lz4")
    let empty = try fixture("compressed/empty.lz4")
    for piece in [1, 999, .max] {
      let decoded = try Decoded(empty + noise + empty + noise, pieceBytes: piece)
      #expect(decoded.bytes == fixtureNoise + fixtureNoise && decoded.damage == nil)
    }
  }

  /// Contents that meet every way a block can be written: literals only, overlapping matches, long lengths.
  @Test(arguments: [0, 1, 4, 5, 12, 13, 14, 63, 255, 270, 4096, 65_535, 65_536, 262_143, 262_144, 262_145, 600_000])
  func whatIsWrittenIsReadBack(count: Int) throws {
    let seed = UInt64(count) &+ 11
    var random = SeededGenerator(state: seed)
    let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    let runs = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 300) }
    let words = (0..<count).map { _ in UInt8.random(in: 48...51, using: &random) }
    let periods = (0..<count).map { UInt8(truncatingIfNeeded: $0 % 7 * 31) }
    let table = Array((fixtureTable + fixtureTable + fixtureTable + fixtureTable).prefix(count))
    for content in [noise, runs, words, periods, table] {
      let stored = try compressed(content, .lz4)
      let decoded = try Decoded(stored)
      #expect(decoded.bytes == content && decoded.damage == nil, "seed \(seed)")
      #expect(stored.count <= content.count + content.count / 1000 + 32)
    }
    if count > 4096 { #expect(try compressed(table, .lz4).count < count * 4 / 5) }
  }

  @Test func manyCallsMakeOneFrame() throws {
    let compressor = LZ4Compressor()
    var stored: [UInt8] = []
    for start in stride(from: 0, to: fixtureTable.count, by: 777) {
      let part = Array(fixtureTable[start..<min(start + 777, fixtureTable.count)])
      #expect(part.withUnsafeBytes { compressor.compress($0, into: &stored, endsFrame: false) })
    }
    let nothing: [UInt8] = []
    #expect(nothing.withUnsafeBytes { compressor.compress($0, into: &stored, endsFrame: true) })
    #expect(try stored == compressed(fixtureTable, .lz4))
    #expect(nothing.withUnsafeBytes { compressor.compress($0, into: &stored, endsFrame: true) })
    #expect(try Decoded(stored).bytes == fixtureTable)
  }

  @Test func aBlockNamesWhatIsWrongWithIt() throws {
    var stored = try fixture("compressed/independent-4.lz4")
    stored[20_000] ^= 1
    let decoded = try Decoded(stored)
    #expect(fixtureTable.starts(with: decoded.bytes))
    #expect(decoded.bytes.count % 65_536 == 0)
    let damage = try #require(decoded.damage)
    #expect(damage.code == .corruptCompression && damage.detail.hasPrefix("a block does not match its checksum"))
    #expect(damage.byteOffset + damage.count == stored.count)
  }

  @Test func theLegacyFormatIsRefusedByName() throws {
    #expect(throws: LogReadError(.unsupportedCompression("LZ4's legacy"), path: "memory", byteOffset: 0)) {
      try Decoded([0x02, 0x21, 0x4C, 0x18, 0, 0, 0, 0])
    }
    let behind = try Decoded(compressed(fixtureTable, .lz4) + [0x02, 0x21, 0x4C, 0x18, 0, 0, 0, 0])
    #expect(behind.bytes == fixtureTable)
    #expect(behind.damage?.code == .corruptCompression)
    #expect(behind.damage?.detail == "a frame in LZ4's legacy format, which cannot be read")
  }

  @Test func aFrameThatNeedsADictionaryIsRefused() throws {
    var descriptor: [UInt8] = [0x61, 0x40, 1, 2, 3, 4]
    descriptor.append(LZ4Frame.headerChecksum(descriptor))
    let decoded = try Decoded([0x04, 0x22, 0x4D, 0x18] + descriptor + [0, 0, 0, 0])
    #expect(decoded.bytes.isEmpty)
    #expect(decoded.damage?.detail == "the frame needs a dictionary")
  }

  @Test func aMatchBeforeTheBeginningIsCorrupt() {
    // One literal, then four bytes from two before them.
    let block: [UInt8] = [0x10, 65, 2, 0, 0x50, 1, 2, 3, 4, 5]
    var room = [UInt8](repeating: 0, count: 64 + LZ4Block.slackBytes)
    let (refused, known) = block.withUnsafeBytes { input in
      room.withUnsafeMutableBytes { output in
        (
          LZ4Block.decode(input, to: output.baseAddress! + 8, room: 32, history: 0),
          LZ4Block.decode(input, to: output.baseAddress! + 8, room: 32, history: 1)
        )
      }
    }
    #expect(refused == nil)
    #expect(known == 10)
  }
}
