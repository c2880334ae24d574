import Foundation
import PipelineModel

/// What is wrong with the text of a stream.
public struct StreamTextError: Error, Sendable, Hashable, CustomStringConvertible {
  /// From 1.
  public let line: Int
  public let reason: String

  public var description: String { "line \(line): \(reason)" }
}

extension TestStream {
  /// Reads a stream from text: a heading, then a line for each frame.
  ///
  /// ```
  /// t,ax [m/s2],ay [m/s2],label
  /// 0.00,0.1,9.8,rest
  /// 0.02,,9.7,rest
  /// ```
  ///
  /// The first column is the time in seconds. A column `label` holds labels. An empty cell is NaN, or no label; spaces
  /// around cells and empty lines count for nothing.
  public init(_ text: String) throws(StreamTextError) {
    var heading: [String]?
    var labelColumn: Int?
    var channels: [FrameStream.Channel] = []
    var frames: [Frame] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if cells == [""] { continue }
      guard let columns = heading else {
        guard cells.count >= 2 else {
          throw StreamTextError(line: index + 1, reason: "a heading names the time and at least one channel")
        }
        heading = cells
        labelColumn = cells.firstIndex(of: "label")
        channels = cells.indices.dropFirst().filter { $0 != labelColumn }.map { Self.channel(cells[$0]) }
        continue
      }
      guard cells.count == columns.count else {
        throw StreamTextError(line: index + 1, reason: "it has \(cells.count) cells, and the heading \(columns.count)")
      }
      guard let seconds = Double(cells[0]), seconds.magnitude < 9e9 else {
        throw StreamTextError(line: index + 1, reason: "'\(cells[0])' is no time in seconds")
      }
      var values: [Float] = []
      for column in cells.indices.dropFirst() where column != labelColumn {
        guard let value = cells[column].isEmpty ? Float.nan : Float(cells[column]) else {
          throw StreamTextError(line: index + 1, reason: "'\(cells[column])' is no number")
        }
        values.append(value)
      }
      let label = labelColumn.map { cells[$0] }.flatMap { $0.isEmpty ? nil : $0 }
      frames.append(Frame(timeNanoseconds: Self.nanoseconds(seconds), values: values, label: label))
    }
    guard heading != nil else { throw StreamTextError(line: 1, reason: "the text is empty") }
    self.init(channels: channels, frames: frames)
  }

  /// `ax [m/s2]` with its unit.
  private static func channel(_ text: String) -> FrameStream.Channel {
    guard text.hasSuffix("]"), let open = text.lastIndex(of: "[") else { return FrameStream.Channel(text) }
    let name = text[..<open].trimmingCharacters(in: .whitespaces)
    return FrameStream.Channel(name, unit: String(text[text.index(after: open)...].dropLast()))
  }

  /// The stream as a table that `Read(.csv)` reads: `time_s`, the channels, and `label` if any frame has one.
  public var csv: String {
    let hasLabels = frames.contains { $0.label != nil }
    let heading =
      ["time_s"] + channels.map { channel in channel.name + (channel.unit.map { " [\($0)]" } ?? "") }
      + (hasLabels ? ["label"] : [])
    var text = heading.joined(separator: ",") + "\n"
    for frame in frames {
      let cells =
        [Self.seconds(frame.timeNanoseconds)] + frame.values.map { $0.isFinite ? "\($0)" : "" }
        + (hasLabels ? [frame.label ?? ""] : [])
      text += cells.joined(separator: ",") + "\n"
    }
    return text
  }

  /// Whole nanoseconds survive, which they would not as a Double.
  private static func seconds(_ nanoseconds: Int64) -> String {
    let magnitude = nanoseconds.magnitude
    let fraction = String(magnitude % 1_000_000_000)
    let padded = String(repeating: "0", count: 9 - fraction.count) + fraction
    return (nanoseconds < 0 ? "-" : "") + "\(magnitude / 1_000_000_000).\(padded)"
  }
}
