extension ReportPage {
  var arenaSection: String? {
    guard !report.arenaBuffers.isEmpty || metrics.memory != nil else { return nil }
    var body = ""
    if !report.arenaBuffers.isEmpty {
      body += HTML.paragraph(
        "Each rectangle is a buffer: its height the bytes it takes at its offset, its width the steps it lives. "
          + "Point at one for its name.", class: "note")
      body += HTML.legend(kinds.map { (colour(of: $0), $0) }) + arenaMap + "\n"
    }
    body += ownersTable + "\n" + buffersTable
    return HTML.section("arena", "Who has the memory", body)
  }

  /// In the order in which they first appear.
  private var kinds: [String] {
    var seen: [String] = []
    for buffer in report.arenaBuffers where !seen.contains(buffer.kind) { seen.append(buffer.kind) }
    return seen
  }

  private func colour(of kind: String) -> String {
    "c\(min(7, kinds.firstIndex(of: kind) ?? 7))"
  }

  private var steps: Int {
    max(report.stepNames.count, 1 + (report.arenaBuffers.map(\.lastStep).max() ?? 0))
  }

  private func stepName(_ step: Int) -> String {
    report.stepNames.indices.contains(step) ? report.stepNames[step] : "step \(step)"
  }

  private var arenaMap: String {
    let (left, right, top, height) = (70.0, 708.0, 10.0, 300.0)
    let budget = metrics.memory?.budgetBytes ?? 0
    let extent = max(budget, report.arenaBuffers.map { $0.offset + $0.bytes }.max() ?? 1, 1)
    func x(_ step: Int) -> Double { left + Double(step) / Double(steps) * (right - left) }
    func y(_ offset: Int) -> Double { top + Double(offset) / Double(extent) * height }
    let axis = (0...4).map { quarter in
      let offset = extent / 4 * quarter
      let place = Figures.coordinate(y(offset))
      return "<line class=\"axis\" x1=\"\(Figures.coordinate(left))\" x2=\"\(Figures.coordinate(right))\" "
        + "y1=\"\(place)\" y2=\"\(place)\"/><text x=\"\(Figures.coordinate(left - 6))\" y=\"\(place)\" "
        + "text-anchor=\"end\" dominant-baseline=\"middle\">\(Figures.bytes(offset))</text>"
    }
    let buffers = report.arenaBuffers.map { buffer in
      let name =
        "\(buffer.name) (\(buffer.kind)): \(Figures.count(buffer.bytes)) bytes at "
        + "\(Figures.count(buffer.offset)), "
        + "\(stepName(buffer.firstStep)) to \(stepName(buffer.lastStep))"
      return "<rect x=\"\(Figures.coordinate(x(buffer.firstStep)))\" y=\"\(Figures.coordinate(y(buffer.offset)))\" "
        + "width=\"\(Figures.coordinate(x(buffer.lastStep + 1) - x(buffer.firstStep)))\" "
        + "height=\"\(Figures.coordinate(max(0.5, y(buffer.offset + buffer.bytes) - y(buffer.offset))))\" "
        + "fill=\"var(--\(colour(of: buffer.kind)))\" fill-opacity=\".8\" stroke=\"var(--paper)\" stroke-width=\".7\">"
        + "<title>\(HTML.escape(name))</title></rect>"
    }
    var limit = ""
    if budget > 0 {
      let place = Figures.coordinate(y(budget))
      limit =
        "<line class=\"limit\" x1=\"\(Figures.coordinate(left))\" x2=\"\(Figures.coordinate(right))\" "
        + "y1=\"\(place)\" y2=\"\(place)\"><title>budget</title></line>"
        + "<text x=\"\(Figures.coordinate(right))\" y=\"\(Figures.coordinate(y(budget) - 5))\" "
        + "text-anchor=\"end\">budget</text>"
    }
    let names =
      "<text x=\"\(Figures.coordinate(left))\" y=\"\(Figures.coordinate(top + height + 20))\">"
      + "\(HTML.escape(stepName(0)))</text><text x=\"\(Figures.coordinate(right))\" "
      + "y=\"\(Figures.coordinate(top + height + 20))\" text-anchor=\"end\">\(HTML.escape(stepName(steps - 1)))</text>"
    return HTML.picture(
      id: "arena-map", title: "The arena over the schedule",
      description: "\(report.arenaBuffers.count) buffers over \(steps) steps, byte offset downward, steps to the "
        + "right. The tables below have the same figures.",
      width: 720, height: 340, wide: true, (axis + buffers + [limit, names]).joined(separator: "\n"))
  }

  /// Bytes by kind at the step at which most are in use, then the totals that the run measured.
  private var ownersTable: String {
    var rows: [[String]] = []
    if let fullest = fullestStep {
      let live = report.arenaBuffers.filter { $0.firstStep <= fullest && fullest <= $0.lastStep }
      for kind in kinds {
        let bytes = live.filter { $0.kind == kind }.map(\.bytes).reduce(0, +)
        rows.append([kind, Figures.count(bytes), "in use at “\(stepName(fullest))”, the fullest step"])
      }
    }
    if let memory = metrics.memory {
      rows += [
        ["arena", Figures.count(memory.arenaBytes), "everything writable"],
        ["planned peak", Figures.count(memory.plannedPeakBytes), "largest extent, by the plan"],
        ["measured peak", Figures.count(memory.measuredPeakBytes), "largest extent, as touched"],
        ["budget", Figures.count(memory.budgetBytes), "what the pipeline allows"],
        ["constants", Figures.count(memory.constantBytes), "frozen weights and tables, outside the arena"],
      ]
    }
    return HTML.table(caption: "Bytes by owner", columns: ["owner", "bytes", ""], rows: rows, numbers: [1])
  }

  private var fullestStep: Int? {
    guard !report.arenaBuffers.isEmpty else { return nil }
    func inUse(_ step: Int) -> Int {
      report.arenaBuffers.filter { $0.firstStep <= step && step <= $0.lastStep }.map(\.bytes).reduce(0, +)
    }
    var best = (step: 0, bytes: -1)
    for step in 0..<steps {
      let bytes = inUse(step)
      if bytes > best.bytes { best = (step, bytes) }
    }
    return best.step
  }

  private var buffersTable: String {
    guard !report.arenaBuffers.isEmpty else { return "" }
    let rows = report.arenaBuffers.map { buffer in
      [
        buffer.name, buffer.kind, Figures.count(buffer.offset), Figures.count(buffer.bytes),
        stepName(buffer.firstStep), stepName(buffer.lastStep),
      ]
    }
    return "<details><summary>All \(rows.count) buffers</summary>\n"
      + HTML.table(
        caption: "Buffers of the arena", columns: ["buffer", "kind", "offset", "bytes", "from", "to"], rows: rows,
        numbers: [2, 3]) + "</details>"
  }
}
