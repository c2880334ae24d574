import Testing

@testable import SensorLogs

/// Channels are named once, and no column is two things.
@Suite struct ChannelChoiceTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func refusal(_ text: String, _ adjust: (inout LogReadOptions) -> Void) -> String? {
    var options = LogReadOptions()
    adjust(&options)
    do {
      _ = try read(text, options: options)
      return nil
    } catch {
      guard case .invalidOption(let text)? = (error as? LogReadError)?.code else { return "\(error)" }
      return text
    }
  }

  private let table = "time_s,x,label,segment\n0,1,a,0\n1,2,a,0\n"
  private let lines = "{\"time_s\":0,\"x\":1,\"o\":{\"p\":2},\"label\":\"a\",\"segment\":0}\n"

  @Test func aChannelIsAskedForOnce() {
    for text in [table, lines] {
      #expect(refusal(text) { $0.channels = ["x", "x"] }?.contains("'x' is asked for twice") == true)
      #expect(refusal(text) { $0.channels = ["x"] } == nil)
    }
    #expect(refusal(lines) { $0.channels = ["o", "o.p"] }?.contains("'o.p' is asked for twice") == true)
    #expect(refusal(lines) { $0.channels = ["o", "x"] } == nil)
  }

  @Test(arguments: ["time_s", "segment"]) func whatHasARoleIsNoChannel(name: String) {
    let role = name == "segment" ? "segment" : "time"
    for text in [table, lines] {
      #expect(refusal(text) { $0.channels = ["x", name] }?.contains("'\(name)' is the \(role)") == true)
    }
  }

  @Test func whatIsTheTimeIsNoLabelAndNoSegment() {
    for text in [table, lines] {
      #expect(refusal(text) { $0.labelColumn = "time_s" }?.contains("'time_s' is the time") == true)
      #expect(refusal(text) { $0.segmentColumn = "time_s" }?.contains("'time_s' is the time") == true)
    }
  }

  @Test(arguments: [MessageEncoding.cdr, .json]) func messagesFollowTheSameRules(encoding: MessageEncoding) throws {
    let path = folder.file("a.mcap")
    try write(
      steadyBatch(frames: 3, rateHz: 10).0, ["a", "b"], to: path, schema: LogSchema(channels: steadyChannels)
    ) { $0.encoding = encoding }
    func refusal(_ adjust: (inout LogReadOptions) -> Void) -> String {
      var options = LogReadOptions()
      adjust(&options)
      do {
        _ = try Recording(SensorLog.open(path, options: options))
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal { $0.channels = ["y", "acc x"] } == "")
    #expect(refusal { $0.channels = ["y", "y"] }.contains("'y' is asked for twice"))
    #expect(
      refusal {
        $0.channels = ["y"]
        $0.time = .field("y")
      }.contains("'y' is the time"))
    #expect(
      refusal {
        $0.segmentField = "y"
        $0.time = .field("y")
      }.contains("'y' is the time"))
  }

  @Test func formatsWithSensorsAndSignalsFollowThemToo() throws {
    let (batch, names) = steadyBatch(frames: 20, rateHz: 100)
    for name in ["a.1.json", "a.hea", "a.sds"] {
      try write(batch, names, to: folder.file(name), schema: LogSchema(channels: steadyChannels, nominalRateHz: 100))
      var options = LogReadOptions()
      options.channels = ["y", "y"]
      #expect { try SensorLog.open(folder.file(name), options: options) } throws: { "\($0)".contains("twice") }
    }
  }
}
