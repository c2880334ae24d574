import PipelineRunner
import SensorLogs

/// Turns what is played into lines.
protocol ReplaySink: AnyObject {
  /// What stands before all lines.
  func start(into bytes: inout [UInt8])
  func add(_ frame: ReplayFrame, to bytes: inout [UInt8]) throws
  /// Nothing more is there for now.
  func flush(into bytes: inout [UInt8]) throws
  /// The recordings have ended.
  func finish(into bytes: inout [UInt8]) throws
  /// Lines so far: a step on the keyboard plays until there is one more.
  var lines: Int { get }
  /// What was found out about windows; nil where frames are printed.
  var tally: WindowTally? { get }
}

/// A line a frame.
final class FrameLines: ReplaySink {
  private let source: ReplaySource
  private let text: ReplayText
  private var labelNames: [[String]]
  private(set) var lines = 0
  let tally: WindowTally? = nil

  init(_ source: ReplaySource, text: ReplayText) {
    self.source = source
    self.text = text
    labelNames = source.inputs.map { _ in [] }
  }

  func start(into bytes: inout [UInt8]) { text.start(into: &bytes) }

  func add(_ frame: ReplayFrame, to bytes: inout [UInt8]) {
    if frame.label >= 0, Int(frame.label) >= labelNames[frame.track].count {
      labelNames[frame.track] = source.labelNames(ofTrack: frame.track)
    }
    text.add(frame, labelNames: labelNames[frame.track], to: &bytes)
    lines += 1
  }

  func flush(into bytes: inout [UInt8]) {}
  func finish(into bytes: inout [UInt8]) {}
}

/// A line a window: its time, its label, and what the model takes it for.
final class WindowLines: ReplaySink {
  private let windows: ReplayedWindows
  private let row: ReplayRow
  private let names: [String]
  private let predicts: Bool
  private var found = WindowTally()

  init(_ windows: ReplayedWindows, source: ReplaySource, format: ReplayFormat, predicts: Bool) {
    self.windows = windows
    self.predicts = predicts
    names = source.inputs.count > 1 ? ReplayText.names(source) : []
    row = ReplayRow(
      format,
      names: ["time_s", "end_s", "label"] + (predicts ? ["prediction", "accuracy"] : [])
        + (names.isEmpty ? [] : ["recording"]))
    found.predicts = predicts
    found.subjects = windows.subjects
  }

  var lines: Int { found.windows }

  var tally: WindowTally? {
    var result = found
    result.classNames = windows.classNames
    result.findings = windows.findings
    return result
  }

  func start(into bytes: inout [UInt8]) { row.start(into: &bytes) }

  func add(_ frame: ReplayFrame, to bytes: inout [UInt8]) throws {
    try windows.add(frame) { write($0, to: &bytes) }
  }

  func flush(into bytes: inout [UInt8]) throws {
    try windows.flush { write($0, to: &bytes) }
  }

  func finish(into bytes: inout [UInt8]) throws {
    try windows.finish { write($0, to: &bytes) }
  }

  private func write(_ window: ReplayedWindow, to bytes: inout [UInt8]) {
    found.add(window)
    let classes = windows.classNames
    var values: [ReplayRow.Value] = [
      .seconds(window.startNanoseconds), .seconds(window.endNanoseconds), .text(window.label.map { classes[$0] }),
    ]
    if predicts {
      values.append(.text(window.prediction.map { classes[$0] }))
      // Four places are what a reader can use; the counts are in the report.
      values.append(.number(found.accuracy.map { ($0 * 10_000).rounded() / 10_000 }))
    }
    if !names.isEmpty { values.append(.text(names[window.track])) }
    row.add(values, to: &bytes)
  }
}
