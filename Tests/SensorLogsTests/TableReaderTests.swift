import Testing

@testable import SensorLogs

private let small = """
  time_s,acc_x [g],acc_y (m/s2),segment,label
  0,0.5,-1,0,walk
  0.02,0.25,-2.5e-1,0,walk
  0.04,,nan,1,-1
  0.06,1,2,1,"stand, still"

  """

@Suite struct TableReaderTests {
  @Test func daysThatNoMonthHasAreNoTimes() throws {
    let text =
      "time,a\n2026-02-28T00:00:00Z,1\n2026-02-31T00:00:00Z,2\n2024-02-29T00:00:00Z,3\n"
      + "2026-04-31T00:00:00Z,4\n2262-04-11T23:47:16.9Z,5\n"
    let recording = try read(text)
    #expect(recording.doubles == [1, 3] && recording.losses.countsByCode == [.badTime: 3])
  }

  @Test(
    arguments: ["a\n1\n2\n3\n", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n"],
    [1e-300, .leastNonzeroMagnitude, 1e-9, 1e300])
  func ratesBeyondAllTimesAreNoCrash(text: String, rate: Double) throws {
    var options = LogReadOptions()
    options.rateHz = rate
    let times = try read(text, options: options).times
    #expect(
      times
        == (rate > 1
          ? [0, 0, 0] : rate < 1e-100 ? [0, .max, .max] : [0, 1_000_000_000_000_000_000, 2_000_000_000_000_000_000]))
  }

  @Test func aTableGivesTimesValuesUnitsLabelsAndSegments() throws {
    let recording = try read(small)
    #expect(recording.channels == [Channel(name: "acc_x", unit: "g"), Channel(name: "acc_y", unit: "m/s2")])
    #expect(recording.times == [0, 20_000_000, 40_000_000, 60_000_000])
    #expect(Array(recording.doubles.prefix(4)) == [0.5, -1, 0.25, -0.25])
    #expect(recording.doubles[4].isNaN && recording.doubles[5].isNaN)
    #expect(recording.labels == ["walk", "walk", nil, "stand, still"])
    #expect(recording.segments == [0, 0, 1, 1])
    #expect(recording.losses.isEmpty)
  }

  @Test func missingCellsAreCounted() throws {
    let reader = try SensorLog.open(MemoryInput(Array(small.utf8)), options: .init())
    var batch = FrameBatch()
    while try reader.read(into: &batch, maximumFrames: 2) {}
    #expect(reader.counters.missingValues == 2)
    #expect(reader.counters.bytesRead == small.utf8.count)
  }

  @Test(arguments: 1...64) func framesDoNotDependOnHowTheBytesArrive(pieceBytes: Int) throws {
    let plain = Array(small.utf8)
    let whole = try read(plain)
    #expect(try read(plain, pieceBytes: pieceBytes) == whole)
    #expect(try read(zstd(plain), pieceBytes: pieceBytes) == whole)
  }

  @Test func lineEndsByteOrderMarkAndAMissingLastLineBreakChangeNothing() throws {
    let whole = try read(small)
    let lines = small.split(separator: "\n")
    #expect(try read(lines.joined(separator: "\r\n")) == whole)
    #expect(try read("\u{FEFF}" + lines.joined(separator: "\n")) == whole)
    #expect(try read(lines.joined(separator: "\n\n")) == whole)
  }

  @Test func columnsOfEqualNamesAreNumbered() throws {
    let recording = try read("t,a,a.2,a,a.2,a,b,b\n0,1,2,3,4,5,6,7\n")
    #expect(recording.channels.map(\.name) == ["a", "a.2", "a.3", "a.2.2", "a.4", "b", "b.2"])
  }

