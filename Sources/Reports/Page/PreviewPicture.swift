/// A subject's test stream: all of it as a strip of right and wrong, an excerpt with its signal.
struct PreviewPicture {
  let id: String
  let preview: StreamPreview
  let classes: [String]

  static let width = 940.0
  static let left = 104.0
  static let right = 930.0
  private static let rowHeight = 38.0
  private static let bandHeight = 19.0
  /// Between pieces of the excerpt that do not follow on each other.
  private static let gutter = 10.0

  func svg() -> Markup {
    var parts = [strip]
    var y = 62.0
    if !preview.pieces.isEmpty {
      parts.append(lens(to: y + 14))
      y += 20
      for channel in preview.channels.indices {
        parts.append(signal(channel, top: y))
        y += Self.rowHeight
      }
      y += 8
      for band in Band.allCases {
        parts.append(self.band(band, top: y))
        y += Self.bandHeight + 4
      }
      parts.append(clock(at: y + 13))
      y += 22
    }
    return HTML.picture(
      id: id, title: "Test stream of \(preview.subject)", description: description, width: Int(Self.width),
      height: Int(y) + 4, wide: true, parts.joined())
  }

  private var description: String {
    let wrongBefore = preview.windows.count { $0.before != $0.label }
    let wrongAfter = preview.windows.count { $0.after != $0.label }
    return
      "\(preview.windows.count) windows; wrong before adapting \(wrongBefore), after it \(wrongAfter). The table has "
      + "the windows of the excerpt."
  }

  func name(of label: Int) -> String { classes.indices.contains(label) ? classes[label] : "class \(label)" }

  // MARK: The whole stream

  private func place(_ window: Int) -> Double {
    Self.left + Double(window) / Double(max(1, preview.windows.count)) * (Self.right - Self.left)
  }

  private var strip: Markup {
    let names = Self.runs(preview.windows.indices) { preview.windows[$0].label }.map { run -> Markup in
      label(name(of: run.value), from: place(run.range.lowerBound), to: place(run.range.upperBound), top: 2, height: 17)
      {
        tint(run.value)
      }
    }
    return
      (names + [row("all windows", 2, 17), row("before", 23, 14), row("after", 41, 14)]
      + [wrong(top: 23) { $0.before }, wrong(top: 41) { $0.after }]).joined()
  }

  private func row(_ name: String, _ top: Double, _ height: Double) -> Markup {
    """
    <text class="label" x="\(Self.left - 8)" y="\(top + height / 2)" text-anchor="end" dominant-baseline="middle">\(name)</text>
    """
  }

  /// A row of the strip: a block for each run of windows taken for one wrong class.
  private func wrong(top: Double, _ prediction: (StreamPreview.Window) -> Int) -> Markup {
    let runs = Self.runs(preview.windows.indices) { index in
      prediction(preview.windows[index]) == preview.windows[index].label ? nil : prediction(preview.windows[index])
    }
    let blocks = runs.compactMap { run -> Markup? in
      guard let value = run.value else { return nil }
      let (from, to) = (place(run.range.lowerBound), place(run.range.upperBound))
      let truth = name(of: preview.windows[run.range.lowerBound].label)
      return """
        <rect class="wrong" x="\(from)" y="\(top)" width="\(to - from)" height="14">\
        <title>\(truth) taken for \(name(of: value)), \(run.range.count) \(run.range.count == 1 ? "window" : "windows")\
        </title></rect>
        """
    }
    return """
      <rect class="right" x="\(Self.left)" y="\(top)" width="\(Self.right - Self.left)" height="14"/>
      \(blocks)
      """
  }

  /// From the excerpt's place in the strip to its place below.
  private func lens(to y: Double) -> Markup {
    let (from, to) = (place(preview.excerpt.lowerBound), place(preview.excerpt.upperBound))
    return """
      <path class="window" d="M\(from) 20H\(to)V58L\(Self.right) \(y)M\(from) 20V58L\(Self.left) \(y)M\(from) 58H\(to)"/>
      """
  }

  // MARK: The excerpt

  private var pixelsPerSecond: Double {
    let whole = preview.pieces.reduce(0.0) { $0 + seconds(of: $1) }
    let room = Self.right - Self.left - Self.gutter * Double(max(0, preview.pieces.count - 1))
    return max(1, room) / max(whole, 1e-9)
  }

  private func seconds(of piece: StreamPreview.Piece) -> Double {
    Double(piece.values.first?.count ?? 0) / max(preview.hertz, 1e-9)
  }

  /// Where each piece begins.
  private var starts: [Double] {
    var x = Self.left
    return preview.pieces.map { piece in
      defer { x += seconds(of: piece) * pixelsPerSecond + Self.gutter }
      return x
    }
  }

