import Testing

@testable import SensorLogs

/// Frames at 0, 1, 2 … 9 s, each with its number as its value, on a clock that begins at 100 s.
private func tenFrames(_ track: LabelTrack, batchFrames: Int = 3) throws -> [String?] {
  let text = "time_s,a\n" + (0..<10).map { "\(100 + $0),\($0)\n" }.joined()
  let base = try SensorLog.open(MemoryInput(Array(text.utf8)), options: .init())
  return try Recording(LabelledReader(base, track), batchFrames: batchFrames).labels
}

private func labels(_ text: String) -> [String?] { text.map { $0 == "." ? nil : String($0) } }

private func file(_ text: String, _ position: LabelTrack.Position = .time) throws -> LabelFile {
  try LabelFile(MemoryInput(Array(text.utf8), path: "labels.csv"), position: position, options: .init())
}

private func intervals(_ text: String, _ position: LabelTrack.Position = .time) throws -> LabelTrack {
  var table = try file(text, position)
  return try table.intervals()
}

private func events(
  _ text: String, _ position: LabelTrack.Position = .time, tolerance: Double? = nil
) throws -> LabelTrack {
  var table = try file(text, position)
  return try table.events(toleranceSeconds: tolerance)
}

@Suite struct LabelTests {
  @Test func intervalsLabelTheFramesInsideThem() throws {
    let track = try intervals("start,end,label\n101,103,a\n105,107,b\n107,108,a\n")
    #expect(track.losses.isEmpty)
    for batch in [1, 2, 3, 10] { #expect(try tenFrames(track, batchFrames: batch) == labels(".aa..bba..")) }
  }

  @Test func timesCanCountFromTheFirstFrameAndHaveUnits() throws {
    let since = try intervals("onset\tduration\ttrial_type\n1\t2\ta\n5\t100\tb\n", .sinceFirstFrame)
    #expect(try tenFrames(since) == labels(".aa..bbbbb"))
    let milliseconds = try intervals("start_ms;end_ms;label\n101000;103000;a\n")
    #expect(try tenFrames(milliseconds) == labels(".aa......."))
    let calendar = try intervals("start,end,label\n1970-01-01T00:01:41Z,1970-01-01 00:01:43,a\n")
    #expect(try tenFrames(calendar) == labels(".aa......."))
  }

  @Test func overlapsAndInvertedIntervalsAreReported() throws {
    let track = try intervals("start,end,label\n101,108,a\n103,105,b\n104,106,c\n109,107,d\n102,102,e\nx,y,z\n1,2\n")
    #expect(try tenFrames(track) == labels(".aabccaa.."))
    #expect(
      track.losses.first.map(\.code) == [
        .invertedLabel, .invertedLabel, .badTime, .shortRow, .overlappingLabels, .overlappingLabels,
      ])
    #expect(track.losses.first.map(\.record) == [5, 6, 7, 8, nil, nil])
    #expect(track.losses.first[0].detail == "labels in labels.csv: 'd' from 109 to 107")
  }

  /// Against a plain search over all intervals for every position.
  @Test(arguments: 1...200) func intervalsAgreeWithTheirDefinition(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    let found = (0..<Int.random(in: 0...12, using: &random)).map { index in
      let start = Int64.random(in: 0...20, using: &random)
      return LabelTrack.Interval(
        start: start, end: start + Int64.random(in: -2...10, using: &random), label: Int32(index))
    }
    let track = LabelTrack(.frame, names: found.indices.map { "\($0)" }, intervals: found)
    for position in Int64(0)..<32 {
      let covering = found.indices.filter { found[$0].start <= position && position < found[$0].end }
      let expected = covering.max { (found[$0].start, $0) < (found[$1].start, $1) }
      let change = track.changes.last { $0.position <= position }
      #expect(change?.label ?? -1 == expected.map { Int32($0) } ?? -1, "seed \(seed), position \(position)")
    }
    #expect(zip(track.changes, track.changes.dropFirst()).allSatisfy { $0.position < $1.position })
  }

  @Test func eventsHoldUntilTheNextOrAsFarAsTheirTolerance() throws {
    let text = "time,label\n102,a\n104,b\n107,-1\n108,c\n"
    #expect(try tenFrames(events(text)) == labels("..aabbb.cc"))
    #expect(try tenFrames(events("time,label\n107,-1\n104,b\n102,a\n108,c\n")) == labels("..aabbb.cc"))
    let near = "time,label\n102,a\n104,b\n108,c\n"
    #expect(try tenFrames(events(near, tolerance: 1)) == labels(".aabbb.ccc"))
    #expect(try tenFrames(events(near, tolerance: 0)) == labels("..a.b...c."))
    #expect(try tenFrames(events(near, tolerance: 100)) == labels("aaabbbcccc"))
  }

  @Test func timesThatStepBackFindTheirLabels() throws {
    let track = LabelTrack(
      .time, names: ["a", "b"], events: [.init(position: 0, label: 0), .init(position: 5, label: 1)], tolerance: nil)
    let text = "time_ns,x\n4,0\n6,0\n1,0\n-1,0\n5,0\n"
    let base = try SensorLog.open(MemoryInput(Array(text.utf8)), options: .init())
    #expect(try Recording(LabelledReader(base, track)).labels == ["a", "b", "a", nil, "b"])
  }

