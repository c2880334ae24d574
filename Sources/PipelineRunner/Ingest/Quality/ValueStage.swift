import PipelineModel
import Signal

/// Looks at every value: numbers that are none, full scale, stuck channels.
final class ValueStage: PathStep {
  let channels: Int
  private var values: ValueGuard
  private let rules: ValueRules
  private let names: [String]
  /// Of the channels whose values are looked at for the ends of a range.
  private let ranges: [ClosedRange<Double>?]
  private let clock: RecordingClock
  private var dropped = 0
  private var followsDrop = false

  /// - Parameter conversion: Which channels the recording has, and the ranges that it states.
  init(
    _ rules: ValueRules, names: [String], _ conversion: UnitConversion, clock: RecordingClock
  ) throws(RunError) {
    self.rules = rules
    self.names = names
    self.clock = clock
    channels = names.count
    // What stands for a channel that the recording lacks is no sensor's value.
    let present = names.indices.filter { conversion.sources[$0] != nil }
    ranges = names.indices.map { channel in
      conversion.sources[channel].flatMap { _ in rules.range(of: names[channel], stated: conversion.ranges[channel]) }
    }
    if let name = rules.channelWithoutRange(present.map { names[$0] }, present.map { conversion.ranges[$0] }) {
      throw .dataQuality(.noRange(path: clock.path, channel: name))
    }
    values = ValueGuard(channels: names.count, rules: rules.device)
    for (channel, name) in names.enumerated() {
      if let range = ranges[channel] {
        values.setRange(Float(range.lowerBound), Float(range.upperBound), of: channel)
      }
      if conversion.sources[channel] != nil, let stuck = rules.stuck(of: name) {
        values.setStuckLimit(Int32(stuck.frames), of: channel)
      }
    }
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var frame = [Float](repeating: 0, count: channels)
    for index in 0..<input.count {
      let header = input.headers[index]
      for channel in 0..<channels { frame[channel] = input.values[index * channels + channel] }
      let before = rules.hasErrors ? totals : []
      var span = frame.mutableSpan
      let verdict = values.check(header, &span)
      if rules.hasErrors { try refuse(header, since: before) }
      var mark = input.mark(of: index)
      switch verdict {
      case .dropped:
        dropped += 1
        followsDrop = true
        continue
      case .good: break
      case .flagged(let since): mark.suspectSince = since
      }
      mark.followsDrop = mark.followsDrop || followsDrop
      followsDrop = false
      output.append(header, frame, mark)
    }
  }

  func report(into findings: inout IngestFindings) {
    findings.nonFiniteFrames += dropped
    for (channel, name) in names.enumerated() {
      let counts = values.counts(of: channel)
      findings.heldValues += Int(counts.held)
      findings.saturatedValues += Int(counts.saturated)
      findings.stuckValues += Int(counts.stuck)
      findings.channels[name, default: ChannelFindings()].nonFinite += Int(counts.nonFinite)
      findings.channels[name, default: ChannelFindings()].saturated += Int(counts.saturated)
      findings.channels[name, default: ChannelFindings()].stuck += Int(counts.stuck)
    }
  }

  private var totals: [ValueGuard.ChannelCounts] { (0..<channels).map { values.counts(of: $0) } }

  /// What the pipeline does not allow ends the run at the first frame that has it.
  private func refuse(_ header: FrameHeader, since before: [ValueGuard.ChannelCounts]) throws(RunError) {
    for (channel, name) in names.enumerated() {
      let now = values.counts(of: channel)
      let place = clock.place(of: header)
      if rules.nonFinite == .error, now.nonFinite > before[channel].nonFinite {
        throw .dataQuality(.nonFinite(place, channel: name))
      }
      if let rule = rules.saturation(of: name), rule.policy == .error, now.saturated > before[channel].saturated {
        throw .dataQuality(.saturated(place, channel: name, range: ranges[channel] ?? 0...0))
      }
      if let rule = rules.stuck(of: name), rule.policy == .error, now.stuckRuns > before[channel].stuckRuns {
        throw .dataQuality(.stuck(place, channel: name, frames: rule.frames))
      }
    }
  }
}

/// What a pipeline says of values.
struct ValueRules: Sendable {
  let nonFinite: NonFinitePolicy
  let saturations: [Saturation]
  let stucks: [Stuck]

  init(_ ingest: Ingest) {
    nonFinite = ingest.nonFinite?.policy ?? .drop
    saturations = ingest.saturations
    stucks = ingest.stucks
  }

  /// Whether anything is asked for beyond dropping frames with values that are no numbers.
  var isPlain: Bool { nonFinite == .drop && saturations.isEmpty && stucks.isEmpty }

  var hasErrors: Bool {
    nonFinite == .error || saturations.contains { $0.policy == .error } || stucks.contains { $0.policy == .error }
  }

  /// The rule that names the channel, else the one for all.
  func saturation(of channel: String) -> Saturation? {
    saturations.first { $0.channels?.contains(channel) == true } ?? saturations.first { $0.channels == nil }
  }

  /// The range whose ends a channel's values are looked at for; nil where no rule asks for it, or none is known.
  func range(of channel: String, stated: ClosedRange<Double>?) -> ClosedRange<Double>? {
    guard let rule = saturation(of: channel) else { return nil }
    return rule.fullScale.map { -$0...$0 } ?? stated
  }

  /// A channel that a rule names, or one of those that a rule for all means where none of them states a range, and
  /// that has none.
  func channelWithoutRange(_ names: [String], _ stated: [ClosedRange<Double>?]) -> String? {
    let asking = zip(names, stated).filter { saturation(of: $0.0).map { $0.fullScale == nil } ?? false }
    let isNamed = asking.first { name, range in range == nil && saturation(of: name)?.channels != nil }
    if let isNamed { return isNamed.0 }
    return asking.allSatisfy { $0.1 == nil } ? asking.first?.0 : nil
  }

  func stuck(of channel: String) -> Stuck? {
    stucks.first { $0.channels?.contains(channel) == true } ?? stucks.first { $0.channels == nil }
  }

  var device: ValueGuard.Rules {
    var rules = ValueGuard.Rules()
    switch nonFinite {
    case .drop, .error: rules.nonFinite = .drop
    case .hold(let frames): rules.nonFinite = .hold(upTo: Int32(frames))
    case .rejectWindow: rules.nonFinite = .flag
    }
    rules.flagsSaturated = saturations.contains { $0.policy == .rejectWindow }
    rules.flagsStuck = stucks.contains { $0.policy == .rejectWindow }
    return rules
  }
}

/// A recording's clock, for messages about a frame.
struct RecordingClock: Sendable {
  let path: String
  let firstNanoseconds: Int64

  func place(of header: FrameHeader) -> DataQualityError.Place {
    DataQualityError.Place(
      path: path, seconds: (Double(header.timeNanoseconds) - Double(firstNanoseconds)) / 1e9)
  }
}
