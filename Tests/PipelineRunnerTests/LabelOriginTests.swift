import Foundation
import PipelineModel
import SensorLogs
import Testing

@testable import PipelineRunner

/// The same labels in a column and in files of their own give the same windows.
@Suite struct LabelOriginTests {
  private let recordings: SyntheticRecordings
  private let expected: IngestedWindows

  init() throws {
    recordings = try SyntheticRecordings()
    let rows = try recordings.writeCSV("a.1.csv", stretches: 4)
    expected = try recordings.run(recordings.pipeline(holdOut: ["a"])).ingest()
    // The recording itself says the opposite from here on.
    let lying = rows.dropFirst().map { row in String(row.dropLast()) + (row.hasSuffix("0") ? "1" : "0") }
    try write("a.1.csv", [rows[0]] + lying)
  }

  private func write(_ name: String, _ rows: [String]) throws {
    try (rows.joined(separator: "\n") + "\n").write(
      toFile: "\(recordings.folder)/\(name)", atomically: true, encoding: .utf8)
  }

  private func windows(_ labels: Labels, _ read: Read = Read(.csv, "a.1.csv")) throws -> IngestedWindows {
    var pipeline = recordings.pipeline(holdOut: [String(read.files.prefix { $0 != "." })])
    guard case .ingest(var ingest) = pipeline.stages[0] else { return expected }
    ingest.steps[0] = .read(read)
    ingest.steps[2] = .labels(labels)
    pipeline.stages[0] = .ingest(ingest)
    return try recordings.run(pipeline).ingest()
  }

  private func agrees(_ origin: LabelOrigin) throws -> Bool {
    let found = try windows(Labels(from: origin, names: SyntheticRecordings.names)).windows
    return found.labels == expected.windows.labels && found.values == expected.windows.values
  }

  @Test func intervalsByClockBySinceStartAndByFrames() throws {
    // A stretch of 2 s begins every 3 s; the star stands for the recording's name up to its first dot.
    let clock = (0..<4).map { "\($0 * 3),\($0 * 3 + 2),\(SyntheticRecordings.names[$0 % 2])" }
    try write("a.intervals.tsv", ["start_s,duration_s,label"] + (0..<4).map { "\($0 * 3),2,\($0 % 2)" })
    try write("clock.csv", ["start,end,label"] + clock)
    try write("frames.csv", ["start,end,label"] + (0..<4).map { "\($0 * 100),\($0 * 100 + 100),\($0 % 2)" })
    #expect(try agrees(.intervals("clock.csv", counting: .sinceStart)))
    #expect(try agrees(.intervals("*.intervals.tsv")))
    #expect(try agrees(.intervals("frames.csv", counting: .frames)))
    // Eight frames with labels make no window.
    #expect(throws: RunError.self) { try agrees(.intervals("clock.csv", counting: .frames)) }
  }

  @Test func aTableThatIsLabelledFromElsewhereNeedsNoColumnOfLabels() throws {
    try write("swing.csv", ["time_s,x,y,z"] + (0..<64).map { "\(Double($0) / 50),1,2,3" })
    let found = try windows(Labels(from: .fileName, names: SyntheticRecordings.names), Read(.csv, "swing.csv")).windows
    #expect(found.labels == [1, 1, 1])
  }

  @Test func eventsHoldUntilTheNextOrForATolerance() throws {
    try write("events.csv", ["time_s,label"] + (0..<4).map { "\($0 * 3),\($0 % 2)" })
    try write("middles.csv", ["time_s,label"] + (0..<4).map { "\($0 * 3 + 1),\($0 % 2)" })
    #expect(try agrees(.events("events.csv")))
    #expect(try agrees(.events("middles.csv", tolerance: 1)))
    #expect(try !agrees(.events("middles.csv", tolerance: 0.5)))
  }

  @Test func structuredLabelsNameTheRecording() throws {
    let entries = (0..<4).map { #"{"startIndex": \#($0 * 100), "endIndex": \#($0 * 100 + 99), "label": "\#($0 % 2)"}"# }
    try write(
      "structured_labels.labels",
      [
        #"{"version": 1, "type": "structured-labels", "structuredLabels": {"a.1.csv": [\#(entries.joined(separator: ","))]}}"#
      ])
    #expect(try agrees(.structured("structured_labels.labels")))
  }

  @Test func oneLabelForAFileByItsNameOrByItsStage() throws {
    try recordings.writeCSV("swing.csv", stretches: 1)
    let byName = try windows(
      Labels(from: .fileName, names: SyntheticRecordings.names), Read(.csv, "swing.csv")
    ).windows
    #expect(byName.count > 0 && byName.labels.allSatisfy { $0 == 1 })
    let byStage = try windows(
      Labels(names: SyntheticRecordings.names), Read(.csv, "swing.csv", label: "rest")
    ).windows
    #expect(byStage.count == byName.count && byStage.labels.allSatisfy { $0 == 0 })
  }

  @Test func aFileOfLabelsThatIsNotThereIsNamed() throws {
    #expect(throws: RunError.self) { try windows(Labels(from: .intervals("gone.csv"), names: ["rest", "swing"])) }
    do {
      _ = try windows(Labels(from: .events("*.gone.csv"), names: ["rest", "swing"]))
    } catch {
      #expect("\(error)".contains("\(recordings.folder)/a.gone.csv"))
    }
  }

  /// What is wrong in the file is counted as a loss of the recording, and the rest of it labels.
  @Test func badRowsAreLossesOfTheRun() throws {
    try write("labels.csv", ["start,end,label", "0,2,0", "3,5,1", "what,9,1", "6,8,0", "9,11,1"])
    let found = try windows(Labels(from: .intervals("labels.csv", counting: .sinceStart), names: ["rest", "swing"]))
    #expect(found.windows.labels == expected.windows.labels)
    #expect(found.summary.lossCount == 1)
    #expect(found.summary.losses.contains { $0.contains("labels in") && $0.contains("what") })
  }
}
