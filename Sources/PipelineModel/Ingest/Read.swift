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
  /// Which clock gives a frame its time; `nil` takes the log time of MCAP and the column `time_s` of CSV.
  public var time: TimeSource?

  public init(
    _ format: RecordingFormat, _ files: String, topic: String? = nil, channels: [String]? = nil,
    time: TimeSource? = nil
  ) {
    self.format = format
    self.files = files
    self.topic = topic
    self.channels = channels
    self.time = time
  }

  /// The clock that is read: as written, else the usual one of the format.
  public var effectiveTime: TimeSource {
    switch (time, format) {
    case (let time?, _): time
    case (nil, .csv): .column("time_s")
    case (nil, .mcap): .log
    }
  }
}

public enum RecordingFormat: Sendable, Hashable, CaseIterable {
  case csv
  case mcap
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
      .optional("time", \.time, "Which clock gives a frame its time."),
    ])
}

extension Read: IngestStepConvertible {
  public var ingestStep: IngestStep { .read(self) }
}
