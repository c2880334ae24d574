import PipelineModel
import Signal

/// The steps that make new values of the frames' values, one by one, with the channels between them.
struct ConditioningPlan: Sendable {
  private let ingest: Ingest
  private let names: [String]
  /// The channels that come out.
  let finalNames: [String]

  /// - Parameter names: The channels that are read.
  /// - Throws: where a step names a channel that is none.
  init(_ ingest: Ingest, names: [String]) throws(RunError) {
    self.ingest = ingest
    self.names = names
    var current = names
    for step in ingest.conditioning { current = try Self.names(after: step, current) }
    finalNames = current
  }

  private static func names(after step: IngestStep, _ names: [String]) throws(RunError) -> [String] {
    switch step {
    case .gravity(let gravity):
      _ = try indices(of: gravity.channels, in: names, stage: "Gravity(of:)")
      return names + gravity.addedChannels
    case .select(let select):
      _ = try indices(of: select.channels, in: names, stage: "Select(_:)")
      return select.channels
    case .median(let median):
      _ = try indices(of: median.channels, in: names, stage: "Median(channels:)")
    case .filter(let filter):
      _ = try indices(of: filter.channels, in: names, stage: "Filter(channels:)")
    case .own(let own):
      do {
        return try own.output(for: FrameStream(channels: names)).channelNames
      } catch {
        throw .stageDoesNotFit(stage: own.name, path: nil, error)
      }
    default:
      break
    }
    return names
  }

  private static func indices(
    of channels: [String]?, in names: [String], stage: String
  ) throws(RunError) -> [Int] {
    guard let channels else { return Array(names.indices) }
    var found: [Int] = []
    for channel in channels {
      guard let index = names.firstIndex(of: channel) else {
        throw .dataQuality(
          .unknownChannel(
            stage: stage, channel: channel, nearest: nearestName(to: channel, in: names), known: names))
      }
      found.append(index)
    }
    return found
  }

  /// The units of the channels that come out: a filter changes none.
  ///
  /// - Parameter units: Of the channels that are read.
  func units(of units: [String?]) -> [String?] {
    var stream: FrameStream? = FrameStream(zip(names, units).map { FrameStream.Channel($0, unit: $1) })
    // A stage that does not fit these units ends the recording that has them.
    for step in ingest.conditioning { stream = try? stream?.after(step) }
    return stream?.channels.map(\.unit) ?? finalNames.map { _ in nil }
  }

  /// Whether a filter, which takes frames to be evenly spaced, comes before they are made so.
  var filtersRecordedTimes: Bool {
    for step in ingest.conditioning {
      switch step {
      case .resample: return false
      case .filter, .gravity: return true
      default: break
      }
    }
    return false
  }

  /// How far to either side the steps look, those filters left out that have no end.
  func reachNanoseconds(timing: RecordingTiming) -> Int64 {
    var period = Double(timing.periodNanoseconds ?? 0)
    var reach = 0.0
    for step in ingest.conditioning {
      switch step {
      case .median(let median): reach += Double(median.frames / 2) * period
      case .own(let own): reach += Double(max(0, own.stage.reachFrames)) * period
      case .resample(let resample):
        // A point of the grid lies between two frames.
        reach += period
        let wanted = 1e9 / resample.hertz
        if resample.method == .polyphase { reach += 10 * max(period, wanted) }
        period = wanted
      default: break
      }
    }
    return Int64(min(reach.rounded(.up), 9e18))
  }

