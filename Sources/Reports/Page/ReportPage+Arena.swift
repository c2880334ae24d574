extension ReportPage {
  var arenaSection: String? {
    guard !report.arenaBuffers.isEmpty || metrics.memory != nil else { return nil }
    var body = ""
    if !report.arenaBuffers.isEmpty {
      body += HTML.paragraph(
        "Each rectangle is a buffer: its height the bytes it takes at its offset, its width the steps it lives. "
          + "Point at one for its name.", class: "note")
      body += HTML.legend(picture.kinds.map { (picture.colour(of: $0), $0) }) + arenaMap + "\n"
    }
    body += ownersTable + "\n" + buffersTable
    return HTML.section("arena", "Who has the memory", body)
  }

  private var picture: ArenaPicture {
    ArenaPicture(
      buffers: report.arenaBuffers, stepNames: report.stepNames, budgetBytes: metrics.memory?.budgetBytes)
  }

  private var arenaMap: String {
    HTML.picture(
      id: "arena-map", title: "The arena over the schedule",
      description: "\(picture.description) The tables below have the same figures.",
      width: 720, height: 340, wide: true, picture.content())
  }

  /// Bytes by kind at the step at which most are in use, then the totals that the run measured.
  private var ownersTable: String {
    var rows: [[String]] = []
    if let fullest = fullestStep {
      let live = report.arenaBuffers.filter { $0.firstStep <= fullest && fullest <= $0.lastStep }
      for kind in picture.kinds {
        let bytes = live.filter { $0.kind == kind }.map(\.bytes).reduce(0, +)
        rows.append([kind, Figures.count(bytes), "in use at “\(picture.stepName(fullest))”, the fullest step"])
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
    for step in 0..<picture.stepCount {
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
        picture.stepName(buffer.firstStep), picture.stepName(buffer.lastStep),
      ]
    }
    return "<details><summary>All \(rows.count) buffers</summary>\n"
      + HTML.table(
        caption: "Buffers of the arena", columns: ["buffer", "kind", "offset", "bytes", "from", "to"], rows: rows,
        numbers: [2, 3]) + "</details>"
  }
}