  @Test func extremeTimesAreNoCrash() throws {
    let far = [LabelTrack.Change(position: .min, label: 0), .init(position: .max, label: 0)]
    let track = LabelTrack(.time, names: ["a"], events: far, tolerance: .max)
    #expect(try tenFrames(track) == labels("aaaaaaaaaa"))
    #expect(try tenFrames(LabelTrack(throughout: "z")) == labels("zzzzzzzzzz"))
  }

  @Test func aFilesNameIsItsLabelUpToTheFirstDot() throws {
    #expect(LabelSource.label(ofFile: "/data/left.right/idle.walk.csv.zst") == "idle")
    let track = try LabelSource.fileName.track(of: "a/wave.01.csv", options: .init())
    #expect(try tenFrames(track) == [String?](repeating: "wave", count: 10))
    #expect(throws: LogReadError.self) { try LabelSource.fileName.track(of: ".csv", options: .init()) }
  }

  @Test(
    arguments: [
      ("walk.3.json", "walk"), ("walk.json", nil), ("walk.json.zst", nil), ("a.b.cbor.gz", "a"), (".x.1.json", nil),
      ("json.1.json", "json"), ("x.zst.json", "x"),
    ] as [(String, String?)])
  func namesStateTheSameLabelAskedOrNot(name: String, unasked: String?) {
    #expect(EdgeImpulseReader.prefix(ofFileAt: "/d.e/\(name)") == unasked)
    if let unasked { #expect(LabelSource.label(ofFile: "/d.e/\(name)") == unasked) }
  }

  @Test func aLabelThatIsTooLongIsCalledThat() throws {
    let long = String(repeating: "x", count: 5000)
    #expect(try read("time_s,a,label\n0,1,\(long)\n1,1,b\n").losses.countsByCode == [.labelTooLong: 1])
    #expect(try read("{\"t\":0,\"a\":1,\"label\":\"\(long)\"}\n").losses.countsByCode == [.labelTooLong: 1])
    #expect(try intervals("start,end,label\n0,1,\(long)\n").losses.countsByCode == [.labelTooLong: 1])
    var options = LogReadOptions()
    options.maximumLabels = 1
    let full = try read("time_s,a,label\n0,1,c\n1,1,b\n", options: options)
    #expect(full.losses.countsByCode == [.tooManyLabels: 1])
  }

  @Test func tablesWithoutTheirColumnsAreRefused() throws {
    #expect(throws: LogReadError(.unknownColumn("end", known: ["start", "label"]), path: "labels.csv")) {
      try intervals("start,label\n1,a\n")
    }
    #expect(throws: LogReadError.self) { try events("label\na\n") }
    #expect(throws: LogReadError.self) { try events("") }
  }
}

@Suite struct StructuredLabelTests {
  private func track(_ text: String, _ recording: String = "a/up.1.json") throws -> LabelTrack {
    try StructuredLabels.track(MemoryInput(Array(text.utf8), path: "structured_labels.labels"), recording: recording)
  }

  private func text(_ entries: String) -> String {
    #"{"version":1,"type":"structured-labels","structuredLabels":{"other":[],"up.1.json":[\#(entries)]}}"#
  }

  @Test func indicesCountFramesAndAreIncluded() throws {
    let found = try track(
      text(#"{"startIndex":0,"endIndex":3,"label":"a"},{"startIndex":4,"endIndex":7,"label":"b"}"#))
    #expect(found.losses.isEmpty)
    #expect(try tenFrames(found) == labels("aaaabbbb.."))
  }

  @Test func gapsAndOverlapsAndBadEntriesAreNamed() throws {
    let found = try track(
      text(
        #"{"startIndex":1,"endIndex":3,"label":"a"},{"startIndex":3,"endIndex":5,"label":"b"},"#
          + #"{"startIndex":7,"endIndex":6,"label":"c"},{"startIndex":6,"label":"d"}"#))
    #expect(found.losses.first.map(\.code) == [.labelGap, .overlappingLabels, .invertedLabel, .malformedRecord])
    #expect(try tenFrames(found) == labels(".aabbb...."))
  }

  @Test func filesThatHaveNothingForTheRecordingAreRefused() throws {
    let whole = text(#"{"startIndex":0,"endIndex":3,"label":"a"}"#)
    #expect(throws: LogReadError.self) { try track(whole, "down.json") }
    #expect(throws: LogReadError.self) { try track("{}") }
    for count in 0..<whole.utf8.count {
      #expect(throws: LogReadError.self, "cut at \(count)") { try track(String(whole.prefix(count))) }
    }
  }

  @Test func lostFramesMakeIndicesDoubtful() throws {
    let found = try track(text(#"{"startIndex":0,"endIndex":3,"label":"a"}"#))
    let base = try SensorLog.open(MemoryInput(Array("t,a\n0,1\n1,x\n2,3\n".utf8)), options: .init())
    let recording = try Recording(LabelledReader(base, found))
    #expect(recording.labels == ["a", "a"])
    #expect(recording.losses.first.map(\.code) == [.badCell, .labelsMayShift])
  }
}