  /// The steps for one recording.
  ///
  /// - Parameter units: Of the channels that are read.
  /// - Returns: The stages, and how many of them there are up to the end of each step.
  func stages(
    timing: RecordingTiming, units: [String?], path: String
  ) throws(RunError) -> (stages: [any PathStep], ends: [Int]) {
    var stages: [any PathStep] = []
    var ends: [Int] = []
    var names = names
    var hertz = timing.hertz
    var timing = timing
    var stream = FrameStream(zip(names, units).map { FrameStream.Channel($0, unit: $1) }, hertz: hertz)
    for (index, step) in ingest.steps.enumerated() {
      let selected = { (channels: [String]?, stage: String) throws(RunError) -> [Int] in
        try Self.indices(of: channels, in: names, stage: stage)
      }
      switch step {
      case .median(let median):
        stages.append(
          MedianStage(
            channels: names.count, frames: median.frames, selected: try selected(median.channels, "Median(channels:)")))
      case .filter(let filter):
        stages.append(
          try Self.filterStage(
            filter.band, filter.timing, names.count, try selected(filter.channels, "Filter(channels:)"), hertz, path))
      case .gravity(let gravity):
        stages += try Self.gravityStages(gravity, names, try selected(gravity.channels, "Gravity(of:)"), hertz, path)
      case .select(let select):
        stages.append(RemapStage(try selected(select.channels, "Select(_:)")))
      case .resample(let resample):
        stages += try Self.resamplingStages(resample, names.count, timing, path)
        hertz = resample.hertz
      case .own(let own):
        let output: FrameStream
        do throws(StageMisfit) {
          output = try own.output(for: stream)
          try own.checkRate(stream, output, isResampled: ingest.isResampled(behind: index))
          stages.append(try own.step(from: stream, to: output, path: path))
        } catch {
          throw .stageDoesNotFit(stage: own.name, path: path, error)
        }
        if let from = stream.hertz, let to = output.hertz, from != to { timing = timing.slowed(by: from / to) }
        hertz = output.hertz ?? hertz
      default:
        continue
      }
      names = try Self.names(after: step, names)
      ends.append(stages.count)
      // Only a stage of the program's own refuses a stream, and it has been asked.
      stream = (try? stream.after(step)) ?? stream
    }
    return (stages, ends)
  }

  private static func filterStage(
    _ band: FilterBand, _ timing: FilterTiming, _ channels: Int, _ selected: [Int], _ hertz: Double?, _ path: String
  ) throws(RunError) -> any PathStep {
    guard let hertz else { throw .dataQuality(.noRate(path: path)) }
    guard band.highestHertz < hertz / 2 else {
      throw .dataQuality(.aboveHalfRate(path: path, hertz: band.highestHertz, rateHz: hertz))
    }
    let filter = ButterworthFilter(band, rateHz: hertz)
    switch timing {
    case .causal:
      // Below, the poles lie so near to 1 that their distance from it has few bits left in a Float.
      guard band.lowestHertz * 1000 >= hertz else {
        throw .dataQuality(.edgeTooLow(path: path, hertz: band.lowestHertz, rateHz: hertz))
      }
      return CausalFilterStage(channels: channels, selected: selected, sections: filter.deviceSections)
    case .zeroPhase:
      return ZeroPhaseStage(channels: channels, selected: selected, filter: filter, path: path)
    }
  }

  /// Copies the accelerations twice, makes gravity of the first copy, and takes it from the second.
  private static func gravityStages(
    _ gravity: Gravity, _ names: [String], _ selected: [Int], _ hertz: Double?, _ path: String
  ) throws(RunError) -> [any PathStep] {
    let count = names.count + 2 * selected.count
    let slow = (0..<selected.count).map { names.count + $0 }
    let triples = selected.indices.map { place in
      (result: names.count + selected.count + place, from: selected[place], less: slow[place])
    }
    return [
      RemapStage(Array(names.indices) + selected + selected),
      try filterStage(
        .lowPass(hertz: gravity.hertz, order: gravity.order), gravity.timing, count, slow, hertz, path),
      SubtractStage(channels: count, triples),
    ]
  }

  private static func resamplingStages(
    _ resample: Resample, _ channels: Int, _ timing: RecordingTiming, _ path: String
  ) throws(RunError) -> [any PathStep] {
    let rate = { (hertz: Double) in SampleRate(millihertz: max(1, Int64((hertz * 1000).rounded()))) }
    guard resample.method == .polyphase, let found = timing.hertz else {
      return [
        LinearStage(
          channels: channels, rate: rate(resample.hertz), gapLimitNanoseconds: timing.gapLimitNanoseconds)
      ]
    }
    // Stamps count whole nanoseconds, so a rate is known to a few millionths at best.
    let own = (found * 1000).rounded() / 1000
    guard let change = RateChange(from: own, to: resample.hertz) ?? RateChange(from: found, to: resample.hertz) else {
      throw .dataQuality(.noRatio(path: path, fromHz: own, toHz: resample.hertz))
    }
    let grid = LinearStage(
      channels: channels, rate: rate(own), gapLimitNanoseconds: timing.gapLimitNanoseconds)
    return change.up == 1 && change.down == 1 ? [grid] : [grid, PolyphaseStage(channels: channels, change: change)]
  }
}
