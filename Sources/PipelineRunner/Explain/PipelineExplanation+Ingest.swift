import PipelineModel
import Signal

/// What becomes of frames before windows are cut: one row a step, with what it holds back and for how long.
extension PipelineExplanation {
  func frameRows(_ ingest: Ingest, channels readChannels: Int) -> [[String]] {
    qualityRows(ingest) + conditioningRows(ingest, channels: readChannels)
  }

  private func qualityRows(_ ingest: Ingest) -> [[String]] {
    var rows: [[String]] = []
    for step in ingest.steps {
      switch step {
      case .optionalChannels(let step):
        rows.append(["OptionalChannels", step.names.joined(separator: ", "), "\(Self.text(step.value)) where absent"])
      case .convert(let step):
        rows.append(["Convert", "\(step.channels.joined(separator: ", ")) to \(step.unit)", "no delay"])
      case .disorder(let step):
        rows.append(["Disorder"] + Self.phrases(step.policy))
      case .clockJumps(let step):
        rows.append([
          "ClockJumps", "beyond +\(Self.text(step.forwardSeconds)) s and -\(Self.text(step.backwardSeconds)) s",
          step.policy == .split ? "a new segment" : "end the run",
        ])
      case .duplicates(let step):
        rows.append(["Duplicates"] + Self.phrases(step))
      case .nonFinite(let step):
        rows.append(["NonFinite", Self.phrase(step.policy), "no delay"])
      case .saturation(let step):
        let place = step.fullScale.map { "at \(Self.text($0)) and beyond" } ?? "at the ends of the recording's range"
        rows.append(["Saturation", place, Self.phrase(step.policy)])
      case .stuck(let step):
        rows.append(["Stuck", "\(step.frames) equal values in a row", Self.phrase(step.policy)])
      case .gaps(let step):
        rows.append(["Gaps"] + Self.phrases(step))
      default:
        break
      }
    }
    return rows
  }

  private func conditioningRows(_ ingest: Ingest, channels readChannels: Int) -> [[String]] {
    var rows: [[String]] = []
    var hertz: Double?
    var channels = readChannels
    for step in ingest.conditioning {
      switch step {
      case .median(let step):
        let bytes = MedianFilter.bytesNeeded(channels: channels, length: step.frames)
        rows.append([
          "Median", "of \(step.frames) frames",
          "waits \(step.frames == 3 ? "1 frame" : "\(step.frames / 2) frames"), stamps stay right; ends padded with 0; \(Self.grouped(bytes)) bytes",
        ])
      case .filter(let step):
        rows.append([
          "Filter", Self.phrase(step.band),
          Self.delay(step.band, step.timing, hertz: hertz, channels: step.channels?.count ?? channels),
        ])
      case .gravity(let step):
        let band = FilterBand.lowPass(hertz: step.hertz, order: step.order)
        rows.append([
          "Gravity", "\(Self.phrase(band)); the rest is the body's",
          Self.delay(band, step.timing, hertz: hertz, channels: step.channels.count),
        ])
        channels += 2 * step.channels.count
      case .select(let step):
        channels = step.channels.count
        rows.append(["Select", step.channels.joined(separator: ", "), "\(channels) channels"])
      case .resample(let step):
        rows.append(["Resample", "\(Self.text(step.hertz)) Hz, \(step.method)", Self.delay(step, channels: channels)])
        hertz = step.hertz
      case .own(let own):
        let names = ingest.channelNames(before: ingest.steps.firstIndex(of: step))
        let output = names.flatMap { try? own.output(for: FrameStream(channels: $0)) }
        channels = output?.channels.count ?? channels
        let version = own.version.map { "version \($0)" } ?? "as this program is built"
        rows.append([own.name, "\(own.identity), \(version)", "\(channels) channels"])
      default:
        break
      }
    }
    return rows
  }

  // MARK: Phrases

  private static func phrases(_ policy: DisorderPolicy) -> [String] {
    switch policy {
    case .newSegment: ["a step backwards begins a new segment", "no delay"]
    case .reorder(let seconds):
      ["frames are put in order", "waits \(text(seconds)) s of the recording's time; later ones are dropped"]
    case .error: ["a step backwards ends the run", "no delay"]
    }
  }

