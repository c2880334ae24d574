import Learning
import PipelineModel
import Reports

extension TrainingOutcome {
  /// What each subject's test windows were taken for, with some of their signal.
  func previews(
    of ingested: IngestedWindows, _ splits: [(subject: Int, split: AdaptationSplit)], _ ingest: CheckedIngest
  ) -> [StreamPreview] {
    let choice = PreviewChoice(
      windows: ingested.windows,
      channels: zip(ingested.channelNames, ingested.channelUnits).map { StreamPreview.Channel(name: $0, unit: $1) },
      hertz: ingested.sampleRateHz, hopSamples: ingest.hopSamples)
    return choice.previews(
      zip(splits, subjects).map { part, subject in
        (subject.name, part.split.test, subject.result.predictionsBefore, subject.result.predictionsAfter)
      })
  }
}

/// Chooses what of the held-out subjects' test streams a report shows, and no more than a page can carry.
struct PreviewChoice {
  let windows: WindowSet
  let channels: [StreamPreview.Channel]
  let hertz: Double
  let hopSamples: Int

  /// Subjects at most.
  private static let mostSubjects = 6
  /// Windows of a subject at most, without their signal.
  private static let mostWindows = 2000
  /// Windows of an excerpt at most: more would not be told apart.
  private static let excerptWindows = 48
  /// Values of all signals together: some 400 kB of page.
  private static let mostValues = 48_000
  private static let mostChannels = 12

  /// - Parameter subjects: Each with the indices of its test windows, and what they were taken for.
  func previews(
    _ subjects: [(name: String, test: [Int], before: [Int], after: [Int])]
  ) -> [StreamPreview] {
    let shown = subjects.prefix(Self.mostSubjects)
    return shown.map { subject in
      let count = min(subject.test.count, Self.mostWindows)
      let verdicts = (0..<count).map { place in
        StreamPreview.Window(
          start: Double(windows.startNanoseconds[subject.test[place]]) / 1e9,
          label: windows.labels[subject.test[place]], before: subject.before[place], after: subject.after[place])
      }
      let channels = Array(channels.prefix(Self.mostChannels))
      let excerpt = Self.worst(verdicts, count: excerptCount(subjects: shown.count, channels: channels.count))
      return StreamPreview(
        subject: subject.name, channels: channels, hertz: hertz, windowSeconds: Double(windows.shape.length) / hertz,
        hopSeconds: Double(hopSamples) / hertz, windows: verdicts, omittedWindows: subject.test.count - count,
        pieces: pieces(
          of: subject.test, excerpt, channels: channels.count,
          mostFrames: Self.mostValues / max(1, shown.count * channels.count)))
    }
  }

  /// So many windows that the signals of all subjects together stay within bounds; none where one is too long.
  private func excerptCount(subjects: Int, channels: Int) -> Int {
    let samples = Self.mostValues / max(1, subjects * channels)
    guard samples >= windows.shape.length else { return 0 }
    return min(Self.excerptWindows, 1 + (samples - windows.shape.length) / max(1, hopSamples))
  }

  /// The run of windows in which both networks together were wrong most often; the first of several.
  static func worst(_ verdicts: [StreamPreview.Window], count: Int) -> Range<Int> {
    let count = min(count, verdicts.count)
    guard count > 0 else { return 0..<0 }
    let wrong = verdicts.map { ($0.before == $0.label ? 0 : 1) + ($0.after == $0.label ? 0 : 1) }
    var sum = wrong[..<count].reduce(0, +)
    var best = (start: 0, sum: sum)
    for start in 1..<max(1, verdicts.count - count + 1) {
      sum += wrong[start + count - 1] - wrong[start - 1]
      if sum > best.sum { best = (start, sum) }
    }
    return best.start..<best.start + count
  }

  /// The frames of the windows, each once: windows that meet or overlap lie in one piece.
  ///
  /// - Parameter mostFrames: Windows behind them are left out; where pieces are many, each begins with a whole window.
  private func pieces(
    of test: [Int], _ excerpt: Range<Int>, channels: Int, mostFrames: Int
  ) -> [StreamPreview.Piece] {
    var pieces: [StreamPreview.Piece] = []
    var frames = 0
    var end: (recording: Int, frame: Int)?
    for place in excerpt {
      let window = test[place]
      let start = windows.startFrames[window]
      var fresh = 0..<windows.shape.length
      var goesOn = false
      if let (recording, frame) = end, recording == windows.recordings[window], start <= frame,
        windows.stretches[window] == windows.stretches[test[place - 1]]
      {
        fresh = min(windows.shape.length, max(0, frame - start))..<windows.shape.length
        goesOn = true
      }
      frames += fresh.count
      guard frames <= mostFrames else { break }
      if goesOn {
        pieces[pieces.count - 1].windows = pieces[pieces.count - 1].windows.lowerBound..<place + 1
      } else {
        pieces.append(
          StreamPreview.Piece(
            start: Double(windows.startNanoseconds[window]) / 1e9, windows: place..<place + 1,
            values: Array(repeating: [], count: channels)))
      }
      append(window, fresh, to: &pieces[pieces.count - 1])
      end = (windows.recordings[window], start + windows.shape.length)
    }
    return pieces
  }

  /// Values as measured: what normalising took away is given back.
  private func append(_ window: Int, _ frames: Range<Int>, to piece: inout StreamPreview.Piece) {
    let values = windows.window(window)
    let statistics = windows.normalization
    for channel in piece.values.indices {
      for frame in frames {
        let value = values[values.startIndex + frame * windows.shape.channels + channel]
        piece.values[channel].append(
          statistics.map { Float(Double(value) * $0.deviation[channel] + $0.mean[channel]) } ?? value)
      }
    }
  }
}
