extension ReportPage {
  var confusionSection: String? {
    guard let confusion = metrics.evaluation?.confusion, !confusion.classes.isEmpty else { return nil }
    let body = HTML.paragraph(
      "Rows are true classes, columns predictions, cells counts of windows; the darker, the larger the share of its row.",
      class: "note")
    return HTML.section(
      "confusion", "What is taken for what",
      body + "<div class=\"pair\">\n"
        + matrix("Before adaptation", confusion.classes, confusion.before)
        + matrix("After adaptation", confusion.classes, confusion.after) + "\n</div>")
  }

  /// Counts that do not fit the classes are shown as they are: a report does not hide a mistake.
  private func matrix(_ caption: String, _ classes: [String], _ counts: [[Int]]) -> String {
    let head = classes.map { "<th scope=\"col\">\(HTML.escape($0))</th>" }.joined()
    let rows = counts.enumerated().map { row, cells in
      let total = cells.reduce(0, +)
      let name = row < classes.count ? classes[row] : "–"
      let columns = cells.enumerated().map { column, count in
        let share = total > 0 ? max(0, min(1, Double(count) / Double(total))) : 0
        // Half the accent at most, so that the count stays readable on it.
        let tint = Figures.coordinate(share * 50)
        let names = row == column ? "hit n" : "n"
        return "<td class=\"\(names)\" "
          + "style=\"background:color-mix(in srgb, var(--accent) \(tint)%, transparent)\">\(Figures.count(count))</td>"
      }
      return "<tr><th scope=\"row\">\(HTML.escape(name))</th>\(columns.joined())</tr>"
    }
    return """
      <div class="scroll" role="region" aria-label="\(HTML.escape(caption))" tabindex="0"><table class="matrix">
      <caption>\(HTML.escape(caption))</caption>
      <thead><tr><th scope="col">true ↓ predicted →</th>\(head)</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      """
  }
}
