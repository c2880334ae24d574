/// A curve over epochs or other steps, as SVG.
struct LineChart {
  struct Series {
    var name: String
    var colour: String
    var values: [Double]
  }

  var id: String
  var title: String
  var series: Series
  /// Fixed where the values have natural limits.
  var range: ClosedRange<Double>?
  var label: (Double) -> String
  /// What the values are one after another of: `epoch`, `tensor frozen`.
  var step: String
  /// The number of the first of them.
  var firstStep: Int

  private let width = 420.0
  private let height = 230.0
  private let left = 56.0
  private let right = 12.0
  private let top = 12.0
  private let bottom = 40.0

  init(
    id: String, title: String, series: Series, range: ClosedRange<Double>? = nil, step: String = "epoch",
    firstStep: Int = 1, label: @escaping (Double) -> String
  ) {
    self.id = id
    self.title = title
    self.series = series
    self.range = range
    self.step = step
    self.firstStep = firstStep
    self.label = label
  }

  func svg() -> String {
    let values = series.values.filter(\.isFinite)
    guard let last = values.last, let smallest = values.min(), let largest = values.max() else { return "" }
    let limits = range ?? Self.rounded(min(0, smallest), largest)
    let content = axis(limits) + "\n" + curve(limits)
    return "<h3>\(HTML.escape(title))</h3>\n"
      + HTML.picture(
        id: id, title: title,
        description: "\(series.values.count) values, from \(label(series.values[0])) to \(label(last)); "
          + "smallest \(label(smallest)), largest \(label(largest))",
        width: Int(width), height: Int(height), content)
  }

  /// Limits at a round step: 1, 2, 2.5 or 5 times a power of ten.
  static func rounded(_ low: Double, _ high: Double) -> ClosedRange<Double> {
    let span = max(high - low, 1e-9)
    var step = 1e-9
    for factor in [2, 1.25, 2, 2].cycled(60) {
      if step * 4 >= span { break }
      step *= factor
    }
    return (low / step).rounded(.down) * step...(low / step).rounded(.down) * step + 4 * step.nextUp
  }

  private func y(_ value: Double, _ limits: ClosedRange<Double>) -> Double {
    let share = (value - limits.lowerBound) / (limits.upperBound - limits.lowerBound)
    return top + (1 - max(0, min(1, share))) * (height - top - bottom)
  }

  private func x(_ index: Int) -> Double {
    left + Double(index) / Double(max(1, series.values.count - 1)) * (width - left - right)
  }

  private func axis(_ limits: ClosedRange<Double>) -> String {
    let values = (0...4).map { limits.lowerBound + (limits.upperBound - limits.lowerBound) * Double($0) / 4 }
    let lines = values.map { value in
      let height = Figures.coordinate(y(value, limits))
      return "<line class=\"axis\" x1=\"\(Figures.coordinate(left))\" x2=\"\(Figures.coordinate(width - right))\" "
        + "y1=\"\(height)\" y2=\"\(height)\"/><text x=\"\(Figures.coordinate(left - 6))\" y=\"\(height)\" "
        + "text-anchor=\"end\" dominant-baseline=\"middle\">\(HTML.escape(label(value)))</text>"
    }
    let count = series.values.count
    let every = max(1, (count + 7) / 8)
    let ticks = stride(from: 0, to: count, by: every).map { index in
      "<text x=\"\(Figures.coordinate(x(index)))\" y=\"\(Figures.coordinate(height - bottom + 16))\" "
        + "text-anchor=\"middle\">\(index + firstStep)</text>"
    }
    let name =
      "<text x=\"\(Figures.coordinate((left + width - right) / 2))\" y=\"\(Figures.coordinate(height - 6))\" "
      + "text-anchor=\"middle\">\(HTML.escape(step))</text>"
    return (lines + ticks + [name]).joined(separator: "\n")
  }

  private func curve(_ limits: ClosedRange<Double>) -> String {
    let points = series.values.enumerated().filter { $0.element.isFinite }
    let path = points.map { "\(Figures.coordinate(x($0.offset))),\(Figures.coordinate(y($0.element, limits)))" }
    let dots = points.map { index, value in
      "<circle cx=\"\(Figures.coordinate(x(index)))\" cy=\"\(Figures.coordinate(y(value, limits)))\" r=\"3\" "
        + "fill=\"var(--\(series.colour))\"><title>\(HTML.escape(step)) \(index + firstStep): \(HTML.escape(label(value)))</title></circle>"
    }
    return "<polyline class=\"curve\" stroke=\"var(--\(series.colour))\" points=\"\(path.joined(separator: " "))\"/>\n"
      + dots.joined(separator: "\n")
  }
}

extension Array {
  /// The elements over and over, `count` of them.
  func cycled(_ count: Int) -> [Element] {
    (0..<count).map { self[$0 % self.count] }
  }
}
