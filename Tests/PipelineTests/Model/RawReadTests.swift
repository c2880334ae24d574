import Martlet
import PipelineText
import Testing

struct RawReadTests {
  private func pipeline(_ read: String) throws -> PipelineFile {
    let text = try PipelineFiles.pipeline("bearings.swift").source()
    let changed = text.replacing(#"Read(.csv, "*.csv.zst", channels: ["de"])"#, with: read)
    #expect(changed != text)
    return Pipeline.read(changed)
  }

  @Test func theTextFormAndTheSwiftFormOfALayoutAgree() throws {
    let text = #"""
      Read(.raw, "*.bin.zst", fields: [.time(.uint32, .milliseconds), .channel("acc_x", .int16, unit: "g", scale: 0.001),
          .channel("t", .float32, offset: -273.15), .skip(bytes: 2), .label(.uint8), .segment(.int8)], byteOrder: .big,
          skipBytes: 16)
      """#
    let file = try pipeline(text)
    #expect(file.rendered == "")
    let expected = Read(
      .raw, "*.bin.zst",
      fields: [
        .time(.uint32, .milliseconds), .channel("acc_x", .int16, unit: "g", scale: 0.001),
        .channel("t", .float32, offset: -273.15), .skip(bytes: 2), .label(.uint8), .segment(.int8),
      ], byteOrder: .big, skipBytes: 16)
    #expect(file.pipeline?.ingest?.reads == [expected])
    let again = file.pipeline.map { Pipeline.read($0.source()).pipeline }
    #expect(again == file.pipeline)
  }

  @Test(arguments: [".auto", ".tsv", ".jsonl", ".sds", ".edgeImpulse", ".wfdb", ".edf", ".rosbag2"])
  func everyFormatCanBeNamed(format: String) throws {
    #expect(try pipeline("Read(\(format), \"*\")").rendered == "")
    #expect(try pipeline("Read(\(format), \"*\", annotations: .nearestFrame)").rendered == "")
  }

  @Test(arguments: [
    (#"Read(.raw, "*")"#, "it is missing"),
    (#"Read(.raw, "*", fields: [], hertz: 1)"#, "none of its parts is a channel"),
    (#"Read(.raw, "*", fields: [.channel("a", .int8)])"#, "nothing gives its time"),
    (#"Read(.raw, "*", fields: [.channel("a", .int8), .channel("a", .int8)], hertz: 1)"#, "two channels are named"),
    (#"Read(.raw, "*", fields: [.channel("a", .int8, scale: 0)], hertz: 1)"#, "has the scale 0"),
    (#"Read(.raw, "*", fields: [.channel("", .int8)], hertz: 1)"#, "has no name"),
    (#"Read(.raw, "*", fields: [.channel("a", .int8), .label(.float32)], hertz: 1)"#, "a label is a whole number"),
    (
      #"Read(.raw, "*", fields: [.time(.int8, .seconds), .time(.int8, .seconds), .channel("a", .int8)])"#,
      "a second time"
    ),
    (#"Read(.raw, "*", fields: [.channel("a", .int17)], hertz: 1)"#, "int17"),
    (#"Read(.csv, "*", fields: [.channel("a", .int8)])"#, "for CSV recordings"),
    (#"Read(.edf, "*", byteOrder: .big)"#, "for EDF recordings"),
    (#"Read(.sds, "*", skipBytes: 1)"#, "for SDS recordings"),
    (#"Read(.wfdb, "*", hertz: 50)"#, "for WFDB recordings"), (#"Read(.edf, "*", topic: "/a")"#, "for EDF recordings"),
    (#"Read(.sds, "*", time: .log)"#, "for SDS recordings"), (#"Read(.raw, "*", skipBytes: -1)"#, "skipBytes"),
  ]) func whatDoesNotFitIsRefused(read: String, reason: String) throws {
    let file = try pipeline(read)
    #expect(file.pipeline == nil)
    #expect(file.rendered.contains(reason), "\(file.rendered)")
  }
}
