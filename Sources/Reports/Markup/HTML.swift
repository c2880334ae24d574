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
        // Marks that turn the direction of text would let one name rewrite its neighbours.
        let isTurning = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        result.unicodeScalars.append(isControl || isTurning ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }

  static func section(_ id: String, _ title: String, _ body: Markup) -> Markup {
    "<section aria-labelledby=\"\(id)\">\n<h2 id=\"\(id)\">\(title)</h2>\n\(body)\n</section>\n"
  }

  static func note(_ text: Markup) -> Markup { "<p class=\"note\">\(text)</p>\n" }

  /// A table whose first column heads its rows. `numbers` are the columns set flush right.
  static func table(caption: String, columns: [String], rows: [[Markup]], numbers: Set<Int>) -> Markup {
    func style(_ column: Int) -> Markup { numbers.contains(column) ? " class=\"n\"" : "" }
    let head = columns.enumerated().map { column, name -> Markup in
      "<th scope=\"col\"\(style(column))>\(name)</th>"
    }
    let body = rows.map { row -> Markup in
      let cells = row.enumerated().map { column, cell -> Markup in
        column == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td\(style(column))>\(cell)</td>"
      }
      return "<tr>\(cells.joined(separator: ""))</tr>"
    }
    return """
      <div class="scroll" role="region" aria-label="\(caption)" tabindex="0"><table>
      <caption>\(caption)</caption>
      <thead><tr>\(head.joined(separator: ""))</tr></thead>
      <tbody>
      \(body)
      </tbody></table></div>

      """
  }

  static func details(_ summary: String, _ body: Markup) -> Markup {
    "<details><summary>\(summary)</summary>\n\(body)</details>\n"
  }

  /// A picture with the title and description that a screen reader gives instead of it.
  ///
  /// - Parameter wide: Drawn for a width that a phone lacks: it scrolls in a box of its own.
  static func picture(
    id: String, title: String, description: String, width: Int, height: Int, wide: Bool = false, _ content: Markup
  ) -> Markup {
    """
    <div class="\(wide ? "picture scroll" : "picture")"><svg viewBox="0 0 \(width) \(height)" role="img" \
    aria-labelledby="\(id)-t \(id)-d"\(wide ? Markup(trusted: " class=\"wide\"") : .empty)>
    <title id="\(id)-t">\(title)</title><desc id="\(id)-d">\(description)</desc>
    \(content)
    </svg></div>

    """
  }

  /// A picture with what it shows, the data behind it, and the same as a table.
  ///
  /// - Parameters:
  ///   - caption: What is to be seen.
  ///   - more: Beside the link to the data: other links, tables that are folded away.
  ///   - table: Below.
  static func figure(
    _ id: String, _ title: String, caption: Markup, picture: Markup, data: CSVTable, more: Markup = .empty,
    table: Markup = .empty
  ) -> Markup {
    """
    <figure id="\(id)">
    <figcaption><h3>\(title)</h3><p>\(caption)</p></figcaption>
    \(picture)<div class="under">
    \(data.link(title: title))\(more)</div>
    \(table)
    </figure>

    """
  }

  static func legend(_ entries: [(colour: String, name: String)]) -> Markup {
    let items = entries.map { entry -> Markup in
      "<li><span class=\"key\" style=\"background:var(--\(entry.colour))\"></span>\(entry.name)</li>"
    }
    return "<ul class=\"legend\">\(items.joined(separator: ""))</ul>\n"
  }
}
