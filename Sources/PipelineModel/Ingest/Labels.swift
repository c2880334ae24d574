/// Tells what the frames show. Labels join frames by time.
///
/// A label that is empty, negative or ignored leaves its frames unlabelled, and no window holds an
/// unlabelled frame.
public struct Labels: Sendable, Hashable {
  /// Where labels stand. From elsewhere they take the place of those in the recording.
  public var origin: LabelOrigin
  /// The MCAP topic whose messages announce a change of label; `nil` if labels stand in the frames.
  public var topic: String?
  /// The column, or the field of a message, that holds the label.
  public var column: String
  /// The classes, in the order of their numbers; an integer label is an index into them. `nil` takes the
  /// labels found, sorted.
  public var names: [String]?
  /// Labels whose frames count as unlabelled.
  public var ignore: [String]

  public init(
    from origin: LabelOrigin = .recording, topic: String? = nil, column: String = "label", names: [String]? = nil,
    ignore: [String] = []
  ) {
    self.origin = origin
    self.topic = topic
    self.column = column
    self.names = names
    self.ignore = ignore
  }

  /// The classes a model learns, where they are known without reading.
  public var classNames: [String]? { names?.filter { !ignore.contains($0) } }
}

/// Names the column that numbers separate takes: a change of its value breaks a window.
public struct Segments: Sendable, Hashable {
  public var column: String

  public init(column: String = "segment") {
    self.column = column
  }
}

extension Labels: PipelineNode {
  static let schema = NodeSchema(
    "Labels", blank: Labels(), takes: [.frames], gives: [.frames], phase: 1, example: #"Labels(column: "label")"#,
    "Tells what the frames show.",
    fields: [
      .optional("from", \.origin, "Where labels stand."),
      .optional("topic", \.topic, "The MCAP topic whose messages announce a change of label."),
      .optional("column", \.column, "The column or message field that holds the label."),
      .optional("names", \.names, "The classes in the order of their numbers; those found if left out."),
      .optional("ignore", \.ignore, "Labels whose frames count as unlabelled."),
    ])
}

extension Segments: PipelineNode {
  static let schema = NodeSchema(
    "Segments", blank: Segments(), takes: [.frames], gives: [.frames], phase: 1,
    example: #"Segments(column: "segment")"#,
    "A change of this column breaks a window.",
    fields: [.optional("column", \.column, "The column that numbers separate takes.")])
}

extension Labels: IngestStepConvertible {
  public var ingestStep: IngestStep { .labels(self) }
}

extension Segments: IngestStepConvertible {
  public var ingestStep: IngestStep { .segments(self) }
}
