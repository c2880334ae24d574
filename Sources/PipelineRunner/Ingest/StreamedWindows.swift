/// A window as it passes by.
public struct StreamedWindow: Sendable, Hashable {
  /// An index into ``StreamedWindows/paths``.
  public var recording: Int
  /// The frame it begins with, counted from the first of all recordings.
  public var startFrame: Int
  /// Times of its first and last frame.
  public var startNanoseconds: Int64
  public var endNanoseconds: Int64
  /// An index into ``StreamedWindows/labelNames``.
  public var label: Int

  init(_ window: CutWindow, recording: Int) {
    self.recording = recording
    startFrame = Int(window.placement.startIndex)
    startNanoseconds = window.placement.startTimeNanoseconds
    endNanoseconds = window.endTimeNanoseconds
    label = Int(window.placement.label)
  }
}

/// What is known when the last window has passed.
public struct StreamedWindows: Sendable {
  /// Of the recordings, in the order in which they were read.
  public var paths: [String]
  public var channelNames: [String]
  public var channelUnits: [String?]
  public var sampleRateHz: Double
  /// The pipeline's classes, or the labels in the order in which they were met.
  public var labelNames: [String]
  public var summary: IngestSummary
}

extension PipelineRun {
  /// Reads the recordings and hands out each labelled window as a view, in memory that does not grow with them.
  ///
  /// The windows are those of ``ingest()``, as recorded: neither normalised nor rotated. One that a rule of the pipeline
  /// takes out only in hindsight, because a sensor turned out to be stuck since before it ended, is handed out too.
  ///
  /// - Parameter body: Called for each window in order, with its values frame-major, `length * channels` of them. They
  ///   are valid during the call.
  public func forEachWindow(_ body: (StreamedWindow, Span<Float>) -> Void) throws(RunError) -> StreamedWindows {
    try Ingestion(ingest: pipeline.ingest, observer: observer, environment: environment).forEachWindow(body)
  }
}
