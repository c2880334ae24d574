import Foundation
import PipelineModel
import PipelineText
import SensorLogs
import Testing

@testable import PipelineRunner

private let recordingsAreHere = ProcessInfo.processInfo.environment["MARTLET_DATA"] != nil

/// On other people's recordings, which are not part of the repository.
@Suite(.enabled(if: recordingsAreHere, "MARTLET_DATA is not set")) struct RealRecordingTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Pipelines")

  /// The windows of one of the project's pipelines, of the files that a pattern means.
  private func windows(_ file: String, files: String, holdOut: [String]) throws -> IngestedWindows {
    let text = try Data(contentsOf: Self.folder.appendingPathComponent(file))
    var pipeline = try #require(Pipeline.read(bytes: [UInt8](text), named: file).pipeline)
    guard case .ingest(var ingest) = pipeline.stages[0] else { throw CancellationError() }
    for (index, step) in ingest.steps.enumerated() {
      if case .read(var read) = step {
        read.files = files
        ingest.steps[index] = .read(read)
      }
      if case .split = step { ingest.steps[index] = .split(Split(holdOut: holdOut)) }
    }
    pipeline.stages[0] = .ingest(ingest)
    return try PipelineRun(pipeline.checked()).ingest()
  }

  /// HAPT9 was made of HAPT with SciPy: median, zero-phase low-pass, gravity. It states six digits.
  @Test func theReferenceChannelsComeOfTheRawOnes() throws {
    let pattern = ProcessInfo.processInfo.environment["MARTLET_HAPT_FILES"] ?? "s0[12]_*.csv.zst"
    let raw = try windows("mcu1d-from-raw.swift", files: pattern, holdOut: ["s02"])
    let reference = try windows("mcu1d.swift", files: pattern, holdOut: ["s02"])
    #expect(raw.windows.labels == reference.windows.labels)
    #expect(raw.windows.startNanoseconds == reference.windows.startNanoseconds)
    var largest: Float = 0
    for (a, b) in zip(raw.windows.values, reference.windows.values) { largest = max(largest, abs(a - b)) }
    print("windows \(raw.windows.count), largest difference \(largest)")
    #expect(largest < 1e-5, "\(largest)")
  }

  /// A phone's recording whose stamps come in bursts: 8 % of them stand twice.
  @Test func burstsOfAPhoneAreSpreadOrMerged() throws {
    func findings(_ steps: [IngestStep]) throws -> (IngestFindings, frames: Int, windows: Int) {
      var pipeline = try SyntheticRecordings().pipeline(holdOut: ["s01"], steps: steps)
      guard case .ingest(var ingest) = pipeline.stages[0] else { throw CancellationError() }
      ingest.path = "$MARTLET_DATA/SPSW/sp"
      for (index, step) in ingest.steps.enumerated() {
        switch step {
        case .read: ingest.steps[index] = .read(Read(.csv, "s01_*_sp.csv.zst"))
        case .labels:
          ingest.steps[index] = .labels(
            Labels(column: "label", names: ["seated", "standing_up", "walking", "turning", "sitting_down"]))
        default: break
        }
      }
      pipeline.stages[0] = .ingest(ingest)
      let found = try PipelineRun(pipeline.checked()).ingest()
      return (found.summary.findings, found.summary.frames, found.windows.count)
    }
    let first = try findings([.gaps(Gaps(longerThan: 0.5))])
    #expect(first.0.duplicateFrames > first.frames / 100)
    let spread = try findings([.gaps(Gaps(longerThan: 0.5)), .duplicates(Duplicates(.spread))])
    #expect(spread.0.duplicateFrames == 0 && spread.0.droppedFrames == 0)
    #expect(spread.0.spreadFrames > first.0.duplicateFrames)
    #expect(spread.0.stepsBackwards == 0 && spread.windows >= first.windows)
    let last = try findings([.gaps(Gaps(longerThan: 0.5)), .duplicates(Duplicates(.keepLast))])
    #expect(last.0.duplicateFrames == first.0.duplicateFrames)
  }
}
