import Signal

/// Picks, repeats and leaves out channels.
final class RemapStage: PathStep {
  private let sources: [Int]
  var channels: Int { sources.count }

  /// - Parameter sources: For each channel that comes out the one that goes in.
  init(_ sources: [Int]) {
    self.sources = sources
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) {
    output.headers += input.headers
    output.values.reserveCapacity(output.values.count + input.count * sources.count)
    for frame in 0..<input.count {
      for source in sources { output.values.append(input.values[frame * input.channels + source]) }
    }
  }
}

/// Takes one channel from another.
final class SubtractStage: PathStep {
  let channels: Int
  private let triples: [(result: Int, from: Int, less: Int)]

  init(channels: Int, _ triples: [(result: Int, from: Int, less: Int)]) {
    self.channels = channels
    self.triples = triples
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) {
    let start = output.values.count
    output.headers += input.headers
    output.values += input.values
    for frame in 0..<input.count {
      let base = start + frame * channels
      for (result, from, less) in triples {
        output.values[base + result] = output.values[base + from] - output.values[base + less]
      }
    }
  }
}

/// The running median of some channels.
final class MedianStage: PathStep {
  let channels: Int
  private var filter: MedianFilter
  private var segment: Int32?

  init(channels: Int, frames: Int, selected: [Int]) {
    self.channels = channels
    filter = MedianFilter(channels: channels, length: frames)
    for channel in 0..<channels where !selected.contains(channel) { filter.pass(channel) }
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var scratch = [Float](repeating: 0, count: channels)
    try input.forEachFrame { (_, header, values) throws(RunError) in
      if let segment, header.segment != segment {
        filter.endSegment()
        drain(&scratch, &output)
      }
      segment = header.segment
      filter.push(header, values: values)
      drain(&scratch, &output)
    }
  }

  func finish(into output: inout FrameBlock) {
    var scratch = [Float](repeating: 0, count: channels)
    filter.endSegment()
    drain(&scratch, &output)
    segment = nil
  }

  private func drain(_ scratch: inout [Float], _ output: inout FrameBlock) {
    while true {
      var span = scratch.mutableSpan
      guard let header = filter.next(into: &span) else { return }
      output.append(header, scratch)
    }
  }
}

/// A causal filter over some channels.
final class CausalFilterStage: PathStep {
  let channels: Int
  private let selected: [Int]
  private var filter: SectionFilter
  private var segment: Int32?

  init(channels: Int, selected: [Int], sections: [FilterSection]) {
    self.channels = channels
    self.selected = selected
    filter = SectionFilter(channels: selected.count, sections: sections)
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) {
    let start = output.values.count
    output.headers += input.headers
    output.values += input.values
    var scratch = [Float](repeating: 0, count: selected.count)
    for frame in 0..<input.count {
      if input.headers[frame].segment != segment {
        segment = input.headers[frame].segment
        filter.restart()
      }
      let base = start + frame * channels
      for (place, channel) in selected.enumerated() { scratch[place] = output.values[base + channel] }
      var span = scratch.mutableSpan
      filter.filter(&span)
      for (place, channel) in selected.enumerated() { output.values[base + channel] = scratch[place] }
    }
  }

  func finish(into output: inout FrameBlock) {
    segment = nil
  }
}
