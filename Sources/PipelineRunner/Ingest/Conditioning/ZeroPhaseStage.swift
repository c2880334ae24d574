import Signal

/// Filters each whole segment forwards and backwards.
///
/// A segment has to be in memory for that, so its length is limited.
final class ZeroPhaseStage: PathStep {
  /// Values of one segment: 64 MiB in single precision, and the filter works on one channel at a time.
  static let limitValues = 1 << 24

  let channels: Int
  private let selected: [Int]
  private let filter: ButterworthFilter
  private let path: String
  private let limit: Int
  private var held: FrameBlock

  init(
    channels: Int, selected: [Int], filter: ButterworthFilter, path: String, limitValues: Int = limitValues
  ) {
    self.channels = channels
    self.selected = selected
    self.filter = filter
    self.path = path
    limit = limitValues
    held = FrameBlock(channels: channels)
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var start = 0
    while start < input.count {
      let segment = input.headers[start].segment
      var end = start
      while end < input.count, input.headers[end].segment == segment { end += 1 }
      if let last = held.headers.last, last.segment != segment { release(into: &output) }
      held.headers += input.headers[start..<end]
      held.values += input.values[start * channels..<end * channels]
      guard held.values.count <= limit else {
        throw .dataQuality(.segmentTooLong(path: path, frames: held.count, limit: limit / channels))
      }
      start = end
    }
  }

  func finish(into output: inout FrameBlock) {
    release(into: &output)
  }

  private func release(into output: inout FrameBlock) {
    var signal = [Double](repeating: 0, count: held.count)
    for channel in selected {
      for frame in 0..<held.count { signal[frame] = Double(held.values[frame * channels + channel]) }
      filter.filterBothWays(&signal)
      for frame in 0..<held.count { held.values[frame * channels + channel] = Float(signal[frame]) }
    }
    output.headers += held.headers
    output.values += held.values
    held.removeAll()
  }
}