  @Test func aHeadingOfEqualNamesTakesTimeInProportionToItsLength() throws {
    let count = 100_000
    let heading = "t" + String(repeating: ",a", count: count)
    var options = LogReadOptions()
    #expect(throws: LogReadError(.tooManyChannels(count: count + 1, limit: 1024), path: "memory", byteOffset: 0)) {
      try read("\(heading)\n", options: options)
    }
    // Minutes, were the search for a free number to start over for each of them.
    options.channels = ["a.\(count)"]
    let cells = "0" + String(repeating: ",1", count: count - 1) + ",7"
    #expect(try read("\(heading)\n\(cells)\n", options: options).doubles == [7])
  }

  @Test func tabsAndSemicolonsAreFoundInTheHeading() throws {
    let whole = try read("t,a,b\n1,2,3\n")
    #expect(try read("t\ta\tb\n1\t2\t3\n") == whole)
    #expect(try read("t;a;b\n1;2;3\n") == whole)
  }

  @Test func badRowsAreLeftOutAndNamed() throws {
    let recording = try read("t,a,b\n0,1,2\n1,2\n2,3,4,5\n3,abc,1\nx,1,2\n4,\0\0,1\n5,6,7\n")
    #expect(recording.times == [0, 5_000_000_000])
    #expect(recording.losses.first.map(\.code) == [.shortRow, .longRow, .badCell, .badTime, .badCell])
    #expect(recording.losses.first.map(\.record) == [3, 4, 5, 6, 7])
    #expect(recording.losses.first.map(\.byteOffset) == [12, 16, 24, 32, 38])
    #expect(recording.losses.first[2].description == "byte 24, record 5: the cell is not a number (column a: 'abc')")
  }

  @Test func aLineBeyondTheLimitIsSkipped() throws {
    var options = LogReadOptions()
    options.maximumLineBytes = 1000
    let long = String(repeating: "9", count: 700_000)
    let recording = try read("t,a\n0,1\n1,\(long)\n2,3\n", options: options)
    #expect(recording.doubles == [1, 3])
    #expect(recording.losses.first.map(\.code) == [.lineTooLong])
  }

  @Test(arguments: [
    ("time_ms", "1500", 1_500_000_000), ("time_us", "7", 7_000), ("time_ns", "9", 9),
    ("timestamp", "1.5", 1_500_000_000),
    ("timestamp", "1617226400123", 1_617_226_400_123_000_000), ("t (ms)", "2", 2_000_000), ("Time[us]", "2", 2_000),
    ("timestamp", "1970-01-02T00:00:00.5Z", 86_400_500_000_000),
    ("t", "2026-03-01 12:00:00+01:00", 1_772_362_800_000_000_000),
  ])
  func timesAreReadInTheUnitOfTheirColumn(heading: String, cell: String, nanoseconds: Int64) throws {
    #expect(try read("\(heading),a\n\(cell),1\n").times == [nanoseconds])
  }

  @Test func withoutATimeColumnARateCounts() throws {
    #expect(throws: LogReadError(.noTimeColumn(columns: ["a", "b"]), path: "memory", byteOffset: 0)) {
      try read("a,b\n1,2\n")
    }
    var options = LogReadOptions()
    options.rateHz = 50
    #expect(try read("a,b\n1,2\nx,y\n3,4\n", options: options).times == [0, 40_000_000])
  }

  @Test func columnsCanBeChosenByName() throws {
    var options = LogReadOptions()
    options.channels = ["c", "a"]
    options.labelColumn = "what"
    options.units = ["a": "deg/s"]
    let recording = try read("t,a,b,c,what\n0,1,x,3,run\n", options: options)
    #expect(recording.channels == [Channel(name: "c"), Channel(name: "a", unit: "deg/s")])
    #expect(recording.doubles == [3, 1])
    #expect(recording.labels == ["run"])
    options.channels = ["z"]
    #expect(throws: LogReadError.self) { try read("t,a\n0,1\n", options: options) }
  }

  @Test func filesWithoutAHeadingOrDataAreRefused() {
    #expect(throws: LogReadError(.empty, path: "memory", byteOffset: 0)) { try read("") }
    #expect(throws: LogReadError(.missingHeader(found: "0,1,2"), path: "memory", byteOffset: 0)) { try read("0,1,2\n") }
    #expect(throws: LogReadError(.unsupportedCompression("bzip2"), path: "memory", byteOffset: 0)) {
      try read([0x42, 0x5A, 0x68, 0x39, 0, 0, 0, 0])
    }
    #expect(throws: LogReadError.self) { try read([0, 1, 2, 3]) }
  }

  @Test func theNumberOfDifferentLabelsIsBounded() throws {
    var options = LogReadOptions()
    options.maximumLabels = 3
    let rows = (0..<6).map { "\($0),1,label\($0)" }.joined(separator: "\n")
    let recording = try read("t,a,label\n\(rows)", options: options)
    #expect(recording.labels == ["label0", "label1", "label2", nil, nil, nil])
    #expect(recording.losses.countsByCode[.tooManyLabels] == 3)
  }
}

