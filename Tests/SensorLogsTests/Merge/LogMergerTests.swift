import Foundation
import Testing

@testable import SensorLogs

@Suite struct LogMergerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func merge(
    _ texts: [String], to output: String = "out.csv", _ adjust: (inout LogMergeOptions) -> Void = { _ in }
  ) throws -> (LogMergeReport, String) {
    var options = LogMergeOptions()
    adjust(&options)
    let paths = try texts.enumerated().map { try folder.write($1, to: "in\($0).csv") }
    let report = try LogMerger.merge(paths, to: folder.file(output), options: options)
    return (report, String(decoding: try bytes(of: folder.file(output)), as: UTF8.self))
  }

  @Test func framesOfTheSameChannelsAreInterleavedByTime() throws {
    let (report, text) = try merge([
      "time_s,x[g],label\n0,1,a\n2,2,b\n2,3,b\n4,4,a\n", "time_s,x,label\n1,5,b\n2,6,c\n3,7,\n",
    ])
    #expect(text == "time_s,x[g],label\n0,1,a\n1,5,b\n2,2,b\n2,3,b\n2,6,c\n3,7,-1\n4,4,a\n")
    #expect(report.rule == .interleaved && report.inputs.map(\.kept) == [4, 3] && report.stepsBack == 0)
  }

  @Test func theOrderOfAnyRecordingsIsThatOfTheirTimes() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      var generator = SeededGenerator(state: seed)
      var all: [(time: Int, input: Int, index: Int)] = []
      let texts = (0..<3).map { input in
        var time = 0
        var rows: [(Int, Int)] = []
        for index in 0..<200 {
          time += Int.random(in: 0...3, using: &generator)
          rows.append((time, index))
        }
        // Neighbours change places: disorder that the horizon takes in.
        for index in stride(from: 0, to: 198, by: 7) { rows.swapAt(index, index + 2) }
        all += rows.map { ($0.0, input, $0.1) }
        return "time_ms,x\n" + rows.map { "\($0.0),\(input * 1000 + $0.1)\n" }.joined()
      }
      let (report, text) = try merge(texts)
      let expected = try Recording(SensorLog.open(MemoryInput(Array(text.utf8)), options: LogReadOptions()))
      #expect(expected.times == expected.times.sorted() && report.stepsBack == 0, "seed \(seed)")
      #expect(Set(expected.doubles) == Set(all.map { Double($0.input * 1000 + $0.index) }), "seed \(seed)")
      #expect(expected.frameCount == 600, "seed \(seed)")
    }
  }

  @Test func whatComesLaterThanTheHorizonIsKeptAndCounted() throws {
    let (report, text) = try merge(["time_s,x\n0,1\n5,2\n9,3\n1,4\n", "time_s,x\n4,5\n"])
    #expect(text == "time_s,x\n0,1\n4,5\n5,2\n1,4\n9,3\n")
    #expect(report.inputs[0].late == 1 && report.stepsBack == 1)
  }

  @Test func unitsAreNeverMixedInSilence() throws {
    #expect(throws: LogReadError.self) { try merge(["time_s,x[g]\n0,1\n", "time_s,x[m/s2]\n0,1\n"]) }
    #expect(!FileManager.default.fileExists(atPath: folder.file("out.csv")))
    do {
      _ = try merge(["time_s,x[g]\n0,1\n", "time_s,x[m/s2]\n0,1\n"])
    } catch let error as LogReadError {
      #expect(error.description.contains("channel 'x' is in 'm/s2', in the recordings before in 'g'"))
    }
  }

  @Test func recordingsOfDifferentChannelsAreJoinedOnTime() throws {
    let (report, text) = try merge([
      "time_s,x,label\n0,1,a\n1,2,a\n2,3,b\n5,4,b\n", "time_s,x,y\n0.5,10,11\n0.9,12,13\n2,14,15\n9,0,0\n",
    ]) {
      $0.aligns = true
      $0.tolerance = 1_500_000_000
    }
    #expect(
      text == """
        time_s,x,in1.x,y,label
        0,1,,,a
        1,2,12,13,a
        2,3,14,15,b
        5,4,,,b

        """)
    #expect(report.rule == .aligned && report.written == 4)
    #expect(throws: LogReadError.self) { try merge(["time_s,x\n0,1\n", "time_s,y\n0,1\n"]) }
  }

  @Test func recordingsOfDifferentChannelsKeepTheirTopics() throws {
    let (report, _) = try merge(["time_s,x,label\n0,1,a\n2,2,b\n", "time_s,y\n1,3\n"], to: "out.mcap")
    #expect(report.inputs.map(\.topic) == ["/in0", "/in1"] && report.stepsBack == 0)
    var read = LogReadOptions()
    read.topic = "/in0"
    let first = try Recording(SensorLog.open(folder.file("out.mcap"), options: read))
    #expect(first.doubles == [1, 2] && first.labels == ["a", "b"] && first.losses.isEmpty)
    read.topic = "/in1"
    let second = try Recording(SensorLog.open(folder.file("out.mcap"), options: read))
    #expect(second.doubles == [3] && second.times == [1_000_000_000])
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(left == ["in0.csv", "in1.csv", "out.mcap"])
  }

  @Test func messagesOfMCAPAreMergedByLogTime() throws {
    var all: [MadeMessage] = []
    for number in 0..<2 as Range<UInt64> {
      all += try makeMCAP(
        folder.file("\(number).mcap"), times: (0..<40).map { $0 * 10 + number * 3 }, topics: 2 + Int(number),
        extras: {
          try $0.add(MCAPMetadata(name: "m\(number)", entries: [:]))
          try $0.add(MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t"), data: [UInt8(number)])
        })
    }
    let table = try folder.write("time_s,x\n0.0000001,1\n", to: "table.csv")
    let report = try LogMerger.merge(
      [folder.file("0.mcap"), folder.file("1.mcap"), table], to: folder.file("out.mcap"))
    let found = try messages(of: MCAPReader(folder.file("out.mcap")), areWhole: false)
    #expect(found.filter { $0.topic != "/table" } == all.sorted { $0.time < $1.time })
    #expect(found.count == 81 && report.written == 81 && report.attachments == 2 && report.metadata == 2)
    #expect(report.inputs.map(\.topic) == [nil, nil, "/table"] && report.stepsBack == 0)
    let diagnosis = try LogDoctor.examine(folder.file("out.mcap"))
    #expect(diagnosis.errors == 0)
  }
}
