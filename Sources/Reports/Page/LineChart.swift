/// Curves over epochs or other steps, each named at its end, as SVG.
struct LineChart {
  struct Line {
    var name: String
    var values: [Double]
    /// Of many lines the one to look at.
    var isMain = true
  }

  var id: String
  var title: String
  var lines: [Line]
  /// Where the values have natural limits.
  var limits: ClosedRange<Double>?
  /// Whether the axis begins at 0, however far away the values are.
  var startsAtZero = false
  /// A level to compare with, with its name.
  var baseline: (value: Double, name: String)?
  /// What the values are one after another of: `epoch`, `tensors tried`.
  var step = "epoch"
  /// The number of the first of them.
  var firstStep = 1
  /// For levels of the axis; as `label` unless told.
  var tick: ((Double) -> String)?
  var label: (Double) -> String

  private static let width = 400.0
  private static let height = 236.0
  private static let left = 56.0
  private static let top = 14.0
  private static let bottom = 42.0
  /// Lines that are named at their ends; more would cover each other.
  private static let namedLines = 6

  /// Empty where no value can be drawn.
  func svg() -> Markup {
    let values = lines.flatMap(\.values).filter(\.isFinite)
    guard let smallest = values.min(), let largest = values.max() else { return .empty }
    let levels = [smallest, largest] + (baseline.map { $0.value.isFinite ? [$0.value] : [] } ?? [])
    let scale = Scale(
      startsAtZero ? min(0, levels.min() ?? 0) : levels.min() ?? 0, levels.max() ?? 1, within: limits)
    let named = ends.map { $0.name.prefix(14).count }.max() ?? 0
    let right = Self.width - 12 - Double(named) * 8
    let parts =
      [axis(scale, right), baselineMark(scale, right)] + lines.map { curve($0, scale, right) }
      + [names(scale, right)]
    let count = lines.map(\.values.count).max() ?? 0
    return HTML.picture(
      id: id, title: title,
      description: "\(lines.count == 1 ? "A curve" : "\(lines.count) curves") of \(count) values, "
        + "smallest \(label(smallest)), largest \(label(largest)).",
      width: Int(Self.width), height: Int(Self.height), parts.joined())
  }

  private var stepCount: Int { lines.map(\.values.count).max() ?? 0 }

  private func x(_ index: Int, _ right: Double) -> Double {
    Self.left + Double(index) / Double(max(1, stepCount - 1)) * (right - Self.left)
  }

  private func y(_ value: Double, _ scale: Scale) -> Double {
    Self.top + (1 - scale.share(value)) * (Self.height - Self.top - Self.bottom)
  }

  private func axis(_ scale: Scale, _ right: Double) -> Markup {
    let levels = scale.ticks.map { value -> Markup in
      let place = y(value, scale)
      return """
        <line class="axis" x1="\(Self.left)" x2="\(right)" y1="\(place)" y2="\(place)"/>\
        <text x="\(Self.left - 6)" y="\(place)" text-anchor="end" dominant-baseline="middle">\((tick ?? label)(value))</text>
        """
    }
    let every = max(1, (stepCount + 7) / 8)
    let steps = stride(from: 0, to: stepCount, by: every).map { index -> Markup in
      """
      <text x="\(x(index, right))" y="\(Self.height - Self.bottom + 17)" text-anchor="middle">\(index + firstStep)</text>
      """
    }
    let name: Markup = """
      <text x="\((Self.left + right) / 2)" y="\(Self.height - 6)" text-anchor="middle">\(step)</text>
      """
    return (levels + steps + [name]).joined()
  }

  private func baselineMark(_ scale: Scale, _ right: Double) -> Markup {
    guard let baseline, baseline.value.isFinite else { return .empty }
    let place = y(baseline.value, scale)
    // Curves begin at the left and climb, so its name stands at the right, below.
    return """
      <line class="baseline" x1="\(Self.left)" x2="\(right)" y1="\(place)" y2="\(place)"/>\
      <text x="\(right)" y="\(place + 14)" text-anchor="end">\(baseline.name) \(label(baseline.value))</text>
      """
  }

  private func curve(_ line: Line, _ scale: Scale, _ right: Double) -> Markup {
    let points = line.values.enumerated().filter { $0.element.isFinite }
    let path = points.map { place, value in
      "\(Figures.coordinate(x(place, right))),\(Figures.coordinate(y(value, scale)))"
    }
    let dots = points.map { index, value -> Markup in
      """
      <circle cx="\(x(index, right))" cy="\(y(value, scale))" r="\(line.isMain ? 3.5 : 2.5)">\
      <title>\(line.name), \(step) \(index + firstStep): \(label(value))</title></circle>
      """
    }
    return """
      <g class="\(line.isMain ? "main" : "other")"><polyline class="curve" points="\(path.joined(separator: " "))"/>
      \(dots)</g>
      """
  }

  /// What is named: all lines where they are few, else the main ones.
  private var ends: [Line] {
    let ends = lines.count <= Self.namedLines ? lines : lines.filter(\.isMain)
    return ends.count == 1 && lines.count == 1 ? [] : Array(ends.prefix(Self.namedLines))
  }

  /// Names at the ends of the lines, moved apart where they would cover each other.
  private func names(_ scale: Scale, _ right: Double) -> Markup {
    var places: [(line: Line, y: Double)] = ends.compactMap { line in
      line.values.last(where: \.isFinite).map { (line, y($0, scale)) }
    }.sorted { $0.y < $1.y }
    for index in places.indices.dropFirst() {
      places[index].y = max(places[index].y, places[index - 1].y + 14)
    }
    let over = (places.last?.y ?? 0) - (Self.height - Self.bottom)
    if over > 0 { for index in places.indices { places[index].y -= over } }
    return places.map { line, y -> Markup in
      return """
        <text class="\(line.isMain ? "label" : "other-label")" x="\(right + 8)" y="\(y)" dominant-baseline="middle">\
        \(Figures.short(line.name, 14))</text>
        """
    }.joined()
  }
}
