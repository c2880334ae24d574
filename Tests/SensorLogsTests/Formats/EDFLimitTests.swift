import Foundation
import Testing

@testable import SensorLogs

@Suite struct EDFLimitTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func list(_ bytes: [UInt8]) -> EDFAnnotationList {
    var list = EDFAnnotationList()
    bytes.withUnsafeBytes { list.add($0, isFirst: true) }
    return list
  }

  @Test func aListOfNothingButSeparatorsHoldsNothing() {
    let found = list(Array("+0".utf8) + [UInt8](repeating: 0x14, count: 3_000_000))
    #expect(found.recordOnset == 0 && found.annotations.isEmpty && found.malformedCount == 0)
  }

  @Test func annotationsOfARecordBeyondTheLimitAreCounted() {
    let many =
      Array("+0".utf8) + (0..<EDFAnnotationList.maximumCount + 7).flatMap { _ in [0x14, 0x61] as [UInt8] } + [0x14]
    let found = list(many)
    #expect(found.annotations.count == EDFAnnotationList.maximumCount && found.malformedCount == 7)
  }

  private func header(_ path: String, _ start: Int, _ count: Int) throws -> String {
    String(decoding: try bytes(of: path)[start..<(start + count)], as: UTF8.self).trimmingSpaces()
  }

  @Test(arguments: ["p.edf", "p.bdf"]) func aPrimeNumberOfFramesMakesFewRecords(name: String) throws {
    let frames = 20_011
    let (batch, names) = steadyBatch(frames: frames, rateHz: 50)
    let path = folder.file(name)
    try write(
      batch, names, to: path, schema: LogSchema(channels: steadyChannels, nominalRateHz: 50, hasLabels: true))
    #expect(try header(path, 236, 8) == "\((frames + 49) / 50)" && header(path, 244, 8) == "1")
    let reader = try SensorLog.open(path)
    let found = try Recording(reader)
    #expect(found.times == batch.times && found.losses.isEmpty)
    #expect(zip(found.doubles, batch.values).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(found.labels == batch.labels.map { $0 < 0 ? nil : names[Int($0)] })
    #expect(!reader.events.contains { $0.text == EDFPadding.text })
  }

  @Test func aRecordThatIsFilledUpDoesNotReachIntoTheNextStretch() throws {
    let (steady, _) = steadyBatch(frames: 4000, rateHz: 50)
    for gap in [1, 3, 49, 200] {
      var batch = FrameBatch(channelCount: 2)
      for index in 0..<steady.count where index < 1009 || index >= 1009 + gap {
        batch.append(time: steady.times[index], values: steady.values[(index * 2)..<(index * 2 + 2)], label: -1)
      }
      let path = folder.file("gap\(gap).edf")
      try write(batch, [], to: path, schema: LogSchema(channels: steadyChannels, nominalRateHz: 50))
      let found = try Recording(SensorLog.open(path))
      #expect(found.times == batch.times && found.losses.isEmpty, "\(gap)")
      #expect(zip(found.doubles, batch.values).allSatisfy { abs($0 - $1) < 1e-9 }, "\(gap)")
      let plan = RecordPlan(
        stretches: [.init(start: 0, count: 1009), .init(start: 1009 + gap, count: 4000 - 1009 - gap)], rateHz: 50,
        frameBytes: 4, maximumBytes: 61_440)
      let padding = (plan.framesPerRecord - 1009 % plan.framesPerRecord) % plan.framesPerRecord
      #expect(padding <= gap, "\(gap): \(plan)")
    }
  }

  @Test func namesAndUnitsThatDoNotFitAreRefused() throws {
    let (batch, _) = steadyBatch(frames: 10, rateHz: 50, channels: 1)
    func made(_ name: String, _ unit: String?) throws -> Channel? {
      let path = folder.file("n.edf")
      try write(batch, [], to: path, schema: LogSchema(channels: [Channel(name: name, unit: unit)], nominalRateHz: 50))
      return try Recording(SensorLog.open(path)).channels.first
    }
    #expect(try made("sixteen letters.", "\u{B5}V") == Channel(name: "sixteen letters.", unit: "uV"))
    #expect(try made("t", "\u{B0}C") == Channel(name: "t", unit: "degC"))
    for (name, unit, word) in [
      ("linear_acceleration.x", "g", "linear_acceleration.x"), ("a", "rad/s/s/s", "--unit"),
      ("\u{4E2D}", nil, "rename"),
    ] as [(String, String?, String)] {
      do {
        _ = try made(name, unit)
        Issue.record("\(name) is written")
      } catch let error as LogReadError {
        #expect(error.description.contains(word), "\(error)")
      }
    }
  }
}
