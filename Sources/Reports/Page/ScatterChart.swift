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

  private static let width = 420.0
  private static let height = 280.0
  private static let left = 56.0
  private static let right = 30.0
  private static let top = 12.0
  private static let bottom = 40.0

  /// Empty without a point that can be drawn.
  func svg() -> Markup {
    let drawn = points.filter { $0.x.isFinite && $0.y.isFinite }
    guard let first = drawn.first else { return .empty }
    let xs = drawn.map(\.x) + (limit.map { [$0] } ?? [])
    let xScale = Scale(xs.min() ?? first.x, xs.max() ?? first.x)
    let yScale = Scale(drawn.map(\.y).min() ?? first.y, drawn.map(\.y).max() ?? first.y, within: 0...1)
    func x(_ value: Double) -> Double { Self.left + xScale.share(value) * (Self.width - Self.left - Self.right) }
    func y(_ value: Double) -> Double { Self.top + (1 - yScale.share(value)) * (Self.height - Self.top - Self.bottom) }
    var parts = yScale.ticks.map { horizontal(y($0), yLabel($0)) }
    parts += xScale.ticks.map { Self.text(x($0), Self.height - Self.bottom + 17, xLabel($0)) }
    parts.append(Self.text((Self.left + Self.width - Self.right) / 2, Self.height - 6, xName))
    if let limit { parts.append(vertical(x(limit))) }
    // Marked points last, so that nothing covers them.
    parts += drawn.filter { !$0.isMarked }.map { dot($0, x($0.x), y($0.y)) }
    parts += drawn.filter(\.isMarked).map { dot($0, x($0.x), y($0.y)) }
    return HTML.picture(
      id: id, title: title, description: description, width: Int(Self.width), height: Int(Self.height), parts.joined())
  }

  private func horizontal(_ y: Double, _ label: String) -> Markup {
    """
    <line class="axis" x1="\(Self.left)" x2="\(Self.width - Self.right)" y1="\(y)" y2="\(y)"/>\
    <text x="\(Self.left - 6)" y="\(y)" text-anchor="end" dominant-baseline="middle">\(label)</text>
    """
  }

  private func vertical(_ x: Double) -> Markup {
    "<line class=\"limit\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(Self.top)\" y2=\"\(Self.height - Self.bottom)\"/>"
  }

  private static func text(_ x: Double, _ y: Double, _ text: String) -> Markup {
    "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"middle\">\(text)</text>"
  }

  private func dot(_ point: Point, _ x: Double, _ y: Double) -> Markup {
    let ring: Markup = point.isMarked ? " stroke=\"var(--ink)\" stroke-width=\"2.5\"" : " fill-opacity=\"0.8\""
    return """
      <circle cx="\(x)" cy="\(y)" r="\(point.isMarked ? 7 : 4)" \
      fill="var(--\(colours[point.kind % colours.count]))"\(ring)><title>\(point.name)</title></circle>
      """
  }
}
