extension StageGraph {
  private static var width: Int { 760 }
  private static var boxWidth: Int { 560 }
  private static var lineHeight: Int { 17 }
  private static var gap: Int { 34 }

  /// One column of boxes in the order of the pipeline; arrows that pass boxes by go along the right.
  public var picture: String {
    var tops: [Int] = []
    var y = 48
    for node in nodes {
      tops.append(y)
      y += Self.height(node) + Self.gap
    }
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(y)" width="\(Self.width)" height="\(y)" \
      role="img" aria-label="\(Self.escaped("Stages of \(title)"))" font-family="system-ui, sans-serif" font-size="13">
      <style>
      :root { color-scheme: light dark; }
      text { fill: #1b1f24; } .note { fill: #57606a; } rect { fill: #f6f8fa; stroke: #8c959f; } path { stroke: #57606a; }
      marker path { fill: #57606a; stroke: none; }
      @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .note { fill: #9aa4af; } rect { fill: #161b22; stroke: #6e7681; } path { stroke: #9aa4af; }
      marker path { fill: #9aa4af; } }
      </style>
      <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
      <path d="M0 0 8 4 0 8z"/></marker></defs>
      <text x="16" y="28" font-size="17" font-weight="600">\(Self.escaped(title))</text>
      """
    ]
    for (node, top) in zip(nodes, tops) {
      parts.append(
        "<rect x=\"16\" y=\"\(top)\" width=\"\(Self.boxWidth)\" height=\"\(Self.height(node))\" rx=\"6\"/>"
          + "<text x=\"28\" y=\"\(top + 19)\" font-weight=\"600\">\(Self.escaped(node.title))</text>")
      for (index, line) in Self.lines(node).enumerated() {
        let place = top + 19 + (index + 1) * Self.lineHeight
        parts.append("<text class=\"note\" x=\"28\" y=\"\(place)\">\(Self.escaped(line))</text>")
      }
    }
    // Arrows that pass boxes by leave in order, each in a lane of its own.
    var lane = 0
    for edge in edges {
      let bottom = tops[edge.from] + Self.height(nodes[edge.from])
      if edge.to == edge.from + 1 {
        parts.append(Self.arrow("M60 \(bottom)V\(tops[edge.to] - 1)"))
        parts.append(Self.label(edge.label, x: 70, y: (bottom + tops[edge.to]) / 2 + 5))
      } else {
        let right = 16 + Self.boxWidth
        let far = right + 24 + lane % 3 * 14
        let from = tops[edge.from] + Self.height(nodes[edge.from]) / 2 + lane % 3 * 4
        let to = tops[edge.to] + 14 + lane % 3 * 8
        parts.append(Self.arrow("M\(right) \(from)H\(far)V\(to)H\(right + 1)"))
        parts.append(Self.label(edge.label, x: far + 6, y: to - 6))
        lane += 1
      }
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n") + "\n</svg>\n"
  }

  private static func height(_ node: Node) -> Int { 30 + lines(node).count * lineHeight }

  /// The lines broken where the box ends; a letter is taken to be 7 wide, which most are not.
  private static func lines(_ node: Node) -> [String] {
    let limit = (boxWidth - 24) / 7
    return node.lines.flatMap { line -> [String] in
      var broken = [""]
      for word in line.split(separator: " ") {
        if broken[broken.count - 1].count + word.count + 1 > limit, !broken[broken.count - 1].isEmpty {
          broken.append("")
        }
        broken[broken.count - 1] += (broken[broken.count - 1].isEmpty ? "" : " ") + word
      }
      return broken
    }
  }

  private static func arrow(_ path: String) -> String { "<path d=\"\(path)\" fill=\"none\" marker-end=\"url(#tip)\"/>" }

  private static func label(_ text: String, x: Int, y: Int) -> String {
    text.isEmpty ? "" : "<text class=\"note\" font-size=\"12\" x=\"\(x)\" y=\"\(y)\">\(escaped(text))</text>"
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
  }
}
