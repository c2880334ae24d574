import Foundation
import Testing

@testable import SensorLogs

@Suite struct EdgeImpulseTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func digestsAreThoseOfTheStandard() {
    func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
    #expect(
      hex(SHA256.digest(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      hex(SHA256.digest([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    // RFC 4231, test cases 2 and 6.
    var short = HMACSHA256(key: Array("Jefe".utf8))
    short.update(Array("what do ya want for nothing?".utf8))
    #expect(short.finish() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    var long = HMACSHA256(key: [UInt8](repeating: 0xAA, count: 131))
    long.update(Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
    #expect(long.finish() == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test(arguments: ["walk.1.json", "walk.2.cbor"]) func otherProgramsFilesAreRead(name: String) throws {
    let all = try FormatFixtures.expected("edge_impulse.expected.json", as: [String: ExpectedEdgeImpulse].self)
    let expected = try #require(all[name]).payload
    var options = LogReadOptions()
    options.signingKey = "secret"
    let reader = try SensorLog.open(FormatFixtures.file(name), options: options)
    let recording = try Recording(reader)
    #expect(reader.format == .edgeImpulse && reader.notes == [LogNote(.signatureVerified)])
    #expect(recording.channels == expected.sensors.map { Channel(name: $0.name, unit: $0.units) })
    #expect(recording.doubles == expected.values.flatMap { $0 })
    #expect(recording.times == (0..<60).map { $0 * 12_500_000 })
    #expect(recording.labels == [String?](repeating: "walk", count: 60) && recording.losses.isEmpty)
    options.signingKey = "other"
    #expect(
      try Recording(SensorLog.open(FormatFixtures.file(name), options: options)).losses.countsByCode == [
        .signatureDiffers: 1
      ])
    let unchecked = try SensorLog.open(FormatFixtures.file(name))
    _ = try Recording(unchecked)
    #expect(unchecked.notes == [LogNote(.signatureNotVerified)])
  }

  private func json(_ payload: String) throws -> Recording { try read("{\"payload\":\(payload)}") }

  @Test func oddRowsAreCountedAndKeepTheirTime() throws {
    let recording = try json(
      #"{"interval_ms":10,"sensors":[{"name":"a","units":""},{"name":"b","units":"g"}],"values":[[1,2],[3],[4,5,6],["x",7],[null,8],9,[-1.5e1,0]]}"#
    )
    #expect(recording.channels == [Channel(name: "a"), Channel(name: "b", unit: "g")])
    #expect(recording.times == [0, 40_000_000, 60_000_000])
    #expect(recording.doubles[0] == 1 && recording.doubles[2].isNaN && recording.doubles[4] == -15)
    #expect(recording.losses.countsByCode == [.shortRow: 1, .longRow: 1, .badCell: 2])
  }

  @Test func oneSensorNeedsNoRows() throws {
    let recording = try json(#"{"sensors":[{"units":"wav","name":"audio"}],"interval_ms":0.0625,"values":[-10,2,[3]]}"#)
    #expect(recording.doubles == [-10, 2, 3] && recording.times == [0, 62_500, 125_000])
  }

  @Test func whatStandsBehindTheValuesIsFoundToo() throws {
    let recording = try json(
      #"{"values":[[1],[2]],"note":{"deep":[1,{"x":[]}]},"sensors":[{"name":"\u00e4\ud83d\ude00\n"}],"interval_ms":5}"#)
    #expect(recording.doubles == [1, 2] && recording.channels.map(\.name) == ["ä😀\n"])
    #expect(recording.times == [0, 5_000_000] && recording.losses.isEmpty)
  }

  @Test(arguments: [
    #"{"payload":{}}"#, #"{"payload":{"values":[]}}"#,
    #"{"payload":{"interval_ms":0,"sensors":[{"name":"a"}],"values":[]}}"#,
    #"{"payload":{"interval_ms":1,"sensors":[],"values":[]}}"#, #"{"payload":[]}"#, #"{"payload":{"interval_ms":1"#,
    #"{"payload":{"interval_ms":1,"sensors":[{"name":"a"}],"values":"Ref-BINARY"}}"#, #"{"payload""#,
  ])
  func aDocumentWithoutFramesIsRefused(text: String) {
    #expect(throws: LogReadError.self) { try read(text) }
  }

  @Test func deepNestingAndEndlessTextsAreRefused() throws {
    for text in [
      "{\"payload\":" + String(repeating: "[", count: 100_000),
      "{\"payload\":{\"a\":\"" + String(repeating: "x", count: 200_000),
      "{\"payload\":{\"a\":" + String(repeating: "1", count: 200_000),
    ] {
      #expect(throws: LogReadError.self) { try read(text) }
    }
    let head: [UInt8] = [0xA1, 0x67] + Array("payload".utf8)
    for tail in [
      [UInt8](repeating: 0x9F, count: 100_000), [0x7B] + [UInt8](repeating: 0xFF, count: 8),
      [UInt8](repeating: 0xC1, count: 99),
      [0x9B] + [UInt8](repeating: 0xFF, count: 8),
    ] {
      #expect(throws: LogReadError.self) { try read(head + tail) }
    }
  }

  @Test func indefiniteLengthsOfCBORMeanTheSame() throws {
    func text(_ text: String) -> [UInt8] { CBORText.text(text) }
    var bytes: [UInt8] = [0xD9, 0xD9, 0xF7, 0xBF] + text("payload") + [0xBF]
    bytes += text("interval_ms") + [0xF9, 0x4D, 0x00] + text("sensors") + [0x9F, 0xBF]
    // The name in two pieces, as a text of indefinite length.
    bytes += text("name") + [0x7F, 0x61, 0x61, 0x61, 0x62, 0xFF, 0xFF, 0xFF]
    bytes +=
      text("values") + [0x9F, 0x81, 0x20, 0x9F, 0xFA, 0x3F, 0xC0, 0, 0, 0xFF, 0x81, 0x19, 1, 0, 0x81, 0xF9, 0, 1, 0xFF]
    bytes += [0xFF, 0xFF]
    let recording = try read(bytes)
    #expect(recording.channels.map(\.name) == ["ab"])
    #expect(recording.doubles == [-1, 1.5, 256, 0x1p-24] && recording.times[1] == 20_000_000)
    #expect(recording.losses.isEmpty)
  }

  @Test func structuredLabelsJoinByRow() throws {
    let text = #"{"payload":{"interval_ms":1,"sensors":[{"name":"a"}],"values":[[0],[1],[2],[3],[4],[5]]}}"#
    let path = try folder.write(text, to: "x.1.json")
    #expect(try Recording(SensorLog.open(path)).labels == [String?](repeating: "x", count: 6))
    func labels(_ ranges: String) throws -> Recording {
      _ = try folder.write(
        #"{"version":1,"type":"structured-labels","structuredLabels":{"y.json":[],"x.1.json":[\#(ranges)]}}"#,
        to: "structured_labels.labels")
      return try Recording(SensorLog.open(path))
    }
    let good = try labels(
      #"{"startIndex":0,"endIndex":1,"label":"p"},{"startIndex":2,"endIndex":4,"label":"q"},{"startIndex":5,"endIndex":5,"label":"p"}"#
    )
    #expect(good.labels == ["p", "p", "q", "q", "q", "p"] && good.losses.isEmpty)
    let gap = try labels(#"{"startIndex":0,"endIndex":1,"label":"p"},{"startIndex":3,"endIndex":3,"label":"q"}"#)
    #expect(gap.labels == ["p", "p", nil, "q", nil, nil] && gap.losses.countsByCode == [.labelGap: 1])
    #expect(try labels(#"{"startIndex":0,"#).losses.countsByCode == [.missingFile: 1])
  }

  @Test(arguments: ["a.1.json", "a.1.cbor"], [nil, "k"]) func whatIsWrittenIsRead(name: String, key: String?) throws {
    let (batch, names) = steadyBatch(frames: 100, rateHz: 80)
    let schema = LogSchema(channels: steadyChannels, hasLabels: true)
    _ = try folder.write(
      #"{"version":1,"structuredLabels":{"b.json":[{"startIndex":0,"endIndex":3,"label":"\"z\""}]}}"#,
      to: "structured_labels.labels")
    try write(batch, names, to: folder.file(name), schema: schema) { $0.signingKey = key }
    var options = LogReadOptions()
    options.signingKey = key
    let reader = try SensorLog.open(folder.file(name), options: options)
    let recording = try Recording(reader)
    #expect(recording.channels == steadyChannels)
    expect(recording, equals: batch, names)
    #expect(reader.notes == (key == nil ? [] : [LogNote(.signatureVerified)]))
    // The labels of the folder's other recording are still there.
    let labels = try String(contentsOfFile: folder.file("structured_labels.labels"), encoding: .utf8)
    #expect(labels.contains(#""b.json":[{"startIndex":0,"endIndex":3,"label":"\"z\""}]"#))
  }

  @Test func anUnlabelledRecordingTakesNoLabelsFromTheOneItReplaces() throws {
    let (batch, names) = steadyBatch(frames: 20, rateHz: 80)
    let path = folder.file("a.json")
    func labels() throws -> String {
      try String(contentsOfFile: folder.file("structured_labels.labels"), encoding: .utf8)
    }
    try write(batch, names, to: folder.file("b.json"), schema: LogSchema(channels: steadyChannels, hasLabels: true))
    let others = try labels()
    try write(batch, names, to: path, schema: LogSchema(channels: steadyChannels, hasLabels: true))
    #expect(try Recording(SensorLog.open(path)).labels.contains("walk"))
    try write(batch, names, to: path, schema: LogSchema(channels: steadyChannels))
    #expect(try Recording(SensorLog.open(path)).labels.allSatisfy { $0 == nil })
    #expect(try labels() == others)
    // Without an entry the file is left alone, whatever it is.
    _ = try folder.write("{", to: "structured_labels.labels")
    try write(batch, names, to: path, schema: LogSchema(channels: steadyChannels))
    #expect(try labels() == "{")
  }

  @Test func labelsAreWrittenFromManyThreadsWithoutLosingOne() async throws {
    let (batch, names) = steadyBatch(frames: 20, rateHz: 80)
    let folder = folder
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<12 {
        let path = folder.file("take\(index).json")
        group.addTask {
          try write(batch, names, to: path, schema: LogSchema(channels: steadyChannels, hasLabels: true))
        }
      }
      try await group.waitForAll()
    }
    let text = try String(contentsOfFile: folder.file("structured_labels.labels"), encoding: .utf8)
    for index in 0..<12 { #expect(text.contains("\"take\(index).json\":["), "take \(index)") }
  }

  @Test func sensorsBehindTheValuesAreNotReadAgain() throws {
    let many = (0..<2000).map { _ in "{}" }.joined(separator: ",")
    let text =
      #"{"payload":{"interval_ms":1,"sensors":[{"name":"a"}],"values":[[1],[2]],"sensors":[\#(many)]}}"#
    let recording = try read(text)
    #expect(recording.doubles == [1, 2] && recording.channels.map(\.name) == ["a"] && recording.losses.isEmpty)
    #expect(throws: LogReadError.self) {
      try read(#"{"payload":{"values":[[1]],"interval_ms":1,"sensors":[\#(many)]}}"#)
    }
  }

  @Test func anIntervalBeyondAllTimesIsNoCrash() throws {
    let recording = try read(#"{"payload":{"interval_ms":1e305,"sensors":[{"name":"a"}],"values":[[1],[2]]}}"#)
    #expect(recording.times == [0, .max])
  }

  @Test func gapsJitterAndMissingValuesAreNotWritten() throws {
    let schema = LogSchema(channels: [Channel(name: "a")])
    for (times, value) in [([0, 10, 20, 50], 1.0), ([0, 10, 10], 1), ([0, 10], .nan), ([5], 1)] as [([Int64], Double)] {
      var batch = FrameBatch(channelCount: 1)
      for time in times { batch.append(time: time * 1_000_000, values: [value]) }
      #expect(throws: LogReadError.self) { try write(batch, [], to: folder.file("a.json"), schema: schema) }
    }
    // Segments would be joined without a word.
    var batch = FrameBatch(channelCount: 1)
    for index in 0..<4 { batch.append(time: Int64(index) * 10_000_000, values: [1], segment: Int32(index / 2)) }
    do {
      try write(batch, [], to: folder.file("a.json"), schema: schema)
      Issue.record("two segments were written as one")
    } catch {
      #expect("\(error)".contains("segment 1 begins at 20000000 ns"))
    }
  }

  @Test(arguments: ["walk.1.json", "walk.2.cbor"]) func damageLeavesWhatIsBeforeIt(name: String) throws {
    let stored = try bytes(of: FormatFixtures.file(name))
    var options = LogReadOptions()
    options.signingKey = "secret"
    let whole = try read(stored, options: options)
    #expect(whole.frameCount == 60)
    try damageEverywhere(stored, whole: whole) { try read($0, options: options) }
    // With the key, no change whatever passes unnoticed.
    for index in stored.indices {
      var damaged = stored
      damaged[index] ^= 1 << UInt8(index % 7)
      guard let recording = try? read(damaged, options: options) else { continue }
      let isNamed = damaged[index...].prefix(0).isEmpty && recording.losses.isEmpty
      if isNamed, recording.values != whole.values { Issue.record("a change of byte \(index) passed") }
    }
    for pieceBytes in [1, 2, 7, 64] { #expect(try read(stored, pieceBytes: pieceBytes, options: options) == whole) }
  }
}
