// Sends frames through everything that looks after their quality, as firmware with a poor sensor would: order, bursts,
// values, gaps, spikes, a filter and another rate, each in memory that is handed over.

import Signal

private let channels = 6

/// Runs a sensor's frames through every step; returns how many came out, or -1 where the memory is too small.
@_cdecl("conditionFrames")
public func conditionFrames(
  _ memory: UnsafeMutableRawPointer, _ memoryBytes: Int, _ sensor: UnsafePointer<Float>, _ frames: Int
) -> Int32 {
  var pieces = MemoryPieces(UnsafeMutableRawBufferPointer(start: memory, count: memoryBytes))
  let section = FilterSection(b0: 0.2, b1: 0.2, b2: 0, a1: -0.6, a2: 0, rest1: 0.8)
  let sections: InlineArray<1, FilterSection> = .init(repeating: section)
  let taps: InlineArray<41, Float> = .init(repeating: 1.0 / 41)
  guard
    let order = pieces.take(ReorderBuffer.bytesNeeded(channels: channels, capacityFrames: 16), alignment: 8),
    let bursts = pieces.take(DuplicateMerger.bytesNeeded(channels: channels, capacityFrames: 16), alignment: 8),
    let values = pieces.take(ValueGuard.bytesNeeded(channels: channels), alignment: 8),
    let gaps = pieces.take(GapFiller.bytesNeeded(channels: channels), alignment: 8),
    let spikes = pieces.take(MedianFilter.bytesNeeded(channels: channels, length: 3), alignment: 8),
    let smooth = pieces.take(SectionFilter.bytesNeeded(channels: channels, sections: 1), alignment: 8),
    let rate = pieces.take(PolyphaseResampler.bytesNeeded(channels: channels, up: 1, taps: 41), alignment: 8)
  else { return -1 }
  var way = ConditionedWay(
    order: .make(channels: channels, horizonNanoseconds: 50_000_000, capacityFrames: 16, unsafeMemory: order),
    bursts: .make(
      channels: channels, rule: .spread, periodNanoseconds: 10_000_000, capacityFrames: 16, unsafeMemory: bursts),
    values: .make(channels: channels, rules: ValueGuard.Rules(), unsafeMemory: values),
    gaps: .make(
      channels: channels, method: .linear, periodNanoseconds: 10_000_000, gapLimitNanoseconds: 15_000_000,
      longestNanoseconds: 100_000_000, unsafeMemory: gaps),
    spikes: .make(channels: channels, length: 3, unsafeMemory: spikes),
    smooth: .make(channels: channels, sections: sections.span, unsafeMemory: smooth),
    rate: .make(channels: channels, up: 1, down: 2, taps: taps.span, unsafeMemory: rate))
  for frame in 0..<frames {
    let values = UnsafeBufferPointer(start: sensor + frame * channels, count: channels)
    way.push(FrameHeader(timeNanoseconds: Int64(frame) * 10_000_000), Span(_unsafeElements: values))
  }
  return way.given
}

/// The steps, each handing what it gives to the next.
private struct ConditionedWay: ~Copyable {
  var order: ReorderBuffer
  var bursts: DuplicateMerger
  var values: ValueGuard
  var gaps: GapFiller
  var spikes: MedianFilter
  var smooth: SectionFilter
  var rate: PolyphaseResampler
  var given: Int32 = 0

  init(
    order: consuming ReorderBuffer, bursts: consuming DuplicateMerger, values: consuming ValueGuard,
    gaps: consuming GapFiller, spikes: consuming MedianFilter, smooth: consuming SectionFilter,
    rate: consuming PolyphaseResampler
  ) {
    self.order = order
    self.bursts = bursts
    self.values = values
    self.gaps = gaps
    self.spikes = spikes
    self.smooth = smooth
    self.rate = rate
  }

  mutating func push(_ header: FrameHeader, _ frame: Span<Float>) {
    guard order.push(header, values: frame) == .held else { return }
    var scratch: InlineArray<6, Float> = .init(repeating: 0)
    while true {
      var span = scratch.mutableSpan
      guard let ordered = order.next(into: &span) else { return }
      merge(ordered, scratch.span)
    }
  }

  private mutating func merge(_ header: FrameHeader, _ frame: Span<Float>) {
    if !bursts.continuesBurst(header) {
      bursts.endBurst()
      var scratch: InlineArray<6, Float> = .init(repeating: 0)
      while true {
        var span = scratch.mutableSpan
        guard let merged = bursts.next(into: &span) else { break }
        var checked = scratch.mutableSpan
        if values.check(merged, &checked) != .dropped { fill(merged, scratch.span) }
      }
    }
    bursts.push(header, values: frame)
  }

  private mutating func fill(_ header: FrameHeader, _ frame: Span<Float>) {
    gaps.push(header, values: frame)
    var scratch: InlineArray<6, Float> = .init(repeating: 0)
    while true {
      var span = scratch.mutableSpan
      guard let filled = gaps.next(into: &span) else { return }
      spikes.push(filled, values: scratch.span)
      while true {
        var smoothed = scratch.mutableSpan
        guard let next = spikes.next(into: &smoothed) else { break }
        smooth.filter(&smoothed)
        resample(next, scratch.span)
      }
    }
  }

  private mutating func resample(_ header: FrameHeader, _ frame: Span<Float>) {
    rate.push(header, values: frame)
    var scratch: InlineArray<6, Float> = .init(repeating: 0)
    while true {
      var span = scratch.mutableSpan
      guard rate.next(into: &span) != nil else { return }
      given += 1
    }
  }
}
