import Foundation
import PipelineModel
import SensorLogs
import Tensors

/// A recording that a test made up, with all that goes wrong with it.
struct FedFrames: Sendable {
  var channels: [Channel] = []
  var times: [Int64] = []
  /// Frame-major.
  var values: [Double] = []
  /// Indices into `labelNames`, -1 for none.
  var labels: [Int32] = []
  var labelNames: [String] = []
  var segments: [Int32] = []
}

extension FedFrames {
  /// - Parameters:
  ///   - feed: A signal, signals or frames; checked.
  ///   - names: The channels that it has.
  init(_ feed: Feed, in ingest: Ingest, names: [String]) {
    let units = feed.units ?? []
    channels = names.enumerated().map { Channel(name: $1, unit: units.indices.contains($0) ? units[$0] : nil) }
    let hertz = feed.rate(in: ingest) ?? 1
    let count = min(Int(feed.frameCount(in: ingest) ?? 0), Feed.valueLimit)
    times = (0..<count).map { index in
      ((feed.times.map { $0[index] } ?? Double(index) / hertz) * 1e9).rounded().nanoseconds
    }
    if let frames = feed.frames {
      values = frames.flatMap { $0.map(\.double) }
    } else {
      let shapes = feed.signals ?? feed.signal.map { [$0] } ?? []
      values = Self.samples(
        of: shapes, plus: feed.plus, times: times, channels: names.count, seconds: feed.seconds ?? 0)
    }
    segments = Array(repeating: 0, count: count)
    label(feed)
    for fault in feed.faults { spoil(by: fault) }
    deliver(feed.faults)
  }

  private static func samples(
    of signals: [TestSignal], plus: TestSignal?, times: [Int64], channels: Int, seconds: Double
  ) -> [Double] {
    guard !signals.isEmpty else { return [] }
    var values = [Double](repeating: 0, count: times.count * channels)
    for channel in 0..<channels {
      let parts = [signals[min(channel, signals.count - 1)]] + (plus.map { [$0] } ?? [])
      for part in parts {
        var source = SignalSource(part, channel: channel, seconds: seconds)
        for (frame, time) in times.enumerated() {
          values[frame * channels + channel] += source.value(at: Double(time) / 1e9, frame: frame)
        }
      }
    }
    return values
  }

  private mutating func label(_ feed: Feed) {
    labels = Array(repeating: -1, count: times.count)
    if let label = feed.label, !label.isEmpty {
      labelNames = [label]
      labels = Array(repeating: 0, count: times.count)
    }
    for case .from(let seconds, let label) in feed.labels ?? [] {
      if !label.isEmpty, !labelNames.contains(label) { labelNames.append(label) }
      let number = labelNames.firstIndex(of: label).map(Int32.init) ?? -1
      for frame in first(at: seconds)..<times.count { labels[frame] = number }
    }
  }

  /// The first frame at or behind a time.
  private func first(at seconds: Double) -> Int {
    // A period may be no whole number of nanoseconds.
    let time = (seconds * 1e9 - 1).nanoseconds
    return times.firstIndex { $0 >= time } ?? times.count
  }

  private func selected(_ channel: String?) -> [Int] {
    channels.indices.filter { channel == nil || channels[$0].name == channel }
  }

  /// Changes values, and nothing of the times.
  private mutating func spoil(by fault: TestFault) {
    let start = first(at: fault.seconds)
    guard start < times.count else { return }
    switch fault {
    case .nan(_, let frames, let channel):
      fill(start..<min(times.count, start + frames), selected(channel)) { _ in .nan }
    case .value(let value, _, let frames, let channel):
      fill(start..<min(times.count, start + frames), selected(channel)) { _ in value.double }
    case .stuck(let at, let seconds, let channel):
      let held = Array(values[start * channels.count..<(start + 1) * channels.count])
      fill(start..<max(start, first(at: at + seconds)), selected(channel)) { held[$0] }
    case .segment:
      for frame in start..<times.count { segments[frame] += 1 }
    case .gap, .jump, .duplicate, .late:
      break
    }
  }

  private mutating func fill(_ frames: Range<Int>, _ selected: [Int], _ value: (Int) -> Double) {
    for frame in frames {
      for channel in selected { values[frame * channels.count + channel] = value(channel) }
    }
  }

  /// Leaves frames out, repeats and moves them, and sets the clock.
  private mutating func deliver(_ faults: [TestFault]) {
    var order = Array(times.indices)
    var stamps = times
    for fault in faults {
      switch fault {
      case .gap(let at, let seconds):
        let missing = first(at: at)..<max(first(at: at), first(at: at + seconds))
        order.removeAll { missing.contains($0) }
      case .jump(let at, let seconds):
        let step = (seconds * 1e9).rounded().nanoseconds
        for frame in first(at: at)..<times.count { stamps[frame] = stamps[frame].saturatingAdd(step) }
      case .duplicate(let at, let frames):
        guard let place = order.firstIndex(of: first(at: at)) else { continue }
        let room = max(0, min(frames, Feed.valueLimit / max(1, channels.count) - order.count))
        order.insert(contentsOf: repeatElement(order[place], count: room), at: place)
      case .late(let at, let frames):
        guard let place = order.firstIndex(of: first(at: at)) else { continue }
        let frame = order.remove(at: place)
        order.insert(frame, at: min(order.count, place + frames))
      case .nan, .value, .stuck, .segment:
        continue
      }
    }
    guard !faults.isEmpty else { return }
    let (labels, values, segments) = (labels, values, segments)
    times = order.map { stamps[$0] }
    self.labels = order.map { labels[$0] }
    self.segments = order.map { segments[$0] }
    self.values = order.flatMap { values[$0 * channels.count..<($0 + 1) * channels.count] }
  }
}

/// One channel's share of a signal, frame by frame.
private struct SignalSource {
  private let signal: TestSignal
  private let seconds: Double
  private let random: CounterRandom
  private var hasPulsed = false

  init(_ signal: TestSignal, channel: Int, seconds: Double) {
    self.signal = signal
    self.seconds = seconds
    var seed = 0
    if case .noise(_, let given) = signal { seed = given }
    random = CounterRandom(seed: UInt64(max(0, seed)), stream: UInt64(channel))
  }

  mutating func value(at time: Double, frame: Int) -> Double {
    switch signal {
    case .constant(let value): return value
    case .sine(let hertz, let amplitude, let offset): return offset + amplitude * sin(2 * .pi * hertz * time)
    case .ramp(let from, let to): return from + (to - from) * time / seconds
    case .step(let at, let from, let to): return time + 1e-9 < at ? from : to
    case .impulse(let at, let height):
      if hasPulsed || time + 1e-9 < at { return 0 }
      hasPulsed = true
      return height
    case .noise(let amplitude, _):
      return amplitude * (Double(random.word(at: UInt32(truncatingIfNeeded: frame))) * 0x1p-31 - 1)
    }
  }
}

extension Double {
  /// As a count of nanoseconds, at the ends of what there is where it lies beyond.
  fileprivate var nanoseconds: Int64 { Int64(Swift.max(-9e18, Swift.min(9e18, self))) }
}

extension Int64 {
  fileprivate func saturatingAdd(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}
