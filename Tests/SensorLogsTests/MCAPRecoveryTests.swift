import Foundation
import Testing

@testable import SensorLogs

@Suite struct MCAPRecoveryTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var output: String { folder.file("out.mcap") }

  private func recover(_ content: [UInt8]) throws -> (report: MCAPRecoveryReport, messages: [MadeMessage]) {
    let report = try MCAPRecovery.recover(RandomAccessMemory(content), to: output)
    let reader = try MCAPReader(output)
    let found = try messages(of: reader, areWhole: false)
    #expect(found.count == report.messages && reader.losses.isEmpty)
    return (report, found)
  }

  private func make(
    _ count: Int, _ adjust: (inout MCAPWriteOptions) -> Void = { _ in }
  ) throws -> (made: [MadeMessage], stored: [UInt8]) {
    let path = folder.file("in.mcap")
    let made = try makeMCAP(path, times: (0..<UInt64(count)).map { $0 * 10 }, adjust) {
      try $0.add(MCAPMetadata(name: "m", entries: ["a": "1"]))
      try $0.add(MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t"), data: Array(0..<40))
    }
    return (made, try bytes(of: path))
  }

  /// Where chunks begin and end, the end of their message indices included.
  private func chunks(_ stored: [UInt8]) throws -> [Range<Int>] {
    let index = try MCAPIndex.load(RandomAccessMemory(stored), limits: MCAPLimits()).get()
    return index.chunks.map { $0.offset..<($0.offset + $0.length + $0.messageIndexLength) }
  }

  @Test func aWholeFileIsCopiedAndCalledComplete() throws {
    for chunkBytes in [nil, 300] {
      let (made, stored) = try make(30) { $0.chunkBytes = chunkBytes }
      let (report, found) = try recover(stored)
      #expect(found == made && report.isComplete && report.lost.isEmpty && report.messagesStated == 30)
      #expect(report.attachments == 1 && report.metadata == 1 && report.dataChecksumMatches == true)
      #expect(report.messagesUnverified == (chunkBytes == nil ? 30 : 0))
    }
  }

  @Test func afterACutEverythingBeforeItIsKept() throws {
    for (chunkBytes, compression) in [(nil, MCAPCompression.none), (250, .none), (250, .zstd)] as [(Int?, _)] {
      let (made, stored) = try make(16) {
        $0.chunkBytes = chunkBytes
        $0.compression = compression
      }
      var most = 0
      for count in 0..<stored.count {
        do {
          let (report, found) = try recover(Array(stored.prefix(count)))
          #expect(found.elementsEqual(made.prefix(found.count)), "cut at \(count)")
          #expect(!report.isComplete && found.count >= most, "cut at \(count)")
          most = max(most, found.count)
        } catch let error as LogReadError {
          guard case .damaged = error.code else { throw error }
          #expect(most == 0, "cut at \(count)")
        }
      }
      #expect(most == 16)
    }
  }

  @Test func aFlippedByteCostsAtMostTheChunkThatItIsIn() throws {
    let (made, stored) = try make(24)
    let chunks = try chunks(stored)
    let definitions = chunks[0]
    for place in stored.indices {
      for bits in [UInt8(0xFF), UInt8(1) << (place % 8)] {
        var damaged = stored
        damaged[place] ^= bits
        let (report, found) = try recover(damaged)
        #expect(found == made.filter(Set(found).contains), "byte \(place)")
        let hit = chunks.first { $0.contains(place) }
        let kept = hit == nil ? 24 : definitions.contains(place) ? 0 : 24 - 12
        #expect(found.count >= kept, "byte \(place): \(found.count) messages")
        let isSilent = report.isComplete && found != made
        #expect(!isSilent, "byte \(place)")
        if found.count < 24 { #expect(report.messagesLost > 0 || report.bytesLost > 0, "byte \(place)") }
      }
    }
  }

  /// Its fields are those of a message without data, on a channel that there is.
  @Test func anIndexThatCallsItselfAMessageIsNone() throws {
    let (made, stored) = try make(24) { $0.chunkBytes = 250 }
    let index = try MCAPIndex.load(RandomAccessMemory(stored), limits: MCAPLimits()).get()
    var disguised = 0
    for chunk in index.chunks {
      var place = chunk.offset + chunk.length
      while place < chunk.offset + chunk.length + chunk.messageIndexLength {
        var damaged = stored
        damaged[place] = MCAP.Opcode.message.rawValue
        let (report, found) = try recover(damaged)
        #expect(found == made, "index at byte \(place)")
        #expect(!report.isComplete, "index at byte \(place)")
        disguised += 1
        let length = stored.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place + 1, as: UInt64.self) }
        place += MCAP.prefixBytes + Int(UInt64(littleEndian: length))
      }
    }
    #expect(disguised > 6)
  }

  @Test func aFlippedByteOutsideOfChunksIsNoticed() throws {
    let (made, stored) = try make(12) { $0.chunkBytes = nil }
    for place in stored.indices {
      var damaged = stored
      damaged[place] ^= 0x2A
      let (report, found) = try recover(damaged)
      #expect(found.count >= 9, "byte \(place): \(found.count) messages, \(report.lost)")
      #expect(found == made || !report.isComplete, "byte \(place)")
    }
  }

  @Test func rubbishBetweenRecordsIsPassedOver() throws {
    let (made, stored) = try make(24)
    var generator = SeededGenerator(state: 5)
    for (number, chunk) in try chunks(stored).enumerated() {
      for count in [1, 8, 9, 10, 4_000, 200_000] {
        var damaged = stored
        let rubbish = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        damaged.insert(contentsOf: rubbish, at: chunk.lowerBound)
        let (report, found) = try recover(damaged)
        #expect(found == made, "chunk \(number), \(count) bytes, seed 5")
        // The summary's offsets are not what recovery goes by.
        #expect(report.bytesLost == count && !report.isComplete, "chunk \(number), \(count) bytes, seed 5")
        #expect(report.lost.first.map { $0.start..<$0.end } == chunk.lowerBound..<(chunk.lowerBound + count))
      }
    }
  }

  @Test func aFileFullOfFalseBeginningsComesToAnEnd() throws {
    var content = MCAP.magic
    var head = RecordBuilder()
    // Each claims to be an uncompressed chunk up to the end of the file.
    for number in 0..<20_000 {
      let rest = 49 * (20_000 - number) - 49 - 9
      head.addChunkHeader(
        MCAPChunk(
          startTime: 0, endTime: 0, uncompressedBytes: UInt64(max(0, rest)), checksum: 1, compression: "",
          storedBytes: UInt64(max(0, rest))))
    }
    content += head.bytes
    #expect(throws: LogReadError.self) { try recover(content) }
  }

  @Test func declarationsThatAreLostComeFromTheSummary() throws {
    let (made, stored) = try make(24)
    var damaged = stored
    let first = try chunks(stored)[0]
    damaged[first.upperBound - 150] ^= 0xFF
    damaged[first.lowerBound + 60] ^= 0xFF
    let (report, found) = try recover(damaged)
    #expect(report.chunksLost == 1 && report.messagesLost == 24 - found.count)
    #expect(found.count > 12 && found == Array(made.suffix(found.count)))
    #expect(report.notes.contains { $0.contains("/t0") })
  }

  /// Without a summary: the first chunk, of which nothing can be read, declared what the second one needs.
  private func withLostDeclaration(_ payload: [UInt8], repeatsLater: Bool) throws -> [UInt8] {
    var builder = RecordBuilder()
    builder.bytes = MCAP.magic
    builder.addRecord(.header) {
      $0.add("")
      $0.add("")
    }
    for number in 0..<3 {
      var records = RecordBuilder()
      if number == 0 || (repeatsLater && number == 2) {
        records.addSchema(MCAPSchema(id: 1, name: "s", encoding: "other", data: [1, 2]))
        records.addChannel(MCAPChannel(id: 7, schemaID: 1, topic: "/t", messageEncoding: "other"))
      }
      for index in 0..<5 {
        records.addRecord(.message) {
          $0.add(UInt16(7))
          $0.add(UInt32(number * 5 + index))
          $0.add(UInt64(number * 5 + index))
          $0.add(UInt64(0))
          $0.bytes += payload
        }
      }
      let checksum = records.bytes.withUnsafeBytes { Checksum.of($0) }
      builder.addChunkHeader(
        MCAPChunk(
          startTime: UInt64(number * 5), endTime: UInt64(number * 5 + 4),
          uncompressedBytes: UInt64(records.bytes.count),
          checksum: checksum, compression: "", storedBytes: UInt64(records.bytes.count)))
      builder.bytes += number == 0 ? [UInt8](repeating: 0xEE, count: records.bytes.count) : records.bytes
    }
    return builder.bytes
  }

  @Test func aDeclarationIsLookedForInTheWholeFile() throws {
    let (report, found) = try recover(withLostDeclaration([1, 2, 3], repeatsLater: true))
    #expect(found.map(\.topic) == Array(repeating: "/t", count: 10) && found.map(\.time) == Array(5..<15))
    #expect(report.chunksLost == 1 && !report.isComplete)
    #expect(report.notes.contains { $0.contains("behind their first messages: /t") })
  }

  @Test func messagesOfALostChannelAreKeptWhereTheySayWhatTheyAre() throws {
    let (report, found) = try recover(withLostDeclaration(Array("{\"x\":1}".utf8), repeatsLater: false))
    #expect(found.map(\.topic) == Array(repeating: "/recovered/channel_7", count: 10))
    #expect(!report.isComplete && report.notes.contains { $0.contains("10 JSON messages") })
    #expect(throws: LogReadError.self) { try recover(withLostDeclaration([1, 2, 3], repeatsLater: false)) }
  }

  @Test func aFileThatIsZstdAsAWholeIsRecoveredToo() throws {
    let (made, stored) = try make(4_000)
    let compressed = try zstd(stored)
    for count in [compressed.count, compressed.count - 40] {
      let path = folder.file("in.mcap.zst")
      try Data(compressed.prefix(count)).write(to: URL(fileURLWithPath: path))
      let report = try MCAPRecovery.recover(path, to: output)
      let found = try messages(of: MCAPReader(output))
      #expect(found.elementsEqual(made.prefix(found.count)) && report.messages == found.count)
      #expect(report.isComplete == (count == compressed.count) && report.notes.isEmpty == report.isComplete)
    }
  }

  @Test func whatIsNoMCAPIsRefusedAndNothingIsWritten() throws {
    for content in [[], Array("t,a\n0,1\n".utf8), [UInt8](repeating: 0, count: 100_000), MCAP.magic] {
      #expect(throws: LogReadError.self) { try recover(content) }
    }
    #expect(!FileManager.default.fileExists(atPath: output))
  }
}
