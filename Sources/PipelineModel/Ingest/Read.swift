/// Reads every recording in the folder whose name matches a pattern.
///
/// Plain or zstd-compressed is told from the content, not from the name.
public struct Read: Sendable, Hashable {
  public var format: RecordingFormat
  /// `*` stands for any characters, `?` for one, `[1-9]` for one of a range; relative to the folder of `Ingest`.
  public var files: String
  /// The MCAP topic that holds the channels; `nil` if the recording has a single topic with numbers.
  public var topic: String?
  /// The channels to keep, in this order; `nil` keeps all.
  public var channels: [String]?
  /// The names of a table's columns, where it has no heading; `nil` takes the first line for the heading.
  public var columns: [String]?
  /// Which clock gives a frame its time; `nil` takes the log time of MCAP and the column `time_s` of CSV.
  public var time: TimeSource?
  /// The unit of the column or field that holds the time; `nil` goes by its name, else by the size of the first value.
  public var timeUnit: RawTimeUnit?
  /// What the numbers of a table have before their fraction; `nil` goes by the first row that tells.
  public var decimal: DecimalMark?
  /// The parts of a raw recording's frame, in the order of their bytes.
  public var fields: [RawField]?
  public var byteOrder: RawByteOrder
  /// Bytes before the first frame of a raw recording.
  public var skipBytes: Int
  /// Frames a second, where the recording itself holds no times.
  public var hertz: Double?
  /// How annotations of WFDB and EDF+ recordings label frames.
  public var annotations: AnnotationLabels
  /// What all frames of these recordings show, whatever else labels them.
  public var label: String?

  public init(
    _ format: RecordingFormat, _ files: String, topic: String? = nil, channels: [String]? = nil,
    columns: [String]? = nil,
    time: TimeSource? = nil, timeUnit: RawTimeUnit? = nil, decimal: DecimalMark? = nil, fields: [RawField]? = nil,
    byteOrder: RawByteOrder = .little, skipBytes: Int = 0, hertz: Double? = nil,
    annotations: AnnotationLabels = .held, label: String? = nil
  ) {
    self.format = format
    self.files = files
    self.topic = topic
    self.channels = channels
    self.columns = columns
    self.time = time
    self.timeUnit = timeUnit
    self.decimal = decimal
    self.fields = fields
    self.byteOrder = byteOrder
    self.skipBytes = skipBytes
    self.hertz = hertz
    self.annotations = annotations
    self.label = label
  }

  /// The clock that is read: as written, else the usual one of the format; `nil` where the recording has only one.
  public var effectiveTime: TimeSource? {
    switch (time, format) {
    case (let time?, _): time
    case (nil, .csv), (nil, .tsv), (nil, .jsonl): hertz == nil ? .column("time_s") : nil
    case (nil, .mcap), (nil, .rosbag2): .log
    case (nil, .auto), (nil, .sds), (nil, .raw), (nil, .edgeImpulse), (nil, .wfdb), (nil, .edf): nil
    }
  }
}

public enum RecordingFormat: Sendable, Hashable, CaseIterable {
  case csv
  case mcap
  case auto
  case tsv
  case jsonl
  case sds
  case raw
  case edgeImpulse
  case wfdb
  case edf
  case rosbag2

  /// Whether recordings consist of messages on topics.
  var hasTopics: Bool { self == .mcap || self == .rosbag2 || self == .auto }

  /// Whether recordings are tables of text.
  var hasCells: Bool { self == .csv || self == .tsv || self == .auto }

  /// Whether recordings are lines of text whose time stands in a column.
  var hasColumns: Bool { self == .csv || self == .tsv || self == .jsonl || self == .auto }
}

/// What stands between the whole part of a number and its fraction.
public enum DecimalMark: Sendable, Hashable, CaseIterable {
  case point
  case comma
}

/// How the annotations of a recording label its frames.
public enum AnnotationLabels: Sendable, Hashable, CaseIterable {
  /// Annotations that hold label their frames: those with a duration, and changes of rhythm until the next one.
  case held
  /// Every annotation without an end holds until the next one.
  case untilNext
  /// An annotation of an instant labels the frame nearest to it.
  case nearestFrame
}

