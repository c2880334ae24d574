import Foundation
import Testing

@testable import SensorLogs

@Suite struct WFDBTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func expected(_ name: String) throws -> ExpectedWFDB {
    try #require(FormatFixtures.expected("wfdb.expected.json", as: [String: ExpectedWFDB].self)[name])
  }

  private func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
  }

  @Test(arguments: ["p212", "p16"], ["", ".hea"]) func otherProgramsRecordsAreRead(name: String, ending: String) throws
  {
    let expected = try expected(name)
    let reader = try SensorLog.open(FormatFixtures.file(name + ending))
    let recording = try Recording(reader)
    #expect(reader.format == .wfdb && reader.schema.nominalRateHz == expected.rate)
    #expect(recording.channels == zip(expected.channels, expected.units).map { Channel(name: $0, unit: $1) })
    try #require(recording.frameCount == expected.values.count)
    for (value, other) in zip(recording.doubles, expected.values.flatMap { $0 }) {
      #expect(other.map { abs($0 - value) <= 1e-12 * max(1, abs($0)) } ?? value.isNaN)
    }
    #expect(reader.counters.missingValues == 3)
    #expect(recording.times[9] == 25_000_000)
    // Rhythms hold until the next one; beats label nothing.
    #expect(recording.labels == (0..<recording.frameCount).map { $0 < 61 ? "(N" : "(AFIB" })
    #expect(reader.notes == [LogNote(.checksumsVerified, detail: "\(expected.channels.count)")])
    #expect(recording.losses.isEmpty)
    #expect(reader.events.map(\.text) == ["(N", "N", "V", "(AFIB", "N", "odd", "~"])
  }

  @Test(arguments: ["p212", "p16"]) func everyPartOfAnAnnotationIsRead(name: String) throws {
    let reader = try WFDBAnnotationReader(path: FormatFixtures.file("\(name).atr"))
    var found: [WFDBAnnotation] = []
    while let annotation = try reader.next() { found.append(annotation) }
    let expected = try expected(name).annotations
    #expect(found.map(\.sample) == expected.map(\.sample))
    #expect(found.map(\.symbol) == expected.map(\.symbol))
    #expect(found.map { $0.text ?? "" } == expected.map(\.text))
    #expect(found.map(\.subtype) == expected.map(\.subtype))
    #expect(found.map(\.channel) == expected.map(\.channel))
    #expect(found.map(\.number) == expected.map(\.number))
    #expect(found.map(\.isBeat) == [false, true, true, false, true, true, false])
  }

  @Test func beatsLabelFramesWhereAskedFor() throws {
    var options = LogReadOptions()
    options.annotations = .nearestFrame
    let labels = try Recording(SensorLog.open(FormatFixtures.file("p16.hea"), options: options)).labels
    #expect(labels.indices.filter { labels[$0] != nil } == [0, 4, 30, 61, 62, 86])
    #expect(labels[30] == "V")
    options.annotations = .untilNext
    let held = try Recording(SensorLog.open(FormatFixtures.file("p16.hea"), options: options)).labels
    #expect(held[3] == "(N" && held[29] == "N" && held[60] == "V" && held[61] == "(AFIB" && held[85] == "N")
  }

  @Test func anAnnotationFileMayHaveItsOwnClock() throws {
    var text = WFDBAnnotationText()
    try text.add(type: WFDBAnnotation.note, sample: 0, text: "## time resolution: 1000", path: "")
    try text.add(type: WFDBAnnotation.rhythm, sample: 500, text: "(B", path: "")
    try write(text.finished(), to: "r.atr")
    try write([UInt8](repeating: 0, count: 20), to: "r.dat")
    _ = try folder.write("r 1 10\nr.dat 16\n", to: "r.hea")
    let recording = try Recording(SensorLog.open(folder.file("r")))
    #expect(recording.labels == [nil, nil, nil, nil, nil, "(B", "(B", "(B", "(B", "(B"])
  }

  /// Stored numbers -3, 1 and -2 in each format that can be read.
  @Test(
    arguments: [
      (8, [UInt8(bitPattern: -3), 4, UInt8(bitPattern: -3)]),
      (16, [0xFD, 0xFF, 1, 0, 0xFE, 0xFF]), (24, [0xFD, 0xFF, 0xFF, 1, 0, 0, 0xFE, 0xFF, 0xFF]),
      (32, [0xFD, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF]), (61, [0xFF, 0xFD, 0, 1, 0xFF, 0xFE]),
      (80, [125, 129, 126]), (160, [0xFD, 0x7F, 1, 0x80, 0xFE, 0x7F]), (212, [0xFD, 0x0F, 1, 0xFE, 0x0F]),
    ] as [(Int, [UInt8])])
  func everyFormatIsRead(format: Int, bytes: [UInt8]) throws {
    try write([9, 9] + bytes, to: "r.dat")
    _ = try folder.write("# comment\nr 1 100 3\nr.dat \(format)+2 2(1)/g 12 0 0 -4 0 a name\n", to: "r.hea")
    let recording = try Recording(SensorLog.open(folder.file("r.hea")))
    #expect(recording.doubles == [-2, 0, -1.5] && recording.channels == [Channel(name: "a name", unit: "g")])
    #expect(recording.losses.isEmpty, "\(recording.losses.first)")
  }

  @Test func skewRatesAndStartAreObserved() throws {
    // Three samples of a, one of b in a frame; a is two frames late.
    try write((0..<20).map { UInt8(128 + $0) }, to: "r.dat")
    _ = try folder.write(
      "r 2 10 5 01:00:00.5 02/01/1970\nr.dat 80x3:2 1/V 8 0 128 0 0 a\nr.dat 80 1/V 8 0 0 0 0 b\n", to: "r.hea")
    var options = LogReadOptions()
    options.channels = ["a"]
    let a = try Recording(SensorLog.open(folder.file("r.hea"), options: options))
    let start: Int64 = (25 * 3600) * 1_000_000_000 + 500_000_000
    #expect(a.times.prefix(2) == [start, start + 33_333_333] && a.frameCount == 15)
    #expect(a.doubles.prefix(4) == [8, 9, 10, 12] && a.doubles.suffix(6).allSatisfy { $0.isNaN })
    options.channels = ["b"]
    #expect(try Recording(SensorLog.open(folder.file("r.hea"), options: options)).doubles == [3, 7, 11, 15, 19])
    options.channels = ["a", "b"]
    #expect(throws: LogReadError.self) { try SensorLog.open(folder.file("r.hea"), options: options) }
    let unasked = try SensorLog.open(folder.file("r.hea"))
    #expect(unasked.schema.channels.map(\.name) == ["a"])
    #expect(unasked.notes.map(\.code) == [.channelsLeftOut] && unasked.notes[0].detail.contains("b (10.0 Hz)"))
  }

  @Test func segmentsFollowEachOtherAndMayLack() throws {
    try write([1, 2, 3], to: "s1.dat")
    try write([4, 5, 6, 7], to: "s2.dat")
    _ = try folder.write("lay 2 1 0\n~ 80 1/V 8 0 0 0 0 p\n~ 80 1/V 8 0 0 0 0 q\n", to: "lay.hea")
    _ = try folder.write("s1 1 1 3\ns1.dat 80 1(-128)/V 8 0 0 -378 0 q\n", to: "s1.hea")
    _ = try folder.write(
      "s2 2 1 2\ns2.dat 80 1(-128)/V 8 0 0 -246 0 p\ns2.dat 80 1(-128)/V 8 0 0 -244 0 q\n", to: "s2.hea")
    _ = try folder.write("m/5 2 1 17\nlay 0\ns1 3\n~ 10\ns2 2\nnone 2\n", to: "m.hea")
    let recording = try Recording(SensorLog.open(folder.file("m")))
    #expect(recording.times == [0, 1, 2, 13, 14].map { $0 * 1_000_000_000 })
    #expect(recording.doubles.map { $0.isNaN ? -1 : $0 } == [-1, 1, -1, 2, -1, 3, 4, 5, 6, 7])
    #expect(recording.losses.countsByCode == [.missingFile: 1])
  }

  @Test(arguments: ["../secret", "/etc/passwd", "..", "a/b", "a\\b"]) func namesDoNotLeadOutOfTheFolder(name: String)
    throws
  {
    _ = try folder.write("r 1 10\n\(name) 16\n", to: "r.hea")
    #expect {
      try SensorLog.open(folder.file("r.hea"))
    } throws: { error in
      (error as? LogReadError)?.code == .forbiddenName(name)
    }
    // With its ending two dots are a name like any other.
    if name == ".." { return }
    _ = try folder.write("m/2 1 10\nlay 0\n\(name) 4\n", to: "m.hea")
    _ = try folder.write("lay 1 10 0\n~ 16 1 8 0 0 0 0 p\n", to: "lay.hea")
    #expect { try Recording(SensorLog.open(folder.file("m.hea"))) } throws: {
      if case .forbiddenName = ($0 as? LogReadError)?.code { true } else { false }
    }
  }

  @Test func aWrongChecksumOrLengthIsReported() throws {
    try write([0, 1, 0, 2, 0, 3], to: "r.dat")
    func losses(_ line: String, _ frames: Int) throws -> [LogLoss.Code: Int] {
      _ = try folder.write("r 1 10 \(frames)\nr.dat 61 1/V 8 0 \(line) 0 p\n", to: "r.hea")
      return try Recording(SensorLog.open(folder.file("r.hea"))).losses.countsByCode
    }
    #expect(try losses("1 6", 3) == [:])
    #expect(try losses("1 7", 3) == [.signalChecksum: 1])
    #expect(try losses("1 6", 4) == [.truncated: 1])
    #expect(try losses("1 3", 2) == [.frameCountDiffers: 1])
  }

  @Test(
    arguments: [WFDBSampleFormat.bits16, .packed12, .bits24, .bits32, .bigEndian16, .offset16],
    [0, 1_600_000_000_250_000_000])
  func whatIsWrittenIsRead(format: WFDBSampleFormat, start: Int64) throws {
    let (steady, names) = steadyBatch(frames: 2500, rateHz: 250, start: start, channels: 3)
    var batch = FrameBatch(channelCount: 3)
    for index in 0..<steady.count where !(1200..<1210).contains(index) {
      batch.append(
        time: steady.times[index], values: steady.values[(index * 3)..<(index * 3 + 3)],
        label: index > 1300 && index < 2400 ? 0 : steady.labels[index])
    }
    let channels = steadyChannels + [Channel(name: "z", unit: "m/s2")]
    try SensorLogsTests.write(
      batch, names, to: folder.file("w_1.hea"), schema: LogSchema(channels: channels, hasLabels: true)
    ) { $0.wfdbFormat = format }
    let reader = try SensorLog.open(folder.file("w_1.hea"))
    let recording = try Recording(reader)
    #expect(recording.channels == channels && recording.losses.isEmpty, "\(recording.losses.first)")
    // The gap is filled by frames without values.
    #expect(recording.times == steady.times)
    let kept = recording.times.indices.filter { !(1200..<1210).contains($0) }
    let filled = recording.doubles[3600..<3630].allSatisfy { $0.isNaN }
    #expect(filled)
    let values = kept.flatMap { Array(recording.doubles[($0 * 3)..<($0 * 3 + 3)]) }
    #expect(values == batch.values)
    let labels = kept.map { recording.labels[$0] }
    let expected = batch.labels.map { $0 < 0 ? nil : names[Int($0)] }
    #expect(labels == expected)
    let notes = reader.notes.map(\.code)
    #expect(notes == [.checksumsVerified])
  }

  @Test func valuesOfAnyRangeKeepTheirSteps() throws {
    var generator = SeededGenerator(state: 5)
    for (low, high) in [(-1.0, 1.0), (1e6, 1e6 + 1), (-3e-9, 5e-9), (0.1, 0.1), (-1e200, 1e200)] {
      var batch = FrameBatch(channelCount: 1)
      for index in 0..<500 {
        batch.append(time: Int64(index) * 1_000_000, values: [Double.random(in: low...high, using: &generator)])
      }
      try SensorLogsTests.write(batch, [], to: folder.file("v.hea"), schema: LogSchema(channels: [Channel(name: "a")]))
      let read = try Recording(SensorLog.open(folder.file("v.hea"))).doubles
      let step = max((high - low) / 65_000, high.magnitude * 2e-16)
      let reach = low == 0.1 ? 1e-5 : low == 1e6 ? 16 : step
      #expect(zip(read, batch.values).allSatisfy { abs($0 - $1) <= reach }, "\(low)...\(high)")
    }
  }

  /// The record as a folder, one of whose files is damaged.
  private func damage(_ ending: String, canEnd: (Int) -> Bool) throws {
    for other in ["hea", "dat", "atr"] {
      try write(bytes(of: FormatFixtures.file("p212.\(other)")), to: "p212.\(other)")
    }
    let whole = try Recording(SensorLog.open(folder.file("p212")))
    try damageEverywhere(bytes(of: FormatFixtures.file("p212.\(ending)")), whole: whole, canEnd: canEnd) {
      try write($0, to: "p212.\(ending)")
      return try Recording(SensorLog.open(folder.file("p212.hea")))
    }
  }

  @Test func damagedSignalsAreReported() throws { try damage("dat") { _ in false } }

  @Test func damagedHeadersNeitherCrashNorHang() throws {
    let stored = try bytes(of: FormatFixtures.file("p212.hea"))
    for ending in ["dat", "atr"] { try write(bytes(of: FormatFixtures.file("p212.\(ending)")), to: "p212.\(ending)") }
    for index in stored.indices {
      for damaged in [Array(stored.prefix(index)), stored.enumerated().map { $0 == index ? $1 ^ 0x10 : $1 }] {
        try write(damaged, to: "p212.hea")
        _ = try? Recording(SensorLog.open(folder.file("p212.hea")))
      }
    }
    for line in [
      "r 99999999", "r 2 0", "r 1 -1", "r 1 nan", "r/3 1", "r 1 1e999", "r", "r -1", "r 1 10 99999999999999999999",
    ] {
      _ = try folder.write("\(line)\np212.dat 212x99999999:99999999+9999999999999\n", to: "p212.hea")
      #expect(throws: LogReadError.self) { try Recording(SensorLog.open(folder.file("p212.hea"))) }
    }
  }

  @Test func damagedAnnotationsNeitherCrashNorStayUnsaid() throws {
    let stored = try bytes(of: FormatFixtures.file("p212.atr"))
    for count in 0..<stored.count {
      let reader = WFDBAnnotationReader(try ByteStream(MemoryInput(Array(stored.prefix(count))), windowLogMaximum: 23))
      while try reader.next() != nil {}
      // A file may end behind its end mark.
      if count < stored.count { #expect(!reader.losses.isEmpty, "cut at \(count)") }
    }
    for index in stored.indices {
      for bit in 0..<8 {
        var damaged = stored
        damaged[index] ^= 1 << UInt8(bit)
        let reader = WFDBAnnotationReader(try ByteStream(MemoryInput(damaged), windowLogMaximum: 23))
        while try reader.next() != nil {}
      }
    }
  }
}
