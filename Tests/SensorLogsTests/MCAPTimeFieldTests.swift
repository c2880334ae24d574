import Testing

@testable import SensorLogs

@Suite struct MCAPTimeFieldTests {
  private func read(_ payloads: [String], time: String) throws -> Recording {
    var file = MCAPFile()
    file.declare(1, "/a")
    for (index, payload) in payloads.enumerated() { file.message(1, at: UInt64(index), payload) }
    var options = LogReadOptions()
    options.time = .field(time)
    return try SensorLogsTests.read(file.finished, options: options)
  }

  @Test func aMessageWithoutItsTimeIsLostAndNotGivenAnother() throws {
    for bad in [
      #"{"a":2}"#, #"{"t_ns":null,"a":2}"#, #"{"t_ns":"7","a":2}"#, #"{"t_ns":true,"a":2}"#, #"{"t_ns":NaN,"a":2}"#,
    ] {
      let found = try read([#"{"t_ns":5,"a":1}"#, bad, #"{"t_ns":9,"a":3}"#], time: "t_ns")
      #expect(found.times == [5, 9] && found.doubles == [1, 3], "\(bad)")
      #expect(found.losses.countsByCode == [.undecodableMessage: 1], "\(bad)")
    }
  }

  @Test func halfAStampIsNone() throws {
    let whole = #"{"stamp":{"sec":1,"nanosec":5},"a":1}"#
    for bad in [#"{"stamp":{"sec":3},"a":2}"#, #"{"stamp":{"nanosec":3},"a":2}"#, #"{"stamp":null,"a":2}"#] {
      let found = try read([whole, bad, whole], time: "stamp")
      #expect(found.times == [1_000_000_005, 1_000_000_005] && found.doubles == [1, 1], "\(bad)")
      #expect(found.losses.countsByCode == [.undecodableMessage: 1], "\(bad)")
    }
  }

  @Test func aLabelBeyondAllTimesIsTold() throws {
    var file = MCAPFile()
    file.declare(1, "/a")
    file.declare(2, "/label")
    file.message(1, at: 1, #"{"a":1}"#)
    file.message(2, at: 1 << 63, #"{"label":"x"}"#)
    file.message(1, at: 2, #"{"a":2}"#)
    let found = try SensorLogsTests.read(file.finished)
    #expect(found.times == [1, 2] && found.labels == [nil, nil])
    #expect(found.losses.countsByCode == [.undecodableMessage: 1])
  }
}
