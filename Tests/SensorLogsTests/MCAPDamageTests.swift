import Foundation
import Testing

@testable import SensorLogs

/// Damage of every kind at every place, seen through the reader of messages.
@Suite struct MCAPDamageTests {
  let folder: TemporaryFolder
  private let made: [MadeMessage]
  private let stored: [UInt8]
  /// How many messages stand whole before each byte, those of the chunk at hand not counted.
  private let whole: [Int]

  init() throws {
    folder = try TemporaryFolder()
    let path = folder.file("a.mcap")
    made = try makeMCAP(path, times: (0..<18).map { 100 + $0 * 10 }) {
      $0.chunkBytes = 300
    } extras: {
      try $0.add(MCAPMetadata(name: "m", entries: ["a": "1"]))
      try $0.add(MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t"), data: Array(0..<40))
    }
    stored = try bytes(of: path)
    var whole = [Int](repeating: 0, count: stored.count + 1)
    let records = MCAPRecordStream(try ByteStream(MemoryInput(stored), windowLogMaximum: 23), options: .init())
    var count = 0
    var ends: [(offset: Int, count: Int)] = []
    while let event = try records.next() {
      if case .message = event { count += 1 }
      ends.append((records.stream.position, count))
    }
    for (offset, count) in ends { for place in offset...stored.count { whole[place] = count } }
    self.whole = whole
  }

  private func read(
    _ content: [UInt8], _ order: MCAPOrder, streamed: Bool
  ) throws -> (messages: [MadeMessage], reader: MCAPReader) {
    var options = MCAPReadOptions()
    options.order = order
    let reader: MCAPReader
    if streamed {
      reader = try MCAPReader(MemoryInput(content), options: options)
    } else {
      try Data(content).write(to: URL(fileURLWithPath: folder.file("b.mcap")))
      reader = try MCAPReader(folder.file("b.mcap"), options: options)
    }
    var found: [MadeMessage] = []
    while let element = try reader.next() {
      guard case .message(let message) = element else { continue }
      let topic = reader.channels[message.channelID]?.topic ?? ""
      found.append(
        MadeMessage(topic: topic, time: message.logTime, sequence: message.sequence, payload: Array(reader.payload)))
    }
    return (found, reader)
  }

  @Test(arguments: [MCAPOrder.stored, .logTime]) func anyCutGivesWhatIsBeforeIt(order: MCAPOrder) throws {
    for count in 0..<stored.count {
      do {
        let (found, reader) = try read(Array(stored.prefix(count)), order, streamed: order == .stored)
        #expect(found.elementsEqual(made.prefix(found.count)) && found.count >= whole[count], "cut at \(count)")
        #expect(!reader.losses.isEmpty, "cut at \(count)")
      } catch is LogReadError {
        #expect(whole[count] == 0, "cut at \(count)")
      }
    }
  }

  @Test(arguments: [MCAPOrder.stored, .logTime]) func anyFlippedByteIsNoticed(order: MCAPOrder) throws {
    for place in stored.indices {
      for bits in [UInt8(0xFF), UInt8(1) << (place % 8)] {
        var damaged = stored
        damaged[place] ^= bits
        do {
          let (found, reader) = try read(damaged, order, streamed: order == .stored)
          let isBeginning =
            found.count >= whole[place] && found.prefix(whole[place]).elementsEqual(made.prefix(whole[place]))
          #expect(isBeginning, "byte \(place)")
          // A message index whose opcode turns into that of a message is taken for one; the sum over all data tells.
          #expect(found.count { !made.contains($0) } <= 1, "byte \(place)")
          // By the index only what is asked for is read: message indices and the sum over all data are not.
          if order == .stored || found != made { #expect(!reader.losses.isEmpty, "byte \(place)") }
        } catch is LogReadError {
          #expect(place < 8, "byte \(place)")
        }
      }
    }
  }

  @Test func largeFilesSurviveDamageAtRandomPlaces() throws {
    let path = folder.file("large.mcap")
    let made = try makeMCAP(path, times: (0..<4_000).map { $0 * 10 }, payloadBytes: 100) { $0.chunkBytes = 20_000 }
    let known = Set(made)
    let stored = try bytes(of: path)
    var rescued = 0
    for seed in 1...150 as ClosedRange<UInt64> {
      var generator = SeededGenerator(state: seed)
      var damaged = stored
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 8..<damaged.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
        case 1: damaged.removeLast(min(damaged.count - 8, Int.random(in: 0..<3_000, using: &generator)))
        case 2: damaged.replaceSubrange(place..<min(damaged.count, place + 9), with: [UInt8](repeating: 255, count: 9))
        default: damaged.removeSubrange(place..<min(damaged.count, place + 500))
        }
        if damaged.count < 1_000 { break }
      }
      let order = seed % 2 == 0 ? MCAPOrder.stored : .logTime
      let (found, reader) = try read(damaged, order, streamed: order == .stored)
      #expect(found.count < 4_000 ? !reader.losses.isEmpty : true, "seed \(seed)")
      #expect(found.allSatisfy(known.contains), "seed \(seed)")
      let recovered = try? MCAPRecovery.recover(RandomAccessMemory(damaged), to: folder.file("out.mcap"))
      // Damage of the summary alone costs nothing.
      if recovered?.isComplete == true { #expect(recovered?.messages == 4_000, "seed \(seed)") }
      // Without one, every declaration is lost: those in the first chunk and those in the summary.
      #expect(recovered?.messages ?? 0 >= found.count, "seed \(seed)")
      rescued += recovered?.messages ?? 0
    }
    #expect(rescued > 150 * 3_000)
  }

  /// A file of one chunk whose header is as given.
  private func chunk(_ header: MCAPChunk, _ data: [UInt8]) -> [UInt8] {
    var file = RecordBuilder()
    file.bytes = MCAP.magic
    file.addRecord(.header) {
      $0.add("")
      $0.add("")
    }
    file.addChunkHeader(header)
    return file.bytes + data
  }

  @Test func absurdLengthsTakeNoMemory() throws {
    let bomb = try zstd([UInt8](repeating: 0, count: 96 << 20))
    #expect(bomb.count < 20_000)
    for (claimed, compression, data) in [
      (4 << 40, "zstd", try zstd([1, 2, 3])), (4 << 40, "", [1, 2, 3]), (.max, "zstd", []),
      (3, "zstd", bomb), (96 << 20, "zstd", bomb), (60 << 20, "zstd", bomb), (60 << 20, "", [0]),
    ] as [(UInt64, String, [UInt8])] {
      let header = MCAPChunk(
        startTime: 0, endTime: 0, uncompressedBytes: claimed, checksum: 1, compression: compression,
        storedBytes: UInt64(data.count))
      let content = chunk(header, data)
      let before = residentMiB()
      let (found, reader) = try read(content, .stored, streamed: true)
      #expect(found.isEmpty && !reader.losses.isEmpty)
      #expect(throws: LogReadError.self) {
        try MCAPRecovery.recover(RandomAccessMemory(content), to: folder.file("out.mcap"))
      }
      #expect(residentMiB() - before < 200)
    }
  }