@Suite struct CompressedTableTests {
  private static let table =
    "t,a,b,label\n" + (0..<400).map { "\($0),\(Double($0) * 0.37),\(-Double($0) / 3),\($0 / 100)\n" }.joined()

  @Test func anyCutKeepsTheRowsBeforeIt() throws {
    let plain = Array(Self.table.utf8)
    let stored = try zstd(plain)
    let whole = try read(plain)
    for count in 0..<stored.count {
      do {
        let cut = try read(Array(stored.prefix(count)))
        #expect(cut.isBeginning(of: whole), "cut at \(count)")
        #expect(!cut.losses.isEmpty, "cut at \(count)")
      } catch is LogReadError {}
    }
    for count in stride(from: 20, to: plain.count, by: 7) {
      let cut = try read(Array(plain.prefix(count)))
      // A row cut inside its last number may still look whole; every row before it is.
      #expect(cut.frameCount >= plain.prefix(count).count { $0 == 10 } - 1)
    }
  }

  @Test func anyFlippedByteIsNoticedAndTheRowsBeforeItAreKept() throws {
    let stored = try zstd(Array(Self.table.utf8))
    let whole = try read(Self.table)
    for index in stored.indices {
      for bit in [UInt8(1) << (index % 8)] {
        var damaged = stored
        damaged[index] ^= bit
        do {
          let recording = try read(damaged)
          #expect(!recording.losses.isEmpty || recording == whole, "byte \(index)")
        } catch is LogReadError {}
      }
    }
  }

  @Test func everyFlippedByteOfAPlainTableLeavesTheOtherRows() throws {
    let plain = Array(Self.table.utf8.prefix(600))
    let rows = plain.count { $0 == 10 }
    for index in 12..<plain.count {
      for bit in [index % 8, 7] {
        var damaged = plain
        damaged[index] ^= 1 << bit
        let recording = try read(damaged)
        #expect(recording.frameCount + recording.losses.total >= rows - 2, "byte \(index)")
      }
    }
  }

  @Test func manyFramesSkippableFramesAndEmptyFramesAreOneStream() throws {
    let plain = Array(Self.table.utf8)
    let skippable: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let stored =
      try skippable + zstd([]) + zstd(Array(plain.prefix(1000))) + skippable + zstd(Array(plain.dropFirst(1000)))
      + zstd([])
    let whole = try read(plain)
    for piece in [1, 3, 64, .max] { #expect(try read(stored, pieceBytes: piece) == whole) }
  }

  @Test func bytesBehindTheLastFrameAreReported() throws {
    let recording = try read(zstd(Array(Self.table.utf8)) + Array("garbage".utf8))
    #expect(recording.frameCount == 400)
    #expect(recording.losses.first.map(\.code) == [.trailingBytes])
  }

  @Test func aTruncatedStreamSaysWhere() throws {
    let stored = try zstd(Array(Self.table.utf8))
    let recording = try read(Array(stored.dropLast(2)))
    #expect(recording.losses.first.last?.code == .truncated)
    #expect(recording.losses.first.last?.byteOffset == stored.count - 2)
  }

  @Test func aWindowBeyondTheLimitIsRefused() throws {
    // A frame header that asks for a window of 2^27 bytes.
    let stored: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, (27 - 10) << 3, 0x01, 0x00, 0x00]
    #expect(throws: LogReadError(.damaged(.windowTooLarge), path: "memory", byteOffset: 0)) { try read(stored) }
  }
}
