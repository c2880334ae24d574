/// The unit of a time column or field.
public enum TimeUnit: String, Sendable, Hashable, Codable {
  case seconds
  case milliseconds
  case microseconds
  case nanoseconds

  /// Nanoseconds in one unit, as a power of ten.
  var nanosecondsExponent: Int {
    switch self {
    case .seconds: 9
    case .milliseconds: 6
    case .microseconds: 3
    case .nanoseconds: 0
    }
  }

  /// The unit that a name such as `time_ms` or `stamp_ns` ends in.
  init?(nameSuffix name: String) {
    let lowered = name.lowercased()
    let table: [(String, TimeUnit)] = [
      ("_ns", .nanoseconds), ("_us", .microseconds), ("_ms", .milliseconds), ("_s", .seconds),
      ("_nanoseconds", .nanoseconds), ("_microseconds", .microseconds), ("_milliseconds", .milliseconds),
      ("_seconds", .seconds), ("_sec", .seconds),
    ]
    guard let match = table.first(where: { lowered.hasSuffix($0.0) }) else { return nil }
    self = match.1
  }

  init?(symbol: String) {
    switch symbol.lowercased() {
    case "s", "sec", "seconds": self = .seconds
    case "ms", "milliseconds": self = .milliseconds
    case "us", "µs", "microseconds": self = .microseconds
    case "ns", "nanoseconds": self = .nanoseconds
    default: return nil
    }
  }
}

/// What stands between the whole part of a number and the rest of it in a text table.
public enum DecimalSeparator: String, Sendable, Hashable, Codable, CaseIterable {
  case point
  case comma
}

/// Which clock of a message gives its frame's time.
public enum MessageTime: Sendable, Hashable {
  case log
  case publish

  /// A field: a scalar, or a pair of seconds and nanoseconds such as `header.stamp`.
  case field(String)
}

/// How a recording is to be read. The default suits files that name things the common way.
public struct LogReadOptions: Sendable, Hashable {
  // Text tables.

  /// nil: `time_s`, `time_ms`, `time_us`, `time_ns`, `timestamp…`, `time`, `t`, the first that is there.
  public var timeColumn: String?

  /// nil: from the column's name or unit; where neither tells, from the size of the first value.
  public var timeUnit: TimeUnit?

  /// nil: `label`, if there is such a column.
  public var labelColumn: String?

  /// nil: `segment`, if there is such a column.
  public var segmentColumn: String?

  /// The names of a table's columns where it has no heading; nil: the first line is the heading.
  public var columns: [String]?

  /// Channels by name, in this order; nil: every remaining column or numeric field.
  public var channels: [String]?

  /// Times count up from 0 at this rate where the table has no time column.
  public var rateHz: Double?

  /// nil: a tab if the heading has one, else a semicolon if it has no comma, else a comma; spaces where there is none of
  /// these and a word of the heading is a time. Any number of spaces is one delimiter.
  public var delimiter: Character?

  /// nil: a comma where cells are separated by another sign and the first row that tells has one in its numbers, else a
  /// point.
  public var decimal: DecimalSeparator?

  public var maximumLineBytes = 1 << 20

  // Messages.

  /// nil: the first topic whose messages hold numbers.
  public var topic: String?
  public var time: MessageTime = .log

  /// nil: the topic that the frames' channel names in its metadata as `label.topic`, else `/label`.
  public var labelTopic: String?

  /// nil: the first text field of the label topic, else its first number. In a frame's own message: `label`.
  public var labelField: String?

  /// nil: a numeric field `segment`, if there is one.
  public var segmentField: String?

  // Other formats.

  /// nil: told by the content, and where that tells nothing, by the name.
  public var format: LogFormat?

  /// What the bytes of a raw recording mean; a file is read as one where this is given.
  public var rawLayout: RawLayout?

  /// The metadata file of an SDS recording; nil: the one of its stream, beside it.
  public var sdsMetadataPath: String?

  /// The ending of the annotation file of a WFDB record; nil: `atr`, if there is one.
  public var annotator: String?

  /// How annotations of WFDB and EDF+ recordings label frames.
  public var annotations: AnnotationRule = .held

  /// The key that Edge Impulse recordings are verified with.
  public var signingKey: String?

  /// The frames' label where the recording has none of its own; nil: none, or what the file's name says in formats
  /// whose names do.
  public var fileLabel: String?

  /// Labels that stand elsewhere and take the place of the recording's own; nil: its own.
  public var labels: LabelSource?

  // Limits.

  public var units: [String: String] = [:]
  public var maximumChannels = 1024
  public var maximumLabels = 4096

  /// Decompressed bytes of an MCAP chunk, which is read as a whole so that its checksum comes before its messages.
  /// With it and the windows of decompressors, all of a program stays under 64 MiB.
  public var maximumChunkBytes = 16 << 20

  /// Bytes of an MCAP record outside of chunks, or of an EDF record.
  public var maximumRecordBytes = 16 << 20

  /// The largest zstd window accepted, as a power of two; 23 is 8 MiB.
  public var zstdWindowLogMaximum = 23

  /// Where a file decodes to more bytes than these, the rest is lost. nil: no limit, for memory does not grow with them.
  public var maximumDecodedBytes: Int?

  public init() {}
}
