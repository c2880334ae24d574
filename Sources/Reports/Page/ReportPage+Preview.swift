extension ReportPage {
  var previewSection: Markup? {
    guard !report.previews.isEmpty, let classes = metrics.evaluation?.confusion.classes else { return nil }
    let figures = report.previews.enumerated().map { figure($0.element, $0.offset, classes) }
    let others = (metrics.evaluation?.perSubject.count ?? 0) - report.previews.count
    let rest: Markup =
      others > 0
      ? HTML.note(
        "Left out for the size of this page: \(Figures.count(others)) of \(Figures.count(others + report.previews.count)) subjects."
      ) : .empty
    return HTML.section(
      "stream", "What the networks saw, and what they said",
      HTML.note(
        """
        For each subject all test windows on top, orange where the network was wrong before and after adapting. Below, \
        the stretch in which both together were wrong most often, with its signal: a verdict stands where its window \
        ends, and a cross marks a wrong one. Channels of one unit share a scale; pauses are cut out.
        """) + figures.joined() + rest)
  }

  private func figure(_ preview: StreamPreview, _ index: Int, _ classes: [String]) -> Markup {
    let picture = PreviewPicture(id: "stream-\(index)", preview: preview, classes: classes)
    let title = "Test stream of \(preview.subject)"
    let wrongBefore = preview.windows.count { $0.before != $0.label }
    let wrongAfter = preview.windows.count { $0.after != $0.label }
    let omitted: Markup =
      preview.omittedWindows > 0
      ? " The first of \(Figures.count(preview.windows.count + preview.omittedWindows))." : ""
    return HTML.figure(
      "stream-\(index)-figure", title,
      caption: """
        \(Figures.count(preview.windows.count)) windows of \(Figures.decimal(preview.windowSeconds, places: 2)) s every \
        \(Figures.decimal(preview.hopSeconds, places: 2)) s: \(Figures.count(wrongBefore)) wrong before adapting, \
        \(Figures.count(wrongAfter)) after.\(omitted)
        """,
      picture: picture.svg(), data: windowsTable(preview, index, picture),
      more: (preview.pieces.isEmpty
        ? .empty : signalTable(preview, index).link(title: "\(title), signal", text: "Signal (CSV)"))
        + HTML.details("The excerpt's windows as a table", excerptTable(preview, picture)))
  }

  private func windowsTable(_ preview: StreamPreview, _ index: Int, _ picture: PreviewPicture) -> CSVTable {
    CSVTable(
      name: "stream-\(index + 1)-windows", columns: ["subject", "startSeconds", "true", "before", "after"],
      rows: preview.windows.map { window in
        [
          preview.subject, "\(window.start)", picture.name(of: window.label), picture.name(of: window.before),
          picture.name(of: window.after),
        ]
      })
  }

  private func signalTable(_ preview: StreamPreview, _ index: Int) -> CSVTable {
    let period = 1 / max(preview.hertz, 1e-9)
    var rows: [[String]] = []
    for piece in preview.pieces {
      for frame in 0..<(piece.values.first?.count ?? 0) {
        let time = Figures.decimalPoint(piece.start + Double(frame) * period, places: 4)
        rows.append([time] + piece.values.map { frame < $0.count ? Self.short($0[frame]) : "" })
      }
    }
    return CSVTable(
      name: "stream-\(index + 1)-signal",
      columns: ["seconds"] + preview.channels.map { $0.name + ($0.unit.map { " (\($0))" } ?? "") }, rows: rows)
  }

  /// Four decimals are enough to draw a signal again.
  private static func short(_ value: Float) -> String { value.isFinite ? "\((value * 1e4).rounded() / 1e4)" : "" }

  private func excerptTable(_ preview: StreamPreview, _ picture: PreviewPicture) -> Markup {
    let range = preview.excerpt.clamped(to: preview.windows.indices)
    return HTML.table(
      caption: "Windows of the excerpt, \(preview.subject)", columns: ["start", "true", "before", "after"],
      rows: preview.windows[range].map { window in
        [
          "\(Figures.clock(window.start))", "\(picture.name(of: window.label))",
          verdict(window.before, window, picture),
          verdict(window.after, window, picture),
        ]
      }, numbers: [])
  }

  private func verdict(_ value: Int, _ window: StreamPreview.Window, _ picture: PreviewPicture) -> Markup {
    value == window.label ? "\(picture.name(of: value))" : "✕ \(picture.name(of: value))"
  }
}

extension Figures {
  /// Seconds on a recording's clock as `12:03.5`; hours before that where there are any.
  static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e9 else { return decimalPoint(seconds, places: 0) + " s" }
    let tenths = Int((abs(seconds) * 10).rounded())
    let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return (seconds < 0 ? "−" : "") + (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)")
      + ":\(two(tenths / 10 % 60)).\(tenths % 10)"
  }

  /// For programs: with a hyphen for minus.
  static func decimalPoint(_ value: Double, places: Int) -> String {
    decimal(value, places: places).replacing("−", with: "-")
  }
}
