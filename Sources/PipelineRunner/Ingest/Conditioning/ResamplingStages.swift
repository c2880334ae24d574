import Signal

/// Brings frames onto a regular grid by linear interpolation.
final class LinearStage: PathStep {
  let channels: Int
  private var resampler: LinearResampler

  init(channels: Int, rate: SampleRate, gapLimitNanoseconds: Int64) {
    self.channels = channels
    resampler = LinearResampler(
      channels: channels, rate: rate, gapLimitNanoseconds: max(gapLimitNanoseconds, rate.periodNanoseconds))
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var scratch = [Float](repeating: 0, count: channels)
    try input.forEachFrame { (_, header, values) throws(RunError) in
      resampler.push(header, values: values)
      while true {
        var span = scratch.mutableSpan
        guard var resampled = resampler.next(into: &span) else { break }
        // A grid never reaches from one segment into the next, so the source's number holds.
        resampled.segment = header.segment
        output.append(resampled, scratch)
      }
    }
  }
}

/// Changes the rate of a regular stream by a ratio of whole numbers.
final class PolyphaseStage: PathStep {
  let channels: Int
  private var resampler: PolyphaseResampler
  private var segment: Int32?

  init(channels: Int, change: RateChange) {
    self.channels = channels
    resampler = PolyphaseResampler(channels: channels, up: change.up, down: change.down, taps: change.taps)
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var scratch = [Float](repeating: 0, count: channels)
    try input.forEachFrame { (_, header, values) throws(RunError) in
      if let segment, header.segment != segment {
        resampler.endSegment()
        drain(&scratch, &output)
      }
      segment = header.segment
      resampler.push(header, values: values)
      drain(&scratch, &output)
    }
  }

  func finish(into output: inout FrameBlock) {
    var scratch = [Float](repeating: 0, count: channels)
    resampler.endSegment()
    drain(&scratch, &output)
    segment = nil
  }

  private func drain(_ scratch: inout [Float], _ output: inout FrameBlock) {
    while true {
      var span = scratch.mutableSpan
      guard let header = resampler.next(into: &span) else { return }
      output.append(header, scratch)
    }
  }
}
