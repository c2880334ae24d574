/// Gathers what the frames of a recording are like, in memory that does not grow with their number.
struct FrameSurvey {
  private var channels: [ChannelSurvey]
  private var gravity: [GravityCheck]
  private var labelled: [Int] = []
  private var unlabelled = 0
  private var segment: Int32?
  private var segments = 0
  private(set) var timing = TimingSummary()

  private static let batchFrames = 4096

  init(_ schema: LogSchema) {
    channels = schema.channels.map { ChannelSurvey(channel: $0) }
    gravity = GravityCheck.checks(of: schema.channels)
  }

  /// Reads a recording to its end.
  mutating func read(
    _ reader: any LogReader, _ progress: ((Int, Int?) -> Void)?
  ) throws(LogReadError) {
    var batch = FrameBatch(channelCount: channels.count, capacity: Self.batchFrames)
    while try reader.read(into: &batch, maximumFrames: Self.batchFrames) {
      add(batch, labels: reader.labelNames.count)
      progress?(reader.counters.bytesRead, reader.totalBytes)
    }
    timing.finish()
  }

  private mutating func add(_ batch: borrowing FrameBatch, labels: Int) {
    labelled += [Int](repeating: 0, count: labels - labelled.count)
    for label in batch.labels {
      if label < 0 { unlabelled += 1 } else { labelled[Int(label)] += 1 }
    }
    let width = batch.channelCount
    for index in 0..<batch.count {
      if batch.segments[index] != segment {
        segment = batch.segments[index]
        segments += 1
        for slot in channels.indices { channels[slot].breakRun() }
      }
      timing.add(batch.times[index])
      for slot in channels.indices { channels[slot].add(batch.values[index * width + slot]) }
      for check in gravity.indices { gravity[check].add(batch.values, frame: index, channelCount: width) }
    }
  }

  func write(to summary: inout LogSummary, _ reader: any LogReader) {
    summary.frames = reader.counters.frames
    summary.channels = channels.map(\.summary)
    summary.segments = segments
    summary.notes = reader.notes + gravity.compactMap(\.note)
    summary.counters = reader.counters
    summary.losses = reader.losses
    guard reader.schema.hasLabels else { return }
    summary.labels = zip(reader.labelNames, labelled).map { LabelSummary(name: $0, frames: $1) }
    if unlabelled > 0 { summary.labels.append(LabelSummary(name: nil, frames: unlabelled)) }
  }
}