  private func signal(_ channel: Int, top: Double) -> Markup {
    let unit = preview.channels[channel].unit
    // Channels of one unit share a scale, so that they can be compared.
    let alike = preview.channels.indices.filter { preview.channels[$0].unit == unit }
    let values = preview.pieces.flatMap { piece in alike.flatMap { $0 < piece.values.count ? piece.values[$0] : [] } }
      .filter(\.isFinite)
    let (low, high) = (Double(values.min() ?? 0), Double(values.max() ?? 1))
    let height = Self.rowHeight - 6
    let lines = zip(preview.pieces, starts).map { piece, x -> Markup in
      let path = SignalPath(
        values: channel < piece.values.count ? piece.values[channel] : [], left: x,
        width: seconds(of: piece) * pixelsPerSecond, top: top + 2, height: height - 4, low: low, high: high)
      return "<path class=\"signal\" d=\"\(path.text)\"/>"
    }
    let range = "\(Self.short(low)) … \(Self.short(high))\(unit.map { " " + $0 } ?? "")"
    // A unit may be any text; what would stick out of the picture is set narrower.
    let squeezed: Markup = range.count > 16 ? " textLength=\"92\" lengthAdjust=\"spacingAndGlyphs\"" : .empty
    let name = preview.channels[channel].name
    return """
      <rect class="right" x="\(Self.left)" y="\(top)" width="\(Self.right - Self.left)" height="\(height)" fill-opacity=".35"/>\
      <text class="label" x="\(Self.left - 8)" y="\(top + height / 2 - 7)" text-anchor="end" dominant-baseline="middle">\
      \(Figures.short(name, 11))</text>\
      <text class="small"\(squeezed) x="\(Self.left - 8)" y="\(top + height / 2 + 7)" text-anchor="end" dominant-baseline="middle">\
      \(Figures.short(range, 17))</text>\
      \(lines)
      """
  }

  private static func short(_ value: Double) -> String {
    Figures.decimal(value, places: abs(value) >= 100 ? 0 : 1)
  }

  private enum Band: String, CaseIterable {
    case truth = "true"
    case before
    case after
  }

  /// A window stands where its verdict falls: at its end, as long as it takes to the next one.
  private func band(_ band: Band, top: Double) -> Markup {
    var blocks: [Markup] = [row(band.rawValue, top, Self.bandHeight)]
    for (piece, x) in zip(preview.pieces, starts) {
      let runs = Self.runs(piece.windows) { index -> Verdict in
        let window = preview.windows[index]
        let value =
          switch band {
          case .truth: window.label
          case .before: window.before
          case .after: window.after
          }
        return Verdict(value: value, label: window.label)
      }
      func end(_ window: Int) -> Double {
        x + (preview.windows[window].start + preview.windowSeconds - piece.start) * pixelsPerSecond
      }
      for run in runs {
        let from = max(x, end(run.range.lowerBound) - preview.hopSeconds * pixelsPerSecond)
        blocks.append(block(run.value, run.range.count, from: from, to: end(run.range.upperBound - 1), top: top))
      }
    }
    return blocks.joined()
  }

  private struct Verdict: Equatable {
    var value: Int
    var label: Int
    var isRight: Bool { value == label }
  }

  private func block(_ verdict: Verdict, _ windows: Int, from: Double, to: Double, top: Double) -> Markup {
    let said =
      verdict.isRight ? name(of: verdict.value) : "\(name(of: verdict.label)) taken for \(name(of: verdict.value))"
    let text = label(
      (verdict.isRight ? "" : "✕ ") + name(of: verdict.value), from: from, to: to, top: top, height: Self.bandHeight,
      isWrong: !verdict.isRight
    ) { verdict.isRight ? tint(verdict.value) : " class=\"wrong\"" }
    return "<g><title>\(said), \(windows) \(windows == 1 ? "window" : "windows")</title>\(text)</g>"
  }

  /// When pieces begin, on the recording's clock.
  private func clock(at y: Double) -> Markup {
    var free = -Double.infinity
    return zip(preview.pieces, starts).compactMap { piece, x -> Markup? in
      guard x >= free else { return nil }
      let text = Figures.clock(piece.start)
      free = x + Double(text.count) * 7 + 8
      return "<text x=\"\(x)\" y=\"\(y)\">\(text)</text>"
    }.joined()
  }

  // MARK: Parts

  /// Classes have all colours but the orange of mistakes.
  private func tint(_ label: Int) -> Markup {
    " style=\"fill:color-mix(in srgb, var(--c\([0, 2, 3, 4, 5, 6, 7][abs(label % 7)])) 28%, var(--paper))\""
  }

  /// A block with its name, where there is room for it.
  private func label(
    _ name: String, from: Double, to: Double, top: Double, height: Double, isWrong: Bool = false,
    _ style: () -> Markup
  ) -> Markup {
    let room = Int((to - from - 6) / 6.4)
    let text = name.count <= room ? name : room >= 4 ? name.prefix(room - 1) + "…" : isWrong && room >= 1 ? "✕" : ""
    let words: Markup =
      text.isEmpty
      ? .empty
      : """
      <text class="\(isWrong ? "on-wrong" : "label")" x="\((from + to) / 2)" y="\(top + height / 2 + 0.5)" \
      text-anchor="middle" dominant-baseline="middle">\(text)</text>
      """
    return """
      <rect\(style()) x="\(from)" y="\(top)" width="\(max(0, to - from - 0.5))" height="\(height)"/>\(words)
      """
  }

  /// Neighbours of one value, together.
  private static func runs<Value: Equatable>(
    _ range: Range<Int>, _ value: (Int) -> Value
  ) -> [(range: Range<Int>, value: Value)] {
    var runs: [(range: Range<Int>, value: Value)] = []
    for index in range {
      let found = value(index)
      if let last = runs.last, last.value == found {
        runs[runs.count - 1].range = last.range.lowerBound..<index + 1
      } else {
        runs.append((index..<index + 1, found))
      }
    }
    return runs
  }
}