  private static func phrases(_ step: Duplicates) -> [String] {
    let burst = step.withinSeconds > 0 ? "frames within \(text(step.withinSeconds)) s" : "frames of one time"
    return switch step.policy {
    case .keepFirst: [burst, "the first is kept"]
    case .keepLast: [burst, "the last is kept; waits a frame"]
    case .average: [burst, "their mean is kept; waits a frame"]
    case .spread: [burst, "spread from the stamp before to theirs; waits a burst, at most 1,024 frames"]
    case .error: [burst, "end the run"]
    }
  }

  private static func phrases(_ step: Gaps) -> [String] {
    let limit = step.longerThanSeconds.map { "longer than \(text($0)) s" } ?? "longer than 1.5 sample periods"
    return switch step.policy {
    case .split: [limit, "no window spans one"]
    case .fill(let fill, let seconds): [limit, "filled up to \(text(seconds)) s, \(fill); longer ones split"]
    case .error: [limit, "end the run"]
    }
  }

  private static func phrase(_ policy: NonFinitePolicy) -> String {
    switch policy {
    case .drop: "frames are dropped"
    case .hold(let frames): "the last good value for up to \(frames) frames"
    case .rejectWindow: "no window holds them"
    case .error: "they end the run"
    }
  }

  private static func phrase(_ policy: SuspectPolicy) -> String {
    switch policy {
    case .keep: "counted"
    case .rejectWindow: "counted, and no window holds them"
    case .error: "ends the run"
    }
  }

  private static func phrase(_ band: FilterBand) -> String {
    switch band {
    case .lowPass(let hertz, let order): "Butterworth low-pass \(text(hertz)) Hz, order \(order)"
    case .highPass(let hertz, let order): "Butterworth high-pass \(text(hertz)) Hz, order \(order)"
    case .bandPass(let low, let high, let order):
      "Butterworth band-pass \(text(low)) to \(text(high)) Hz, order \(order)"
    }
  }

  private static func delay(
    _ band: FilterBand, _ timing: FilterTiming, hertz: Double?, channels: Int
  ) -> String {
    guard timing == .causal else {
      return "no delay; holds a whole segment, at most \(grouped(ZeroPhaseStage.limitValues)) values"
    }
    // The delay in seconds hardly depends on the rate; where that is not known, one far above the band stands in.
    let filter = ButterworthFilter(band, rateHz: hertz ?? 100 * band.highestHertz)
    let (place, at) = band.delayPlace
    let seconds = filter.groupDelayFrames(atHertz: place) / filter.rateHz
    let bytes = SectionFilter.bytesNeeded(channels: channels, sections: filter.sections.count)
    return "delays by \(text(seconds * 1000)) ms \(at), stamps stay; \(filter.sections.count) sections, "
      + "\(grouped(bytes)) bytes"
  }

  private static func delay(_ step: Resample, channels: Int) -> String {
    switch step.method {
    case .linear: "waits a frame, stamps are the grid's; no filter against aliasing"
    case .polyphase:
      "waits 10 periods of the lower rate, at least \(text(10_000 / step.hertz)) ms, stamps stay right; "
        + "ends padded with their own value"
    }
  }

  static func text(_ value: Double) -> String {
    let rounded = value.magnitude < 1e12 ? (value * 1000).rounded() / 1000 : value
    return rounded == rounded.rounded() && rounded.magnitude < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }
}

extension FilterBand {
  /// A frequency that passes, at which a delay means something, and how a sentence names it.
  fileprivate var delayPlace: (hertz: Double, name: String) {
    switch self {
    case .lowPass: (0, "at low frequencies")
    case .highPass(let hertz, _): (2 * hertz, "at \(PipelineExplanation.text(2 * hertz)) Hz")
    case .bandPass(let low, let high, _):
      ((low * high).squareRoot(), "at \(PipelineExplanation.text((low * high).squareRoot())) Hz")
    }
  }
}
