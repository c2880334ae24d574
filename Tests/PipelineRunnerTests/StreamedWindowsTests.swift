import Foundation
import PipelineModel
import SensorLogs
import Signal
import Testing

@testable import PipelineRunner

@Suite struct StreamedWindowsTests {
  private static func passing(
    _ run: PipelineRun
  ) throws -> (found: [(window: StreamedWindow, values: [Float])], streamed: StreamedWindows) {
    var found: [(window: StreamedWindow, values: [Float])] = []
    let streamed = try run.forEachWindow { window, frames in
      var values: [Float] = []
      for index in frames.indices { values.append(frames[index]) }
      found.append((window, values))
    }
    return (found, streamed)
  }

  /// Several recordings, some shorter than a window, with a step of the clock in one.
  @Test func windowsThatPassByAreThoseThatAreKept() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a", "b", "c"] { try recordings.writeCSV("\(name).csv") }
    let run = try recordings.run(recordings.pipeline(holdOut: ["a"]))
    let kept = try run.ingest()
    let (found, streamed) = try Self.passing(run)
    let windows = found.map(\.window)
    #expect(found.flatMap(\.values) == kept.windows.values)
    #expect(windows.map(\.startNanoseconds) == kept.windows.startNanoseconds)
    #expect(windows.map(\.startFrame) == kept.windows.startFrames)
    #expect(windows.map(\.recording) == kept.windows.recordings)
    #expect(
      windows.map { streamed.labelNames[$0.label] } == kept.windows.labels.map { kept.windows.classNames[$0] })
    #expect(Set(windows.map(\.recording)) == [0, 1, 2])
    #expect(streamed.summary == kept.summary)
    #expect(streamed.sampleRateHz == kept.sampleRateHz)
    #expect(streamed.channelNames == kept.channelNames)
    #expect(windows.allSatisfy { $0.endNanoseconds > $0.startNanoseconds })
  }

  /// The ring holds far fewer frames than the recording, so the decoder has to wait for the windows and they for it.
  @Test func aLongRecordingPassesThroughAShortRing() throws {
    let recordings = try SyntheticRecordings()
    let folder = recordings.folder
    let frames = 60_000
    var text = "time_s,x,label\n"
    for index in 0..<frames { text += "\(Double(index) / 100),\(index % 1000),\(index / 30_000 == 0 ? "a" : "b")\n" }
    try text.write(toFile: "\(folder)/long.csv", atomically: true, encoding: .utf8)
    let pipeline = Pipeline("long", seed: 0) {
      Ingest(folder) {
        Read(.csv, "long.csv")
        Subjects(from: .fileName)
        Labels()
        Window(samples: 100, every: 50)
        Split(by: .subject, holdOut: ["long"])
      }
      Model {
        GlobalAveragePool()
        Dense(.classes)
      }
      Pretrain()
      Evaluate { Accuracy() }
    }
    let (found, streamed) = try Self.passing(PipelineRun(pipeline.checked(), environment: [:]))
    // The second label's windows begin with its first frame.
    let starts = (0..<599).map { $0 * 50 } + (0..<599).map { 30_000 + $0 * 50 }
    #expect(found.map(\.window.startFrame) == starts)
    for (start, one) in zip(starts, found) {
      let expected = (start..<start + 100).map { Float($0 % 1000) }
      if one.values != expected { Issue.record("window at \(start): \(one.values)") }
    }
    #expect(streamed.summary.windows == 2 * 599)
    #expect(streamed.summary.frames == frames)
    withExtendedLifetime(recordings) {}
  }
}
