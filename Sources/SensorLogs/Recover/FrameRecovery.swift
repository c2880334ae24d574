/// Keeps the good frames of any recording, in any format that can be written.
struct FrameRecovery {
  let options: LogRecoveryOptions
  let progress: ((Int, Int?) -> Void)?
  let isCancelled: () -> Bool

  private static let batchFrames = 4096

  /// What was given to the writer.
  struct Given {
    var digest = FrameDigest()
    var ranges: [ClosedRange<Double>?] = []
  }

  func run(
    _ reader: any LogReader, to output: String, _ report: inout LogRecoveryReport
  ) throws(LogReadError) -> Given {
    let writer = try SensorLog.create(output, schema: reader.schema, options: options.write)
    var given = Given()
    given.ranges = reader.schema.channels.map { _ in nil }
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: Self.batchFrames)
    while try reader.read(into: &batch, maximumFrames: Self.batchFrames) {
      if isCancelled() { throw LogReadError(.cancelled, path: reader.path) }
      try writer.write(batch, labelNames: reader.labelNames)
      given.digest.add(batch, labelNames: reader.labelNames)
      Self.extend(&given.ranges, batch)
      progress?(reader.counters.bytesRead, reader.totalBytes)
    }
    try writer.finish()
    report.losses = reader.losses
    report.lost = reader.counters.lostRows + reader.counters.lostMessages
    report.bytesRead = reader.counters.bytesRead
    report.notes = reader.notes.map(\.description)
    return given
  }

  private static func extend(_ ranges: inout [ClosedRange<Double>?], _ batch: FrameBatch) {
    for index in 0..<batch.count {
      for slot in ranges.indices {
        let value = batch.values[index * batch.channelCount + slot]
        guard value.isFinite else { continue }
        ranges[slot] = ranges[slot].map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
      }
    }
  }

  /// Reads the recording and what was written of it side by side.
  ///
  /// - Returns: The largest difference of a value, as a part of its channel's range; nil where the two do not agree.
  func difference(
    _ original: any LogReader, _ written: any LogReader, _ ranges: [ClosedRange<Double>?]
  ) throws(LogReadError) -> Double? {
    guard original.schema.channels.count == written.schema.channels.count else { return nil }
    var (left, right) = (FrameBatch(), FrameBatch())
    var largest = 0.0
    while true {
      let more = try original.read(into: &left, maximumFrames: Self.batchFrames)
      guard try written.read(into: &right, maximumFrames: max(1, left.count)) == more else { return nil }
      if !more { return largest }
      // Readers may give less than asked for, and then not the same.
      while right.count < left.count {
        var rest = FrameBatch()
        guard try written.read(into: &rest, maximumFrames: left.count - right.count) else { return nil }
        right.times += rest.times
        right.values += rest.values
        right.labels += rest.labels
      }
      guard let found = Self.difference(left, right, ranges, original.labelNames, written.labelNames) else {
        return nil
      }
      largest = max(largest, found)
    }
  }

  private static let largestStep: Int64 = 1_000_000
  private static let largestPart = 1.0 / 0x1p14

  private static func difference(
    _ left: FrameBatch, _ right: FrameBatch, _ ranges: [ClosedRange<Double>?], _ leftNames: [String],
    _ rightNames: [String]
  ) -> Double? {
    var largest = 0.0
    for index in 0..<left.count {
      guard saturatedDifference(left.times[index], right.times[index]).magnitude <= UInt64(largestStep) else {
        return nil
      }
      let (a, b) = (left.labels[index], right.labels[index])
      guard (a < 0 ? "" : leftNames[Int(a)]) == (b < 0 ? "" : rightNames[Int(b)]) else { return nil }
      for slot in ranges.indices {
        let (x, y) = (left.values[index * ranges.count + slot], right.values[index * ranges.count + slot])
        if x == y || (x.isNaN && y.isNaN) { continue }
        guard let range = ranges[slot] else { return nil }
        let span = max(range.upperBound - range.lowerBound, range.upperBound.magnitude, .leastNormalMagnitude)
        let part = (x - y).magnitude / span
        guard part <= largestPart else { return nil }
        largest = max(largest, part)
      }
    }
    return largest
  }
}
