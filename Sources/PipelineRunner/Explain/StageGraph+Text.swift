extension StageGraph {
  /// For Graphviz: `martlet explain FILE --format dot | dot -Tpng`.
  public var dot: String {
    func quoted(_ text: String) -> String {
      "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
    var lines = ["digraph \(quoted(title)) {", "  rankdir=TB; node [shape=box, fontname=\"Helvetica\"];"]
    for node in nodes {
      // A left-justified line break is `\l`, which must not be escaped.
      let text = ([node.title] + node.lines).map { quoted($0).dropFirst().dropLast() }.joined(separator: "\\l")
      lines.append("  \(node.id) [label=\"\(text)\\l\"];")
    }
    for edge in edges {
      let label = edge.label.isEmpty ? "" : " [label=\(quoted(edge.label))]"
      lines.append("  \(nodes[edge.from].id) -> \(nodes[edge.to].id)\(label);")
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  /// For Mermaid, which renders in Markdown.
  public var mermaid: String {
    // The characters that have a meaning in Mermaid's text are written by number.
    func escaped(_ text: String) -> String {
      text.unicodeScalars.map { scalar in
        "\"#;<>&|[](){}`".unicodeScalars.contains(scalar) ? "#\(scalar.value);" : "\(scalar)"
      }.joined()
    }
    var lines = ["flowchart TB"]
    for node in nodes {
      let text = (["**\(escaped(node.title))**"] + node.lines.map(escaped)).joined(separator: "<br>")
      lines.append("  \(node.id)[\"\(text)\"]")
    }
    for edge in edges {
      let label = edge.label.isEmpty ? "" : "|\"\(escaped(edge.label))\"|"
      lines.append("  \(nodes[edge.from].id) -->\(label) \(nodes[edge.to].id)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
