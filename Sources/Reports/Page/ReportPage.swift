/// `report.html`: one file without network or font, for light and dark screens, large and small, and for paper.
///
/// Every figure of `metrics.json` stands in it as a `data` element that names its key and has its value, so that a
/// program can hold the page against the file. A small script adds what pictures tell of their parts to pointers, keys
/// and touch; without it the page has the same figures.
public struct ReportPage {
  let report: RunReport
  var metrics: RunMetrics { report.metrics }

  public init(_ report: RunReport) {
    self.report = report
  }

  public func html() -> String {
    let sections: [(id: String, title: String, body: Markup?)] = [
      ("summary", "Summary", summarySection),
      ("subjects", "Subjects", report.sections.contains(.subjects) ? subjectsSection : nil),
      ("learning", "Learning", learningSection),
      ("confusion", "Confusion", report.sections.contains(.confusion) ? confusionSection : nil),
      ("stream", "Stream", previewSection),
      ("scheme", "Update", schemeSection),
      ("search", "Search", searchSection),
      ("arena", "Memory", report.sections.contains(.arena) ? arenaSection : nil),
      ("input", "Recordings", ingestSection),
      ("provenance", "Provenance", provenanceSection),
    ]
    let shown = sections.filter { $0.body != nil }
    let links = shown.dropFirst().map { section -> Markup in "<li><a href=\"#\(section.id)\">\(section.title)</a></li>"
    }
    let page: Markup = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(Markup(trusted: Self.policy))">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(metrics.pipeline) – Martlet report</title>
      <style>
      \(Markup(trusted: Self.style))
      </style>
      </head>
      <body>
      <header>
      <p class="kind">Martlet report</p>
      <h1>\(metrics.pipeline)</h1>
      <nav aria-label="Sections"><ul>\(links.joined(separator: ""))</ul></nav>
      </header>
      <main>
      \(shown.compactMap(\.body))
      </main>
      <script>\(Markup(trusted: Self.script))</script>
      </body>
      </html>

      """
    return page.html
  }

  // MARK: Figures with their keys

  /// A count, as `metrics.json` has it under the key.
  func count(_ key: String, _ value: Int) -> Markup {
    "<data value=\"\(value)\" data-key=\"\(key)\">\(Figures.count(value))</data>"
  }

  /// A share of 1 as a percentage.
  func percent(_ key: String, _ share: Double) -> Markup { figure(key, share, Figures.percent(share)) }

  func figure(_ key: String, _ value: Double, _ text: String) -> Markup {
    "<data value=\"\(String(value))\" data-key=\"\(key)\">\(text)</data>"
  }
}
