/// The frames of a part of a recording.
final class RangedReader: LogReader {
  private let base: any LogReader
  private let range: LogRange
  private(set) var times: LogTimes?
  private var given = 0
  private var isOver = false

  var path: String { base.path }
  var format: LogFormat { base.format }
  var compression: LogCompression { base.compression }
  var schema: LogSchema { base.schema }
  var labelNames: [String] { base.labelNames }
  var losses: LogLosses { base.losses }
  var notes: [LogNote] { base.notes }
  var totalBytes: Int? { base.totalBytes }
  var events: [LogEvent] {
    guard let times else { return [] }
    return base.events.filter { times.contains($0.time) || $0.endTime.map { $0 > times.from ?? .min } ?? false }
  }

  /// `frames` counts those of the part.
  var counters: LogCounters {
    var result = base.counters
    result.frames = given
    return result
  }

  init(_ base: any LogReader, _ range: LogRange) {
    self.base = base
    self.range = range
  }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    while !isOver, try base.read(into: &batch, maximumFrames: maximumFrames) {
      let times = self.times ?? range.times(first: batch.times[0])
      self.times = times
      keep(times, in: &batch)
      given += batch.count
      if !batch.isEmpty { return true }
    }
    batch.removeAll(channelCount: base.schema.channels.count)
    return false
  }

  private func keep(_ times: LogTimes, in batch: inout FrameBatch) {
    let width = batch.channelCount
    var kept = 0
    for index in 0..<batch.count {
      let time = batch.times[index]
      if times.isOver(at: time) {
        isOver = true
        break
      }
      guard times.contains(time) else { continue }
      if kept < index {
        batch.times[kept] = time
        batch.labels[kept] = batch.labels[index]
        batch.segments[kept] = batch.segments[index]
        for slot in 0..<width { batch.values[kept * width + slot] = batch.values[index * width + slot] }
      }
      kept += 1
    }
    batch.times.removeLast(batch.times.count - kept)
    batch.labels.removeLast(batch.labels.count - kept)
    batch.segments.removeLast(batch.segments.count - kept)
    batch.values.removeLast(batch.values.count - kept * width)
  }
}