public enum TimeSource: Sendable, Hashable {
  /// MCAP: when the recorder received the message.
  case log
  /// MCAP: when the sender sent the message.
  case publish
  /// CSV: a column of seconds.
  case column(String)
  /// MCAP: a field of the message, such as `header.stamp`.
  case field(String)
}

extension RecordingFormat: PlainChoice {
  var summary: String {
    switch self {
    case .csv: "Comma-separated values with a header line."
    case .mcap: "MCAP, with CDR or JSON messages."
    case .auto: "Whatever the content of each file tells."
    case .tsv: "Values separated by tabs, with a header line."
    case .jsonl: "A JSON object on each line."
    case .sds: "Arm's synchronous data streams, with a .sds.yml file beside them."
    case .raw: "Frames of equal length, described by the fields of this stage."
    case .edgeImpulse: "Edge Impulse's data acquisition format, JSON or CBOR."
    case .wfdb: "WFDB records, found by their .hea files."
    case .edf: "EDF, EDF+, BDF and BDF+."
    case .rosbag2: "Folders that ROS 2 recorded."
    }
  }
}

extension DecimalMark: PlainChoice {
  var summary: String {
    switch self {
    case .point: "0.25."
    case .comma: "0,25, where cells are not separated by commas."
    }
  }
}

extension AnnotationLabels: PlainChoice {
  var summary: String {
    switch self {
    case .held: "Annotations with a duration label their frames, changes of rhythm all up to the next one."
    case .untilNext: "Every annotation without an end holds until the next one."
    case .nearestFrame: "An annotation of an instant labels the frame nearest to it."
    }
  }
}

extension TimeSource: MemberChoice {
  static let cases: [MemberCase<TimeSource>] = [
    MemberCase("log", .log, "MCAP: when the recorder received the message."),
    MemberCase("publish", .publish, "MCAP: when the sender sent the message."),
    MemberCase(
      "column", .make("name", String.self, labelled: false, "The name of the column."),
      "CSV: a column of seconds.", make: TimeSource.column,
      take: { if case .column(let name) = $0 { name } else { nil } }),
    MemberCase(
      "field", .make("path", String.self, labelled: false, "The path of the field."),
      "MCAP: a field of the message, such as header.stamp.", make: TimeSource.field,
      take: { if case .field(let path) = $0 { path } else { nil } }),
  ]
}

extension Read: PipelineNode {
  static let schema = NodeSchema(
    "Read", blank: Read(.csv, ""), gives: [.frames], phase: 0, isRepeatable: true, example: #"Read(.csv, "*.csv")"#,
    "Reads every recording whose file name matches a pattern.",
    fields: [
      .required("format", \.format, labelled: false, "The format of the recordings."),
      .required(
        "files", \.files, labelled: false, "File names: * for any characters, ? for one, [1-9] for one of a range."),
      .optional("topic", \.topic, "The MCAP topic that holds the channels."),
      .optional("channels", \.channels, "The channels to keep, in this order; all if left out."),
      .optional("columns", \.columns, "The names of a table's columns, where it has no heading."),
      .optional("time", \.time, "Which clock gives a frame its time."),
      .optional(
        "timeUnit", \.timeUnit, "The unit of the column or field with the time; told by its name or size if left out."),
      .optional(
        "decimal", \.decimal, "What a table's numbers have before their fraction; told by its rows if left out."),
      .optional("fields", \.fields, "The parts of a raw recording's frame, in the order of their bytes."),
      .optional("byteOrder", \.byteOrder, "Which byte of a raw recording's numbers comes first."),
      .optional(
        "skipBytes", \.skipBytes, unit: "bytes", limits: .within(0...1_073_741_824),
        "Bytes before the first frame of a raw recording."),
      .optional(
        "hertz", \.hertz, unit: "Hz", limits: .within(0.000001...1_000_000_000),
        "Frames a second, where a recording holds no times."),
      .optional("annotations", \.annotations, "How annotations of WFDB and EDF+ recordings label frames."),
      .optional("label", \.label, "What all frames of these recordings show."),
    ])
}

extension Read: IngestStepConvertible {
  public var ingestStep: IngestStep { .read(self) }
}