  @Test func recordsOfAbsurdLengthAndUnknownKindAreToldOf() throws {
    for length: UInt64 in [1 << 63, (1 << 63) + 5, 1 << 40, .max, 1 << 62, (1 << 62) - 1] {
      for opcode: UInt8 in [0, 5, 6, 9, 0x0C, 0x10, 0x7F, 0x80, 0xFF] {
        var damaged = stored
        // In the place of the first record behind the header.
        let place = 8 + 9 + 4 + 4 + 7
        damaged[place] = opcode
        withUnsafeBytes(of: length.littleEndian) { damaged.replaceSubrange((place + 1)..<(place + 9), with: $0) }
        for order in [MCAPOrder.stored, .logTime] {
          let (_, reader) = try read(damaged, order, streamed: order == .stored)
          #expect(!reader.losses.isEmpty, "opcode \(opcode), length \(length)")
        }
        let report = try MCAPRecovery.recover(RandomAccessMemory(damaged), to: folder.file("out.mcap"))
        #expect(report.messages > 8 && !report.isComplete, "opcode \(opcode), length \(length)")
      }
    }
  }

  @Test func recordsOfOthersArePassedOver() throws {
    for opcode: UInt8 in [0x80, 0xFF, 0x42] {
      var content = stored
      content.insert(contentsOf: [opcode, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], at: 8 + 9 + 4 + 4 + 7)
      let (found, reader) = try read(content, .stored, streamed: true)
      #expect(found == made)
      #expect(reader.losses.countsByCode[.unknownRecord] == (opcode == 0x42 ? 1 : nil))
    }
  }

  private func residentMiB() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    return (Int(text.split(separator: " ").dropFirst().first ?? "0") ?? 0) * 4096 >> 20
  }
}
