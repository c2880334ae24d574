/// Points of several kinds over two axes, as SVG.
struct ScatterChart {
  struct Point {
    var x: Double
    var y: Double
    /// An index into `colours`.
    var kind: Int
    var name: String
    /// Whether the point stands out.
    var isMarked = false
  }

  var id: String
  var title: String
  var description: String
  var points: [Point]
  /// Variables of the style, one a kind.
  var colours: [String]
  var xName: String
  var xLabel: (Double) -> String
  var yLabel: (Double) -> String
  /// A line across at this place of the first axis.
  var limit: Double?

  private static let width = 640.0
  private static let height = 320.0
  private static let left = 56.0
  private static let right = 16.0
  private static let top = 12.0
  private static let bottom = 40.0

  /// Empty without a point that can be drawn.
  func svg() -> String {
    let drawn = points.filter { $0.x.isFinite && $0.y.isFinite }
    guard let first = drawn.first else { return "" }
    let xs = drawn.map(\.x) + (limit.map { [$0] } ?? [])
    let xLimits = LineChart.rounded(xs.min() ?? first.x, xs.max() ?? first.x)
    let yLimits = LineChart.rounded(drawn.map(\.y).min() ?? first.y, drawn.map(\.y).max() ?? first.y)
    func x(_ value: Double) -> Double {
      Self.left + Self.share(value, xLimits) * (Self.width - Self.left - Self.right)
    }
    func y(_ value: Double) -> Double {
      Self.top + (1 - Self.share(value, yLimits)) * (Self.height - Self.top - Self.bottom)
    }
    var parts = Self.quarters(yLimits).map { horizontal(y($0), yLabel($0)) }
    parts += Self.quarters(xLimits).map { Self.text(x($0), Self.height - Self.bottom + 16, xLabel($0)) }
    parts.append(Self.text((Self.left + Self.width - Self.right) / 2, Self.height - 6, xName))
    if let limit { parts.append(vertical(x(limit))) }
    // Marked points last, so that nothing covers them.
    parts += drawn.filter { !$0.isMarked }.map { dot($0, x($0.x), y($0.y)) }
    parts += drawn.filter(\.isMarked).map { dot($0, x($0.x), y($0.y)) }
    return HTML.picture(
      id: id, title: title, description: description, width: Int(Self.width), height: Int(Self.height),
      parts.joined(separator: "\n"))
  }

  private static func share(_ value: Double, _ limits: ClosedRange<Double>) -> Double {
    max(0, min(1, (value - limits.lowerBound) / (limits.upperBound - limits.lowerBound)))
  }

  private static func quarters(_ limits: ClosedRange<Double>) -> [Double] {
    (0...4).map { limits.lowerBound + (limits.upperBound - limits.lowerBound) * Double($0) / 4 }
  }

  private func horizontal(_ y: Double, _ label: String) -> String {
    let place = Figures.coordinate(y)
    return "<line class=\"axis\" x1=\"\(Figures.coordinate(Self.left))\" "
      + "x2=\"\(Figures.coordinate(Self.width - Self.right))\" y1=\"\(place)\" y2=\"\(place)\"/>"
      + "<text x=\"\(Figures.coordinate(Self.left - 6))\" y=\"\(place)\" text-anchor=\"end\" "
      + "dominant-baseline=\"middle\">\(HTML.escape(label))</text>"
  }

  private func vertical(_ x: Double) -> String {
    let place = Figures.coordinate(x)
    return "<line class=\"limit\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(Figures.coordinate(Self.top))\" "
      + "y2=\"\(Figures.coordinate(Self.height - Self.bottom))\"/>"
  }

  private static func text(_ x: Double, _ y: Double, _ text: String) -> String {
    "<text x=\"\(Figures.coordinate(x))\" y=\"\(Figures.coordinate(y))\" text-anchor=\"middle\">"
      + "\(HTML.escape(text))</text>"
  }

  private func dot(_ point: Point, _ x: Double, _ y: Double) -> String {
    let colour = colours[point.kind % colours.count]
    let ring = point.isMarked ? " stroke=\"var(--ink)\" stroke-width=\"2\"" : " fill-opacity=\"0.8\""
    return "<circle cx=\"\(Figures.coordinate(x))\" cy=\"\(Figures.coordinate(y))\" r=\"\(point.isMarked ? 7 : 4)\" "
      + "fill=\"var(--\(colour))\"\(ring)><title>\(HTML.escape(point.name))</title></circle>"
  }
}
