import Foundation
import Testing

@testable import SensorLogs

@Suite(.enabled(if: Peers.available, Peers.howToEnable)) struct PeerFormatTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func decode<Value: Decodable>(_: Value.Type, _ data: Data) throws -> Value {
    try JSONDecoder().decode(Value.self, from: data)
  }

  @Test(arguments: [WFDBSampleFormat.bits16, .packed12, .bits24, .bits32, .bigEndian16, .offset16])
  func ourWFDBRecordsAreReadByWFDB(format: WFDBSampleFormat) throws {
    let (batch, names) = steadyBatch(frames: 1201, rateHz: 250, start: 1_600_000_000_000_000_000)
    let path = folder.file("ours")
    try write(batch, names, to: "\(path).hea", schema: LogSchema(channels: steadyChannels, hasLabels: true)) {
      $0.wfdbFormat = format
    }
    let read = try decode(ExpectedWFDB.self, Peers.run("wfdb_files", "read", path))
    #expect(read.rate == 250 && read.channels == ["acc x", "y"] && read.units == ["g", "NU"])
    let values = read.values.flatMap { $0 }
    try #require(values.count == batch.values.count)
    #expect(zip(values, batch.values).allSatisfy { abs(($0 ?? .nan) - $1) < 1e-12 })
    #expect(read.annotations.prefix(3).map(\.text) == ["walk", "run up", "walk"])
    #expect(read.annotations.prefix(3).map(\.sample) == [5, 9, 18])
  }

  @Test func theRecordsOfWFDBAreReadByUs() throws {
    let all = try decode([String: ExpectedWFDB].self, Peers.run("wfdb_files", "write", folder.path))
    #expect(all.count == 2)
    for (name, expected) in all {
      let recording = try Recording(SensorLog.open(folder.file(name)))
      let values = expected.values.flatMap { $0 }
      try #require(recording.doubles.count == values.count)
      #expect(
        zip(recording.doubles, values).allSatisfy { own, other in other.map { abs($0 - own) < 1e-12 } ?? own.isNaN })
      #expect(recording.losses.isEmpty)
    }
  }

  @Test(arguments: [".edf", ".bdf"], [50.0, 360]) func ourEDFFilesAreReadByPyEDFlib(ending: String, rate: Double) throws
  {
    let (batch, names) = steadyBatch(frames: 720, rateHz: rate, start: 1_600_000_000_000_000_000)
    let path = folder.file("ours\(ending)")
    try write(batch, names, to: path, schema: LogSchema(channels: steadyChannels, nominalRateHz: rate, hasLabels: true))
    let read = try decode(ExpectedEDF.self, Peers.run("edf_files", "read", path))
    #expect(read.channels == ["acc x", "y"] && read.start == "2020-09-13T12:26:40" && read.units == ["g", ""])
    for (slot, values) in read.values.enumerated() {
      try #require(values.count == batch.count)
      for index in 0..<batch.count where abs(values[index] - batch.values[index * 2 + slot]) > 1e-9 {
        Issue.record("frame \(index): \(values[index]) for \(batch.values[index * 2 + slot])")
      }
    }
    #expect(read.rates == [rate, rate])
    #expect(read.annotations.prefix(2).map(\.text) == ["walk", "run up"])
    #expect(abs(read.annotations[1].onset - 9 / rate) < 1e-6 && abs(read.annotations[1].duration - 9 / rate) < 1e-6)
  }

  @Test func theFilesOfPyEDFlibAreReadByUs() throws {
    let all = try decode([String: ExpectedEDF].self, Peers.run("edf_files", "write", folder.path))
    for (name, expected) in all {
      let recording = try Recording(SensorLog.open(folder.file(name)))
      try #require(recording.frameCount == 200)
      for index in 0..<200 {
        #expect(abs(recording.doubles[index * 2] - expected.values[0][index]) < 1e-9)
      }
      #expect(recording.labels[30] == "walk" && recording.losses.isEmpty)
    }
  }

  @Test(arguments: ["ours.1.json", "ours.1.cbor"]) func ourEdgeImpulseFilesAreRead(name: String) throws {
    let (batch, names) = steadyBatch(frames: 300, rateHz: 80)
    let path = folder.file(name)
    try write(batch, names, to: path, schema: LogSchema(channels: steadyChannels, hasLabels: true)) {
      $0.signingKey = "k"
    }
    let read = try decode(ExpectedEdgeImpulse.self, Peers.run("edge_impulse", "read", path, "k"))
    #expect(read.signature == "matches" && read.payload.intervalMilliseconds == 12.5)
    #expect(read.payload.sensors.map(\.name) == ["acc x", "y"])
    #expect(read.payload.values.flatMap { $0 } == batch.values)
  }

  @Test func edgeImpulseFilesOfOthersAreReadByUs() throws {
    let all = try decode([String: ExpectedEdgeImpulse].self, Peers.run("edge_impulse", "write", folder.path, "secret"))
    #expect(all.count == 2)
    for (name, expected) in all {
      var options = LogReadOptions()
      options.signingKey = "secret"
      let reader = try SensorLog.open(folder.file(name), options: options)
      #expect(try Recording(reader).doubles == expected.payload.values.flatMap { $0 })
      #expect(reader.notes == [LogNote(.signatureVerified)])
    }
  }
}
