/// Frames as lines of text, in decimals that read back as the same numbers.
public enum ReplayFormat: String, Sendable, Hashable, CaseIterable {
  /// An object a line: `time_s`, the channels with their units, `segment` and `label` where the recording has them.
  case jsonl
  /// The same as a table with a heading.
  case csv
}

/// Writes the frames of a replay as lines.
///
/// Where several recordings are played, a field `recording` names each frame's. A table has one set of columns, so
/// there all recordings must have the same channels.
public struct ReplayText {
  private let format: ReplayFormat
  private let tracks: [Track]
  private let namesRecordings: Bool
  private let hasSegments: Bool
  private let hasLabels: Bool

  private struct Track {
    /// What stands before each value.
    var keys: [[UInt8]]
    var name: [UInt8]
    var hasSegments: Bool
    var hasLabels: Bool
  }

  /// - Throws: where recordings with different channels are to become one table.
  public init(_ format: ReplayFormat, source: ReplaySource) throws(LogReadError) {
    self.format = format
    let schemas = source.schemas
    let names = Self.names(source)
    namesRecordings = schemas.count > 1
    hasSegments = schemas.contains(where: \.hasSegments)
    hasLabels = schemas.contains(where: \.hasLabels)
    let headings = schemas.map { $0.channels.map(Self.heading) }
    if format == .csv, let other = headings.firstIndex(where: { $0 != headings[0] }) {
      throw LogReadError(
        .channelsDiffer(expected: headings[0], found: headings[other]), path: source.inputs[other].path)
    }
    tracks = zip(schemas, names).map { schema, name in
      var text: [UInt8] = []
      format == .jsonl ? JSONText.add(name, to: &text) : Self.add(cell: name, to: &text)
      return Track(
        keys: schema.channels.map { Self.key($0, format) }, name: text, hasSegments: schema.hasSegments,
        hasLabels: schema.hasLabels)
    }
  }

  /// Names that tell the recordings of a replay apart: of the file, with the topic or the folder where that is needed.
  public static func names(_ source: ReplaySource) -> [String] {
    var names = source.inputs.map { LogFileSet.recordingName($0.path) }
    if Set(names).count < names.count {
      names = zip(names, source.schemas).map { name, schema in schema.topic.map { "\(name):\($0)" } ?? name }
    }
    if Set(names).count < names.count { names = source.inputs.map(\.path) }
    if Set(names).count < names.count { names = names.enumerated().map { "\($0.element)#\($0.offset + 1)" } }
    return names
  }

  private static func heading(_ channel: Channel) -> String {
    channel.unit.map { "\(channel.name)[\($0)]" } ?? channel.name
  }

  private static func key(_ channel: Channel, _ format: ReplayFormat) -> [UInt8] {
    var key = [UInt8(ascii: ",")]
    if format == .jsonl {
      JSONText.add(heading(channel), to: &key)
      key.append(UInt8(ascii: ":"))
    } else {
      add(cell: heading(channel), to: &key)
    }
    return key
  }

  /// What stands before all frames: the heading of a table.
  public func start(into bytes: inout [UInt8]) {
    guard format == .csv else { return }
    bytes += "time_s".utf8
    for key in tracks[0].keys { bytes += key }
    if hasSegments { bytes += ",segment".utf8 }
    if hasLabels { bytes += ",label".utf8 }
    if namesRecordings { bytes += ",recording".utf8 }
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Appends one line.
  ///
  /// - Parameter labelNames: Of the frame's track.
  public func add(_ frame: ReplayFrame, labelNames: [String], to bytes: inout [UInt8]) {
    let label = frame.label >= 0 && Int(frame.label) < labelNames.count ? labelNames[Int(frame.label)] : nil
    switch format {
    case .jsonl: addObject(frame, label, tracks[frame.track], to: &bytes)
    case .csv: addRow(frame, label, tracks[frame.track], to: &bytes)
    }
  }

  private func addObject(_ frame: ReplayFrame, _ label: String?, _ track: Track, to bytes: inout [UInt8]) {
    bytes += "{\"time_s\":".utf8
    DecimalText.addSeconds(frame.timeNanoseconds, to: &bytes)
    for (channel, value) in frame.values.enumerated() {
      bytes += track.keys[channel]
      JSONText.add(value, to: &bytes)
    }
    if track.hasSegments {
      bytes += ",\"segment\":".utf8
      Self.add(frame.segment, to: &bytes)
    }
    if track.hasLabels {
      bytes += ",\"label\":".utf8
      if let label { JSONText.add(label, to: &bytes) } else { bytes += "null".utf8 }
    }
    if namesRecordings {
      bytes += ",\"recording\":".utf8
      bytes += track.name
    }
    bytes += "}\n".utf8
  }

  private func addRow(_ frame: ReplayFrame, _ label: String?, _ track: Track, to bytes: inout [UInt8]) {
    DecimalText.addSeconds(frame.timeNanoseconds, to: &bytes)
    for value in frame.values {
      bytes.append(UInt8(ascii: ","))
      DecimalText.add(value, to: &bytes)
    }
    if hasSegments {
      bytes.append(UInt8(ascii: ","))
      Self.add(frame.segment, to: &bytes)
    }
    if hasLabels {
      bytes.append(UInt8(ascii: ","))
      Self.add(cell: label ?? "-1", to: &bytes)
    }
    if namesRecordings {
      bytes.append(UInt8(ascii: ","))
      bytes += track.name
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func add(_ segment: Int32, to bytes: inout [UInt8]) {
    if segment < 0 { bytes.append(UInt8(ascii: "-")) }
    DecimalText.addWhole(UInt64(segment.magnitude), to: &bytes)
  }

  /// Quoted where it has to be. A line break in it becomes a space: rows are lines.
  static func add(cell: String, to bytes: inout [UInt8]) {
    let special = [UInt8(ascii: ","), UInt8(ascii: "\"")]
    let needsQuotes =
      cell.utf8.contains { special.contains($0) || $0 < 32 } || cell.first == " " || cell.last == " "
    guard needsQuotes else { return bytes += cell.utf8 }
    bytes.append(UInt8(ascii: "\""))
    for byte in cell.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte == 10 || byte == 13 ? UInt8(ascii: " ") : byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
