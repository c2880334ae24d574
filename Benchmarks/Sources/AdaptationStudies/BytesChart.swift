import Foundation

/// Accuracy over arena bytes, a line a family, as SVG. Bytes on a logarithmic axis.
struct BytesChart {
  struct Point {
    var bytes: Int
    var accuracy: Double
    /// Of the networks' means; drawn as a bar.
    var deviation: Double
  }

  struct Series {
    var name: String
    var points: [Point]
  }

  var title: String
  var series: [Series]
  /// Accuracy without adapting.
  var before: Double

  private static let width = 860.0
  private static let height = 520.0
  private static let left = 60.0
  private static let right = 200.0
  private static let top = 40.0
  private static let bottom = 50.0
  /// Okabe and Ito's colours, which people of any colour vision tell apart.
  private static let colours = ["#000000", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

  private var ticks: [Int] {
    let bytes = series.flatMap(\.points).map(\.bytes)
    let low = Double(bytes.min() ?? 1024).rounded(.down)
    let high = Double(bytes.max() ?? 2048)
    let all = (10...20).flatMap { [1 << $0, 3 << ($0 - 1)] }
    let first = all.last { Double($0) <= low } ?? all[0]
    let last = all.first { Double($0) >= high } ?? all[all.count - 1]
    return all.filter { $0 >= first && $0 <= last }
  }

  private func x(_ bytes: Int) -> Double {
    let low = log(Double(ticks.first ?? 1))
    let high = log(Double(ticks.last ?? 2))
    return Self.left + (log(Double(bytes)) - low) / (high - low) * (Self.width - Self.left - Self.right)
  }

  private func y(_ accuracy: Double) -> Double {
    Self.height - Self.bottom - accuracy * (Self.height - Self.top - Self.bottom)
  }

  private func number(_ value: Double) -> String { String(format: "%.1f", value) }

  var svg: String {
    let plotRight = Self.width - Self.right
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" "
        + "font-family=\"system-ui, sans-serif\" font-size=\"13\">",
      "<title>\(title)</title>",
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
      "<text x=\"\(Self.left)\" y=\"22\" font-size=\"15\">\(title)</text>",
    ]
    for percent in stride(from: 0, through: 100, by: 10) {
      let height = number(y(Double(percent) / 100))
      lines.append(
        "<line x1=\"\(Self.left)\" x2=\"\(plotRight)\" y1=\"\(height)\" y2=\"\(height)\" stroke=\"#dddddd\"/>"
          + "<text x=\"\(Self.left - 8)\" y=\"\(height)\" dy=\"4\" text-anchor=\"end\">\(percent) %</text>")
    }
    for tick in ticks {
      let place = number(x(tick))
      let text = tick % 1024 == 0 ? "\(tick / 1024)" : String(format: "%.1f", Double(tick) / 1024)
      lines.append(
        "<line x1=\"\(place)\" x2=\"\(place)\" y1=\"\(Self.top)\" y2=\"\(Self.height - Self.bottom)\" "
          + "stroke=\"#eeeeee\"/>"
          + "<text x=\"\(place)\" y=\"\(Self.height - Self.bottom + 20)\" text-anchor=\"middle\">\(text)</text>")
    }
    lines.append(
      "<text x=\"\((Self.left + plotRight) / 2)\" y=\"\(Self.height - 10)\" text-anchor=\"middle\">arena, KiB</text>")
    let start = number(y(before))
    lines.append(
      "<line x1=\"\(Self.left)\" x2=\"\(plotRight)\" y1=\"\(start)\" y2=\"\(start)\" stroke=\"#888888\" "
        + "stroke-dasharray=\"4 4\"/><text x=\"\(plotRight + 12)\" y=\"\(start)\" dy=\"4\" fill=\"#666666\">"
        + "before adapting</text>")
    for (index, entry) in series.enumerated() where !entry.points.isEmpty {
      lines += drawn(entry, colour: Self.colours[index % Self.colours.count])
      let height = Self.top + 20 + 24 * Double(index)
      lines.append(
        "<circle cx=\"\(plotRight + 18)\" cy=\"\(height)\" r=\"5\" "
          + "fill=\"\(Self.colours[index % Self.colours.count])\"/>"
          + "<text x=\"\(plotRight + 32)\" y=\"\(height)\" dy=\"4\">\(entry.name)</text>")
    }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private func drawn(_ entry: Series, colour: String) -> [String] {
    var lines: [String] = []
    let path = entry.points.map { "\(number(x($0.bytes))),\(number(y($0.accuracy)))" }.joined(separator: " ")
    lines.append("<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>")
    for point in entry.points {
      let place = number(x(point.bytes))
      lines.append(
        "<line x1=\"\(place)\" x2=\"\(place)\" y1=\"\(number(y(min(1, point.accuracy + point.deviation))))\" "
          + "y2=\"\(number(y(max(0, point.accuracy - point.deviation))))\" stroke=\"\(colour)\" opacity=\"0.5\"/>"
          + "<circle cx=\"\(place)\" cy=\"\(number(y(point.accuracy)))\" r=\"4\" fill=\"\(colour)\">"
          + "<title>\(entry.name): \(point.bytes) bytes, \(number(100 * point.accuracy)) %</title></circle>")
    }
    return lines
  }
}
