/// The budget as a bar, filled by what has the memory at the fullest step; set in HTML, so that its text keeps its size
/// on a small screen.
struct BudgetBar {
  var memory: MemoryMetrics
  var report: RunReport
  var page: ReportPage

  var html: Markup {
    guard memory.budgetBytes > 0 else { return "<dl class=\"facts\">\(facts)</dl>\n" }
    let whole = Double(max(memory.budgetBytes, memory.arenaBytes, memory.measuredPeakBytes))
    func share(_ bytes: Int) -> Markup { Markup(trusted: Figures.decimal(Double(bytes) / whole * 100, places: 2)) }
    let parts = parts.map { part -> Markup in
      "<span style=\"width:\(share(part.bytes))%;background:var(--\(part.family.colour))\"></span>"
    }
    let used = Figures.percent(Double(memory.arenaBytes) / Double(memory.budgetBytes))
    let over = memory.arenaBytes > memory.budgetBytes
    return """
      <figure id="budget">
      <figcaption><h3>The arena takes \(used) of its budget</h3>
      <p>Filled by what has the bytes at the fullest step.</p></figcaption>
      <div class="\(over ? "budget over" : "budget")" role="img" aria-label="\(label)">
      <div class="fill">\(parts.joined(separator: ""))</div>
      <span class="mark planned" style="left:\(share(memory.plannedPeakBytes))%"></span>
      <span class="mark limit" style="left:\(share(memory.budgetBytes))%"></span>
      </div>
      \(HTML.legend(self.parts.map { ($0.family.colour, "\($0.family.name), \(Figures.count($0.bytes))") }))
      <dl class="facts">\(facts)</dl>
      <div class="under">\(data.link(title: "The arena and its budget"))</div></figure>

      """
  }

  private var label: String {
    "Planned peak \(Figures.count(memory.plannedPeakBytes)), measured peak \(Figures.count(memory.measuredPeakBytes)), "
      + "budget \(Figures.count(memory.budgetBytes)) bytes."
  }

  private var facts: [Markup] {
    func fact(_ name: String, _ value: Markup, _ note: String) -> Markup {
      "<div><dt>\(name)</dt><dd>\(value) <span>\(note)</span></dd></div>"
    }
    return [
      fact("planned peak", page.count("memory.plannedPeakBytes", memory.plannedPeakBytes), "bytes, by the compiler"),
      fact("measured peak", page.count("memory.measuredPeakBytes", memory.measuredPeakBytes), "bytes a step wrote"),
      fact("arena", page.count("memory.arenaBytes", memory.arenaBytes), "bytes, everything writable"),
      fact("budget", page.count("memory.budgetBytes", memory.budgetBytes), "bytes, as the pipeline says"),
      fact("constants", page.count("memory.constantBytes", memory.constantBytes), "bytes beside it, only read"),
    ]
  }

  /// Bytes at the fullest step; all of the arena where its buffers are not known.
  private var parts: [(family: ArenaFamily, bytes: Int)] {
    let picture = ArenaPicture(buffers: report.arenaBuffers, stepNames: report.stepNames)
    let profile = ArenaProfile(report.arenaBuffers, steps: report.arenaBuffers.isEmpty ? 0 : picture.stepCount)
    guard let fullest = profile.fullestStep else { return [(.weights, memory.arenaBytes)] }
    return ArenaFamily.allCases.map { ($0, profile.bytes[fullest][$0.rawValue]) }.filter { $0.1 > 0 }
  }

  private var data: CSVTable {
    CSVTable(
      name: "budget", columns: ["what", "bytes"],
      rows: [
        ["planned peak", "\(memory.plannedPeakBytes)"], ["measured peak", "\(memory.measuredPeakBytes)"],
        ["arena", "\(memory.arenaBytes)"], ["budget", "\(memory.budgetBytes)"],
        ["constants", "\(memory.constantBytes)"],
      ] + parts.map { ["at the fullest step: \($0.family.name)", "\($0.bytes)"] })
  }
}
