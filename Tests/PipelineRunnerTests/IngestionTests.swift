import Foundation
import PipelineModel
import SensorLogs
import Testing

@testable import PipelineRunner

@Suite struct IngestionTests {
  private func ingest(_ recordings: SyntheticRecordings, _ pipeline: Pipeline) throws -> IngestedWindows {
    try recordings.run(pipeline).ingest()
  }

  @Test func csvAndMCAPGiveTheSameWindows() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv")
    let csv = try ingest(recordings, recordings.pipeline(holdOut: ["a"])).windows
    var options = LogConversionOptions()
    options.write.topic = "/imu"
    options.write.labelTopic = "/what"
    options.labelNames = SyntheticRecordings.names
    _ = try LogConverter.convert(["\(recordings.folder)/a.csv"], to: "\(recordings.folder)/a.mcap", options: options)
    var pipeline = recordings.pipeline(holdOut: ["a"])
    pipeline = Pipeline("mcap", seed: 0) {
      Ingest(recordings.folder) {
        Read(.mcap, "a.mcap", topic: "/imu")
        Subjects(from: .fileName)
        Labels(topic: "/what", names: SyntheticRecordings.names)
        Window(samples: 32, every: 16)
        Split(by: .subject, holdOut: ["a"])
      }
      pipeline.model ?? Model { Dense(.classes) }
      Pretrain()
      Evaluate { Accuracy() }
    }
    let mcap = try ingest(recordings, pipeline).windows
    #expect(mcap.values == csv.values)
    #expect(mcap.labels == csv.labels)
    #expect(mcap.startNanoseconds == csv.startNanoseconds)
  }

  @Test func resamplingToTheRecordedRateChangesNothing() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv")
    let plain = try ingest(recordings, recordings.pipeline(holdOut: ["a"])).windows
    let resampled = try ingest(
      recordings, recordings.pipeline(holdOut: ["a"], steps: [.resample(Resample(hertz: 50))])
    ).windows
    #expect(resampled.values == plain.values)
    #expect(resampled.labels == plain.labels)
  }

  @Test func resamplingHalvesTheFrames() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv")
    let windows = try ingest(
      recordings, recordings.pipeline(holdOut: ["a"], steps: [.resample(Resample(hertz: 25))])
    ).windows
    // Fifty frames a stretch: windows at 0 and 16.
    #expect(windows.count == 8 * 2)
    #expect(windows.startNanoseconds[1] - windows.startNanoseconds[0] == 16 * 40_000_000)
  }

  @Test func ignoredAndUnknownLabelsGiveNoWindow() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv")
    let pipeline = Pipeline("labels", seed: 0) {
      Ingest(recordings.folder) {
        Read(.csv, "a.csv")
        Subjects(from: .fileName)
        Labels(column: "label", names: ["rest", "swing", "other"], ignore: ["rest"])
        Window(samples: 32, every: 16)
        Split(by: .subject, holdOut: ["a"])
      }
      Model {
        GlobalAveragePool(); Dense(.classes)
      }
      Pretrain()
      Evaluate { Accuracy() }
    }
    let found = try ingest(recordings, pipeline)
    #expect(found.windows.classNames == ["swing", "other"])
    #expect(found.windows.labels.allSatisfy { $0 == 0 })
    #expect(found.windows.count == 4 * 5)
    #expect(found.summary.unlabelledFrames == 400)
  }

  @Test func rotationTurnsHeldOutSubjectsOnly() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 2) }
    let matrices = "\(recordings.folder)/turn.json"
    try #"{"b": [[0, 1, 0], [-1, 0, 0], [0, 0, 1]]}"#.write(toFile: matrices, atomically: true, encoding: .utf8)
    let plain = try ingest(recordings, recordings.pipeline()).windows
    let turned = try ingest(
      recordings, recordings.pipeline(steps: [.rotate(Rotate(matrices: matrices))])
    ).windows
    for index in 0..<plain.count {
      let before = Array(plain.window(index))
      let after = Array(turned.window(index))
      if plain.subjectNames[plain.subjects[index]] == "a" {
        #expect(before == after)
      } else {
        let expected = stride(from: 0, to: before.count, by: 3).flatMap { i -> [Float] in
          [before[i + 1], -before[i], before[i + 2]]
        }
        #expect(after == expected)
      }
    }
  }

  @Test(arguments: [
    ("nothing.csv", 66, "no file matches"), ("empty.csv", 65, "holds no data"), ("other.csv", 65, "differ"),
  ])
  func mistakesInTheDataAreNamed(file: String, status: Int32, words: String) throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv", stretches: 2)
    try "".write(toFile: "\(recordings.folder)/empty.csv", atomically: true, encoding: .utf8)
    try recordings.writeCSV("other.csv", stretches: 2, heading: "time_s,u,v,w,label")
    let pipeline = Pipeline("mistakes", seed: 0) {
      Ingest(recordings.folder) {
        Read(.csv, "a.csv")
        Read(.csv, file)
        Subjects(from: .fileName)
        Labels(column: "label", names: SyntheticRecordings.names)
        Window(samples: 32, every: 16)
        Split(by: .subject, holdOut: ["a"])
      }
      Model {
        GlobalAveragePool(); Dense(.classes)
      }
      Pretrain()
      Evaluate { Accuracy() }
    }
    do {
      _ = try ingest(recordings, pipeline)
      Issue.record("the mistake was accepted")
    } catch let error as RunError {
      #expect(error.exitStatus == status)
      #expect(error.description.contains(words), "\(error.description)")
    }
  }

  @Test func labelsWithoutNamesAreSorted() {
    var map = LabelMap(Labels(column: "label"))
    #expect(["10", "9", "-1", "", "10"].map { map.index(of: $0) } == [0, 1, -1, -1, 0])
    let finished = map.finished()
    #expect(finished.names == ["9", "10"])
    #expect(finished.places == [1, 0])
  }

  @Test func aFileIsReadOnceOnly() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv", stretches: 2)
    var pipeline = recordings.pipeline(holdOut: ["a"])
    if case .ingest(var ingest) = pipeline.stages[0] {
      ingest.steps.insert(.read(Read(.csv, "a*")), at: 1)
      pipeline.stages[0] = .ingest(ingest)
    }
    do {
      _ = try ingest(recordings, pipeline)
      Issue.record("the file was read twice")
    } catch let error as RunError {
      #expect(error.description.contains("two stages match this file"))
    }
  }

  @Test func recordingsOfDifferentRatesNeedResampling() throws {
    let recordings = try SyntheticRecordings()
    let rows = try recordings.writeCSV("a.csv", stretches: 2)
    // The same at half the rate.
    let slow = rows.dropFirst().map { row in
      let parts = row.split(separator: ",", maxSplits: 1)
      return "\((Double(parts[0]) ?? 0) * 2),\(parts[1])"
    }
    try ([rows[0]] + slow).joined(separator: "\n").write(
      toFile: "\(recordings.folder)/b.csv", atomically: true, encoding: .utf8)
    do {
      _ = try ingest(recordings, recordings.pipeline())
      Issue.record("two rates were mixed")
    } catch let error as RunError {
      #expect(error.description.contains("about 25 Hz"), "\(error.description)")
    }
    let resampled = recordings.pipeline(steps: [.resample(Resample(hertz: 50))])
    #expect(try ingest(recordings, resampled).windows.count > 0)
  }

  @Test func aTimeInTheWrongUnitDoesNotMakeUpFrames() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv", stretches: 2)
    try "time_s,x,y,z,label\n0,1,1,1,0\n4e9,1,1,1,0\n8e9,1,1,1,0\n".write(
      toFile: "\(recordings.folder)/b.csv", atomically: true, encoding: .utf8)
    do {
      _ = try ingest(recordings, recordings.pipeline(steps: [.resample(Resample(hertz: 50))]))
      Issue.record("frames were made up")
    } catch let error as RunError {
      #expect(error.exitStatus == 65)
      #expect(error.description.contains("unit of its time"))
    }
  }

  @Test func windowsKnowTheFramesThatTheyShare() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv", stretches: 2)
    let windows = try ingest(recordings, recordings.pipeline(holdOut: ["a"])).windows
    #expect(windows.startFrames == [0, 16, 32, 48, 64, 100, 116, 132, 148, 164])
    #expect(windows.stretches == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
  }
}
