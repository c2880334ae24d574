/// The few pieces of HTML the page is made of.
enum HTML {
  /// Text that may stand anywhere in the page, in an attribute too. Characters that a page may not contain become
  /// the replacement character.
  static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      default:
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }

  static func section(_ id: String, _ title: String, _ body: String) -> String {
    "<section aria-labelledby=\"\(id)\">\n<h2 id=\"\(id)\">\(escape(title))</h2>\n\(body)\n</section>\n"
  }

  static func paragraph(_ text: String, class name: String? = nil) -> String {
    "<p\(name.map { " class=\"\($0)\"" } ?? "")>\(escape(text))</p>"
  }

  /// A table whose first column heads its rows. `numbers` are the columns set flush right.
  static func table(caption: String, columns: [String], rows: [[String]], numbers: Set<Int>) -> String {
    func style(_ column: Int) -> String { numbers.contains(column) ? " class=\"n\"" : "" }
    let head = columns.enumerated().map { "<th scope=\"col\"\(style($0.offset))>\(escape($0.element))</th>" }
    let body = rows.map { row in
      let cells = row.enumerated().map { column, text in
        column == 0
          ? "<th scope=\"row\">\(escape(text))</th>" : "<td\(style(column))>\(escape(text))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    return """
      <div class="scroll" role="region" aria-label="\(escape(caption))" tabindex="0"><table>
      <caption>\(escape(caption))</caption>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  /// A picture with the title and description that a screen reader gives instead of it.
  static func picture(
    id: String, title: String, description: String, width: Int, height: Int, wide: Bool = false, _ content: String
  ) -> String {
    """
    <div class="\(wide ? "scroll" : "chart")"><svg viewBox="0 0 \(width) \(height)" role="img" \
    aria-labelledby="\(id)-t \(id)-d"\(wide ? " class=\"wide\"" : "")>
    <title id="\(id)-t">\(escape(title))</title><desc id="\(id)-d">\(escape(description))</desc>
    \(content)
    </svg></div>
    """
  }

  static func legend(_ entries: [(colour: String, name: String)]) -> String {
    let items = entries.map {
      "<li><span class=\"key\" style=\"background:var(--\($0.colour))\"></span>\(escape($0.name))</li>"
    }
    return "<ul class=\"legend\">\(items.joined())</ul>"
  }
}
