import Foundation
import Testing

@testable import SensorLogs

@Suite struct MCAPReaderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Times of all kinds: in order, in bursts that step back, equal, the same throughout.
  private func times(_ count: Int, disorder: UInt64, seed: UInt64) -> [UInt64] {
    var generator = SeededGenerator(state: seed)
    return (0..<UInt64(count)).map { index in
      1_000 + index * 10 + (disorder == 0 ? 0 : generator.next() % disorder) / 10 * 10
    }
  }

  @Test(arguments: [0, 15, 100, 1_000, 100_000] as [UInt64])
  func messagesComeByTimeHoweverTheChunksOverlap(disorder: UInt64) throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      let path = folder.file("a.mcap")
      let made = try makeMCAP(path, times: times(200, disorder: disorder, seed: seed))
      var options = MCAPReadOptions()
      options.order = .logTime
      let reader = try MCAPReader(path, options: options)
      let expected = made.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      #expect(try messages(of: reader) == expected.map(\.element), "seed \(seed)")
      #expect(reader.usedIndex && reader.losses.isEmpty, "seed \(seed): \(reader.notes)")
    }
  }

  @Test(arguments: [MCAPOrder.stored, .logTime], [true, false])
  func topicsAndTimesAreSelected(order: MCAPOrder, usesIndex: Bool) throws {
    let path = folder.file("a.mcap")
    let made = try makeMCAP(path, times: times(120, disorder: 80, seed: 9))
    for (start, end) in [(0, nil), (1_300, nil), (0, 1_700), (1_300, 1_310), (1_300, 1_900), (5_000, nil)]
      as [(UInt64, UInt64?)]
    {
      for topics in [nil, ["/t1"], ["/t0", "/t2"], []] as [Set<String>?] {
        var options = MCAPReadOptions()
        options.order = order
        options.usesIndex = usesIndex
        options.selection.startTime = start
        options.selection.endTime = end
        if let topics { options.selection.topic = { topics.contains($0) } }
        let reader = try MCAPReader(path, options: options)
        let wanted = made.filter {
          $0.time >= start && $0.time < end ?? .max && (topics?.contains($0.topic) ?? true)
        }
        let found = try messages(of: reader)
        if order == .logTime, usesIndex {
          #expect(found == wanted.sorted { ($0.time, $0.sequence) < ($1.time, $1.sequence) })
        } else {
          #expect(found == wanted)
        }
        if let topics { #expect(Set(reader.channels.values.map(\.topic)) == topics) }
      }
    }
  }

  @Test func onlyTheChunksThatAreNeededAreOpened() throws {
    let path = folder.file("a.mcap")
    _ = try makeMCAP(path, times: times(2_000, disorder: 0, seed: 1))
    var options = MCAPReadOptions()
    options.selection.startTime = 10_000
    options.selection.endTime = 10_100
    let reader = try MCAPReader(path, options: options)
    #expect(try messages(of: reader).count == 10)
    #expect(reader.counters.bytesDecoded < 2_500)
  }

  @Test func anIndexThatDoesNotCheckOutIsNotUsed() throws {
    let path = folder.file("a.mcap")
    let made = try makeMCAP(path, times: times(60, disorder: 0, seed: 1))
    let stored = try bytes(of: path)
    var options = MCAPReadOptions()
    options.order = .logTime
    var unused = 0
    for index in (stored.count - 400)..<stored.count {
      var damaged = stored
      damaged[index] ^= 0x11
      try Data(damaged).write(to: URL(fileURLWithPath: folder.file("b.mcap")))
      let reader = try MCAPReader(folder.file("b.mcap"), options: options)
      #expect(try messages(of: reader) == made, "byte \(index)")
      if !reader.usedIndex {
        unused += 1
        #expect(!reader.losses.isEmpty && reader.notes.count == 1, "byte \(index)")
      }
    }
    #expect(unused == 400)
  }

  @Test func aSummaryWithoutChecksumIsComparedWithTheFile() throws {
    let path = folder.file("a.mcap")
    let made = try makeMCAP(path, times: times(60, disorder: 0, seed: 1)) { $0.parts.remove(.checksums) }
    let stored = try bytes(of: path)
    var options = MCAPReadOptions()
    options.order = .logTime
    var (used, unused) = (0, 0)
    for index in (stored.count - 900)..<stored.count {
      var damaged = stored
      damaged[index] ^= 0x11
      try Data(damaged).write(to: URL(fileURLWithPath: folder.file("b.mcap")))
      let reader = try MCAPReader(folder.file("b.mcap"), options: options)
      let found = try messages(of: reader)
      // Topics of the summary may be read wrong, messages may not go missing in silence.
      if found.map(\.sequence) != made.map(\.sequence) {
        #expect(!reader.losses.isEmpty, "byte \(index)")
      }
      if reader.usedIndex { used += 1 } else { unused += 1 }
    }
    #expect(used > 10 && unused > 100)
  }

  @Test func tooManyOverlappingChunksAreReadInTheOrderOfTheFile() throws {
    let path = folder.file("a.mcap")
    let made = try makeMCAP(path, times: (0..<4_000).map { $0 % 2 == 0 ? 0 : 1_000_000 }) { $0.chunkBytes = 100 }
    var options = MCAPReadOptions()
    options.order = .logTime
    let reader = try MCAPReader(path, options: options)
    #expect(try messages(of: reader) == made)
    #expect(!reader.usedIndex && reader.notes.first?.contains("overlap") == true)
  }

  @Test func messagesOutsideOfChunksAreNotMissedByAnIndex() throws {
    let path = folder.file("a.mcap")
    let made = try makeMCAP(path, times: times(20, disorder: 0, seed: 1))
    var stored = try bytes(of: path)
    var extra = RecordBuilder()
    extra.addRecord(.message) {
      $0.add(UInt16(4))
      $0.add(UInt32(99))
      $0.add(UInt64(7))
      $0.add(UInt64(12))
      $0.bytes += [1, 2]
    }
    // Behind the header: every offset of the index is now wrong as well.
    stored.insert(contentsOf: extra.bytes, at: 8 + 9 + 4 + 4 + 7)
    try Data(stored).write(to: URL(fileURLWithPath: path))
    var options = MCAPReadOptions()
    options.order = .logTime
    let reader = try MCAPReader(path, options: options)
    let found = try messages(of: reader)
    #expect(!reader.usedIndex && !reader.losses.isEmpty)
    #expect(found.suffix(20) == made[...])
  }

  @Test func aChunkThatIsDamagedCostsItsOwnMessagesOnly() throws {
    let path = folder.file("a.mcap")
    let made = try makeMCAP(path, times: times(60, disorder: 0, seed: 1))
    var options = MCAPReadOptions()
    options.order = .logTime
    let limits = MCAPLimits(options.limits)
    let file = try #require(try RandomAccessFile(path: path))
    let index = try MCAPIndex.load(file, limits: limits).get()
    var stored = try bytes(of: path)
    stored[index.chunks[3].offset + index.chunks[3].length - 10] ^= 0x40
    try Data(stored).write(to: URL(fileURLWithPath: path))
    let reader = try MCAPReader(path, options: options)
    let found = try messages(of: reader)
    #expect(reader.counters.lostChunks == 1)
    #expect(reader.counters.lostMessages == 60 - found.count && found.count < 60)
    #expect(found == made.filter { found.contains($0) })
    #expect(reader.losses.first.first?.byteOffset == index.chunks[3].offset)
  }

  @Test func aPipeCannotBeReadByItsIndex() throws {
    let path = folder.file("a.mcap")
    let made = try makeMCAP(path, times: times(20, disorder: 0, seed: 1))
    var options = MCAPReadOptions()
    options.order = .logTime
    for content in [try bytes(of: path), try zstd(bytes(of: path))] {
      let reader = try MCAPReader(MemoryInput(content, pieceBytes: 7), options: options)
      #expect(try messages(of: reader) == made)
      #expect(!reader.usedIndex && reader.notes.count == 1)
    }
  }
}
