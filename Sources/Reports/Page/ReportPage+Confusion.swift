extension ReportPage {
  var confusionSection: Markup? {
    guard let confusion = metrics.evaluation?.confusion, !confusion.classes.isEmpty else { return nil }
    let body: Markup = """
      <div class="\(confusion.classes.count > 9 ? "stack" : "pair")">
      \(figure("before", "Before adapting", confusion.classes, confusion.before))\
      \(figure("after", "After adapting", confusion.classes, confusion.after))</div>

      """
    return HTML.section(
      "confusion", "What is taken for what",
      HTML.note(
        """
        Rows are true classes, columns what they were taken for. Each cell has its windows and their share of the row: \
        blue where right, orange where wrong, the stronger the larger the share.
        """) + body)
  }

  private func figure(_ key: String, _ title: String, _ classes: [String], _ counts: [[Int]]) -> Markup {
    let data = CSVTable(
      name: "confusion-\(key)", columns: ["true \\ predicted"] + classes,
      rows: counts.enumerated().map {
        [$0.offset < classes.count ? classes[$0.offset] : "–"] + $0.element.map { "\($0)" }
      })
    return HTML.figure(
      "confusion-\(key)", title, caption: mistakes(classes, counts),
      picture: matrix("evaluation.confusion.\(key)", title, classes, counts), data: data)
  }

  /// The most frequent mistake, in words.
  private func mistakes(_ classes: [String], _ counts: [[Int]]) -> Markup {
    var worst: (row: Int, column: Int, count: Int)?
    for (row, cells) in counts.enumerated() where classes.indices.contains(row) {
      for (column, count) in cells.enumerated() where column != row && classes.indices.contains(column) {
        if count > (worst?.count ?? 0) { worst = (row, column, count) }
      }
    }
    guard let worst else { return "Every window is taken for what it is." }
    return """
      \(Figures.count(counts.wrong)) of \(Figures.count(counts.windows)) windows wrong; most often \
      “\(classes[worst.row])” taken for “\(classes[worst.column])”, \(Figures.count(worst.count)) \
      of \(Figures.count(counts[worst.row].reduce(0, +))).
      """
  }

  /// Counts that do not fit the classes are shown as they are: a report does not hide a mistake.
  private func matrix(_ key: String, _ caption: String, _ classes: [String], _ counts: [[Int]]) -> Markup {
    let head = classes.map { name -> Markup in "<th scope=\"col\"><span>\(Markup(breakable: name))</span></th>" }
    let rows = counts.enumerated().map { row, cells -> Markup in
      let total = cells.reduce(0, +)
      let name = row < classes.count ? classes[row] : "–"
      let columns = cells.enumerated().map { column, cell in
        self.cell("\(key)[\(row)][\(column)]", cell, of: total, isHit: row == column)
      }
      return "<tr><th scope=\"row\">\(Markup(breakable: name))</th>\(columns.joined(separator: ""))</tr>"
    }
    return """
      <div class="scroll" role="region" aria-label="Confusion, \(caption)" tabindex="0">\
      <table class="\(classes.count > 12 ? "matrix dense" : "matrix")">
      <caption class="hidden">\(caption): rows are true classes, columns what they were taken for</caption>
      <thead><tr><td class="corner">true ↓ taken for →</td>\(head.joined(separator: ""))</tr></thead>
      <tbody>
      \(rows)
      </tbody></table></div>

      """
  }

  private func cell(_ key: String, _ cell: Int, of total: Int, isHit: Bool) -> Markup {
    let share = total > 0 ? max(0, min(1, Double(cell) / Double(total))) : 0
    guard cell != 0 else { return "<td class=\"none\">\(count(key, cell))</td>" }
    // Mistakes are rarer than hits: the root lets a small share be seen. Half the colour at most, so that text stays
    // readable on it.
    let tint = (isHit ? share : share.squareRoot()) * 55
    let colour = isHit ? "hit" : "miss"
    let percent = total > 0 ? Figures.decimal(share * 100, places: share < 0.0995 ? 1 : 0) + " %" : "–"
    return """
      <td style="background:color-mix(in srgb, var(--\(Markup(trusted: colour))) \(tint)%, transparent)">\
      \(count(key, cell))<small>\(percent)</small></td>
      """
  }
}
