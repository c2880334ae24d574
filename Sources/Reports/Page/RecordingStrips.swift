/// A bar for each recording, as long as it lasts, filled where it has frames.
struct RecordingStrips {
  var recordings: [RecordingMetrics]
  var timelines: [RecordingTimeline]

  private static let width = 400.0
  private static let right = 392.0
  private static let row = 18.0
  /// More would make a picture that nobody reads; the table has them all.
  private static let mostRows = 60

  /// Room for the longest of the names.
  private var left: Double { 20 + 7.6 * Double(recordings.map { min(13, $0.file.count) }.max() ?? 0) }

  func svg() -> Markup {
    let shown = Array(zip(recordings, timelines).prefix(Self.mostRows))
    guard longest > 0, !shown.isEmpty else { return .empty }
    let scale = Scale(0, longest / unit, count: 3)
    let bottom = Self.row * Double(shown.count) + 8
    let grid = scale.ticks.map { value -> Markup in
      let place = x(value * unit, scale)
      return """
        <line class="axis" x1="\(place)" x2="\(place)" y1="4" y2="\(bottom)"/>\
        <text x="\(min(place, Self.right - 14))" y="\(bottom + 17)" text-anchor="middle">\(Figures.decimal(value, places: scale.high < 4 ? 1 : 0)) \(unitName)</text>
        """
    }
    let rows = shown.enumerated().map { index, pair in
      row(pair.0, pair.1, Self.row * Double(index) + 6, scale)
    }
    let others = recordings.count - shown.count
    return HTML.picture(
      id: "recordings", title: "When recordings have frames",
      description: "A bar for each of \(shown.count) recordings; the table has their rates and gaps.",
      width: Int(Self.width), height: Int(bottom) + 26, (grid + rows).joined())
      + (others > 0 ? HTML.note("\(Figures.count(others)) more recordings are in the table.") : .empty)
  }

  private var longest: Double { recordings.map(\.seconds).filter(\.isFinite).max() ?? 0 }
  private var unit: Double { longest > 7200 ? 3600 : longest > 120 ? 60 : 1 }
  private var unitName: String { unit == 3600 ? "h" : unit == 60 ? "min" : "s" }

  private func x(_ seconds: Double, _ scale: Scale) -> Double {
    left + scale.share(seconds.isFinite ? seconds / unit : 0) * (Self.right - left)
  }

  private func row(
    _ recording: RecordingMetrics, _ timeline: RecordingTimeline, _ y: Double, _ scale: Scale
  ) -> Markup {
    let height = Self.row - 6
    let bars = runs(of: timeline, hertz: recording.hertz).map { run -> Markup in
      let (from, to) = (
        x(Double(run.bins.lowerBound) * timeline.secondsPerBin, scale),
        x(min(Double(run.bins.upperBound) * timeline.secondsPerBin, recording.seconds), scale)
      )
      return """
        <rect class="covered" x="\(from)" y="\(y)" width="\(max(0.3, to - from))" height="\(height)" \
        fill-opacity="\(Double(run.level) * 0.2)"/>
        """
    }
    let gaps = timeline.gaps.map {
      "M\(Figures.coordinate(x($0, scale))) \(Figures.coordinate(y - 1))v\(Figures.coordinate(height + 2))"
    }
    return """
      <g><title>\(recording.file), \(recording.subject): \(Figures.count(recording.frames)) frames in \
      \(Figures.duration(recording.seconds)), \(Figures.rates(recording.lowestHertz, recording.highestHertz)), \
      \(Figures.count(recording.gaps)) gaps</title>\
      <text class="label" x="\(left - 10)" y="\(y + height / 2)" text-anchor="end" dominant-baseline="middle">\
      \(Figures.short(recording.file, 13))</text>\
      <rect class="right" x="\(left)" y="\(y)" width="\(x(recording.seconds, scale) - left)" height="\(height)"/>\
      \(bars.joined(separator: ""))<path class="gap" d="\(gaps.joined())"/></g>
      """
  }

  /// Bins of alike coverage, 1 for a little to 4 for all frames that the rate promises; none where there are no frames.
  private func runs(of timeline: RecordingTimeline, hertz: Double) -> [(bins: Range<Int>, level: Int)] {
    let whole = max(1, hertz * timeline.secondsPerBin)
    var runs: [(bins: Range<Int>, level: Int)] = []
    for (bin, frames) in timeline.frames.enumerated() where frames > 0 {
      // A bin at an end, or one whose edge falls between two frames, has one frame less.
      let level = max(1, min(4, Int(((Double(frames) + 1.5) / whole * 4).rounded(.down))))
      if let last = runs.last, last.bins.upperBound == bin, last.level == level {
        runs[runs.count - 1].bins = last.bins.lowerBound..<bin + 1
      } else {
        runs.append((bin..<bin + 1, level))
      }
    }
    return runs
  }
}
