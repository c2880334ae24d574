/// A recording with labels from elsewhere in place of its own.
public final class LabelledReader: LogReader {
  private let base: any LogReader
  private let track: LabelTrack
  public private(set) var schema: LogSchema

  private var cursor = LabelCursor()
  private var firstTime: Int64?
  private var framesBefore: Int64 = 0

  public var path: String { base.path }
  public var format: LogFormat { base.format }
  public var compression: LogCompression { base.compression }
  public var labelNames: [String] { track.names }
  public var counters: LogCounters { base.counters }
  public var totalBytes: Int? { base.totalBytes }
  public var notes: [LogNote] { base.notes }
  public var events: [LogEvent] { base.events }

  /// Those of the recording, and behind them those of the labels.
  public var losses: LogLosses {
    var result = base.losses
    result.add(contentsOf: track.losses)
    if track.position == .frame, base.counters.lostRows + base.counters.lostMessages > 0 {
      result.add(
        LogLoss(
          .labelsMayShift, byteOffset: 0, count: base.counters.lostRows + base.counters.lostMessages,
          detail: "of \(base.counters.frames) frames"))
    }
    return result
  }

  public init(_ base: any LogReader, _ track: LabelTrack) {
    self.base = base
    self.track = track
    schema = base.schema
    schema.hasLabels = true
  }

  public func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    guard try base.read(into: &batch, maximumFrames: maximumFrames) else { return false }
    let first = firstTime ?? batch.times[0]
    firstTime = first
    switch track.position {
    case .time:
      for index in 0..<batch.count { batch.labels[index] = label(at: batch.times[index]) }
    case .sinceFirstFrame:
      for index in 0..<batch.count {
        let (since, overflow) = batch.times[index].subtractingReportingOverflow(first)
        batch.labels[index] = overflow ? -1 : label(at: since)
      }
    case .frame:
      for index in 0..<batch.count { batch.labels[index] = label(at: framesBefore + Int64(index)) }
    }
    framesBefore += Int64(batch.count)
    return true
  }

  @inline(__always)
  private func label(at position: Int64) -> Int32 { cursor.label(at: position, in: track.changes) }
}

extension SensorLog {
  /// Opens a recording whose labels stand elsewhere.
  ///
  /// - Throws: also where the labels cannot be read at all.
  public static func open(
    _ path: String, labels: LabelSource, options: LogReadOptions = LogReadOptions()
  ) throws(LogReadError) -> any LogReader {
    var options = options
    options.labels = labels
    return try open(path, options: options)
  }
}
