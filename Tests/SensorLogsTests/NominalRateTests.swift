import Testing

@testable import SensorLogs

@Suite struct NominalRateTests {
  @Test(arguments: [1e300, -1, 0, .infinity, .nan, 1.1e9]) func aRateThatNoRecordingHasIsNone(rate: Double) {
    #expect(LogSchema(channels: [], nominalRateHz: rate).nominalRateHz == nil)
  }

  @Test(arguments: ["1e300", "inf", "nan", "-5"]) func aRateThatAFileMakesUpIsNotWrittenOn(rate: String) throws {
    let folder = try TemporaryFolder()
    let output = try OutputFile(path: folder.file("a.mcap"))
    let writer = try MCAPWriter(output, options: .init())
    try writer.add(MCAPSchema(id: 1, name: "p/T", encoding: "ros2msg", data: Array("float64 a\n".utf8)))
    try writer.add(
      MCAPChannel(id: 0, schemaID: 1, topic: "/a", messageEncoding: "cdr", metadata: ["rate_hz": rate]))
    for index in 0..<5 as Range<UInt64> {
      let time = index * 10_000_000
      try writer.write(MCAPMessage(channelID: 0, sequence: UInt32(index), logTime: time, publishTime: time)) {
        $0.bytes += [0, 1, 0, 0]
        $0.add(Double(index).bitPattern)
      }
    }
    try writer.end()
    try output.finish()
    let reader = try SensorLog.open(folder.file("a.mcap"))
    #expect(reader.schema.nominalRateHz == nil)
    _ = try LogConverter.convert([folder.file("a.mcap")], to: folder.file("a.hea"))
    #expect(try SensorLog.open(folder.file("a.hea")).schema.nominalRateHz == 100)
  }
}
