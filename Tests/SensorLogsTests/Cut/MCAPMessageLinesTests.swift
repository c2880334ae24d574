import Foundation
import Testing

@testable import SensorLogs

@Suite struct MCAPMessageLinesTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func everyMessageIsALineOfItsOwn() throws {
    _ = try makeMCAP(folder.file("a.mcap"), times: [0, 1_700_000_000_000_000_001], topics: 1, payloadBytes: 1)
    var lines = MCAPMessageLines()
    let all = try lines.print([folder.file("a.mcap")], to: folder.file("out"))
    #expect(all[0].report.messages == 2 && all[0].report.undecodable == 0)
    #expect(
      String(decoding: try bytes(of: folder.file("out")), as: UTF8.self) == """
        {"topic":"/t0","log_time":"0","publish_time":"5","sequence":0,"data":{"i":0,"pad":"x"}}
        {"topic":"/t0","log_time":"1700000000000000001","publish_time":"1700000000000000006","sequence":1,\
        "data":{"i":1,"pad":"x"}}

        """)
    lines.range = LogRange(from: .offset(1))
    #expect(try lines.print([folder.file("a.mcap")], to: folder.file("out"))[0].report.messages == 1)
    lines.topics = ["/other"]
    #expect(try lines.print([folder.file("a.mcap")], to: folder.file("out"))[0].report.messages == 0)
  }

  @Test func whatCannotBeDecodedSaysWhy() throws {
    let writer = try MCAPWriter(folder.file("a.mcap"))
    try writer.add(MCAPChannel(id: 1, schemaID: 0, topic: "/p", messageEncoding: "protobuf"))
    try writer.write(MCAPMessage(channelID: 1, sequence: 0, logTime: 0, publishTime: 0), payload: [1, 2])
    try writer.finish()
    let report = try MCAPMessageLines().print([folder.file("a.mcap")], to: folder.file("out"))[0].report
    #expect(report.undecodable == 1)
    let text = String(decoding: try bytes(of: folder.file("out")), as: UTF8.self)
    #expect(
      text.contains(#""data":null,"undecodable":"message encoding 'protobuf' cannot be read; json and cdr can"}"#))
  }
}
