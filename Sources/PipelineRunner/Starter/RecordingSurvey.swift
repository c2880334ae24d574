import PipelineModel
public import SensorLogs

/// What one recording shows of itself that a first pipeline for it hangs on.
public struct RecordingSurvey: Sendable, Hashable {
  public let path: String
  public let summary: LogSummary
  /// Frames of each run of one label without a break, by the label's name; unlabelled frames are left out.
  public let runs: [String: [Int]]
  /// The column of a table that holds the labels, where that is not `label`.
  public let labelColumn: String?
  /// Where labels stand, if not in the recording; a file of labels is told by its content.
  let labels: LabelSource?
  /// Whether a table has its times in the column that `Read` looks for.
  let hasUsualTime: Bool
  let hasSegments: Bool
  /// Of the frames' own times, a break between segments left out.
  let timing: FrameTiming

  /// Labels with frames, sorted as classes are.
  public var labelNames: [String] { runs.keys.sorted() }

  /// Reads a recording to its end, twice.
  ///
  /// - Throws: where it cannot be read at all; damage is left out and told in `summary`.
  public init(
    _ path: String, options: LogReadOptions = LogReadOptions(),
    progress: ((_ bytesDone: Int, _ bytesTotal: Int?) -> Void)? = nil, isCancelled: () -> Bool = { false }
  ) throws(LogReadError) {
    self.path = path
    var options = options
    labels = try options.labels?.recognized(options: options)
    if options.labels == nil, options.labelColumn == nil { options.labelColumn = Self.labelColumn(of: path, options) }
    labelColumn = options.labelColumn
    summary = try LogInspector.inspect(path, options: options, progress: progress)
    let reader = try SensorLog.open(path, options: options)
    hasSegments = reader.schema.hasSegments
    var usual = options
    usual.timeColumn = Read(.csv, "").effectiveTime.flatMap { if case .column(let name) = $0 { name } else { nil } }
    hasUsualTime = (try? SensorLog.open(path, options: usual)) != nil
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: 1024)
    var counts: [Int32: [Int]] = [:]
    var current: (label: Int32, segment: Int32) = (-1, 0)
    var length = 0
    var timing = FrameTiming()
    while try reader.read(into: &batch, maximumFrames: 1024) {
      if isCancelled() { throw LogReadError(.cancelled, path: path) }
      for index in 0..<batch.count {
        let next = (label: batch.labels[index], segment: batch.segments[index])
        timing.add(batch.times[index], segment: next.segment)
        if next == current {
          length += 1
        } else {
          if current.label >= 0, length > 0 { counts[current.label, default: []].append(length) }
          (current, length) = (next, 1)
        }
      }
    }
    if current.label >= 0, length > 0 { counts[current.label, default: []].append(length) }
    timing.finish()
    self.timing = timing
    var runs: [String: [Int]] = [:]
    for (label, lengths) in counts { runs[reader.labelNames[Int(label)]] = lengths }
    self.runs = runs
  }

  /// What people call a column of labels, where they do not call it `label`.
  private static let labelColumns = [
    "labels", "class", "activity", "gesture", "exercise", "target", "state", "event", "category", "annotation",
  ]

  /// The column of a table that is a label by its name; nil where there is none, or `label` itself.
  private static func labelColumn(of path: String, _ options: LogReadOptions) -> String? {
    guard let reader = try? SensorLog.open(path, options: options), !reader.schema.hasLabels else { return nil }
    guard reader.format == .csv || reader.format == .tsv else { return nil }
    var asking = options
    asking.labelColumn = "\u{0}"
    // No column has that name, and the refusal lists those there are.
    do throws(LogReadError) {
      _ = try SensorLog.open(path, options: asking)
    } catch {
      if case .unknownColumn(_, let known) = error.code {
        return labelColumns.lazy.compactMap { name in known.first { $0.lowercased() == name } }.first
      }
    }
    return nil
  }
}
