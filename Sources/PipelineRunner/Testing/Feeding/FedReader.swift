import SensorLogs

/// Hands out a recording that a test made up, as the readers of files do theirs.
final class FedReader: LogReader {
  let path: String
  let format = LogFormat.raw
  let compression = LogCompression.none
  let schema: LogSchema
  let losses = LogLosses()
  let totalBytes: Int? = nil
  private(set) var counters = LogCounters()
  var labelNames: [String] { frames.labelNames }

  private let frames: FedFrames
  private let sources: [Int]
  private var next = 0

  /// - Throws: where the options ask for a channel that is not there.
  init(_ frames: FedFrames, options: LogReadOptions, path: String) throws(LogReadError) {
    self.frames = frames
    self.path = path
    var sources = Array(frames.channels.indices)
    if let wanted = options.channels {
      sources = []
      for name in wanted {
        guard let source = frames.channels.firstIndex(where: { $0.name == name }) else {
          throw LogReadError(.unknownField(name, known: frames.channels.map(\.name)), path: path)
        }
        sources.append(source)
      }
    }
    guard !sources.isEmpty else { throw LogReadError(.noChannels, path: path) }
    self.sources = sources
    schema = LogSchema(
      channels: sources.map { frames.channels[$0] }, hasLabels: !frames.labelNames.isEmpty, hasSegments: true)
  }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    batch.removeAll(channelCount: sources.count)
    let width = frames.channels.count
    let end = min(frames.times.count, next + maximumFrames)
    for frame in next..<end {
      batch.append(
        time: frames.times[frame], values: sources.map { frames.values[frame * width + $0] },
        label: frames.labels[frame], segment: frames.segments[frame])
    }
    counters.frames += end - next
    next = end
    return !batch.isEmpty
  }
}
