extension ReportPage {
  var subjectsSection: String? {
    guard let subjects = metrics.evaluation?.perSubject, !subjects.isEmpty else { return nil }
    let table = HTML.table(
      caption: "Before and after adaptation, by subject",
      columns: [
        "subject", "accuracy before", "after", "points", "macro-F1 before", "after", "windows adapted", "tested",
      ],
      rows: subjects.map { subject in
        [
          subject.subject, Figures.percent(subject.accuracyBefore), Figures.percent(subject.accuracyAfter),
          Figures.points(subject.accuracyAfter - subject.accuracyBefore), Figures.percent(subject.macroF1Before),
          Figures.percent(subject.macroF1After), Figures.count(subject.windowsAdapted),
          Figures.count(subject.windowsTested),
        ]
      }, numbers: [1, 2, 3, 4, 5, 6, 7])
    let legend = HTML.legend([("before", "before adaptation"), ("after", "after adaptation")])
    return HTML.section("subjects", "Subject by subject", legend + dumbbells(subjects) + "\n" + table)
  }

  /// A line for each subject, from its accuracy before to its accuracy after.
  private func dumbbells(_ subjects: [SubjectMetrics]) -> String {
    let (left, right, row) = (110.0, 394.0, 26.0)
    let bottom = row * Double(subjects.count) + 8
    func x(_ share: Double) -> String { Figures.coordinate(left + max(0, min(1, share)) * (right - left)) }
    let grid = (0...4).map { quarter in
      let place = x(Double(quarter) / 4)
      return "<line class=\"axis\" x1=\"\(place)\" x2=\"\(place)\" y1=\"4\" y2=\"\(Figures.coordinate(bottom))\"/>"
        + "<text x=\"\(place)\" y=\"\(Figures.coordinate(bottom + 16))\" text-anchor=\"middle\">"
        + "\(quarter * 25) %</text>"
    }
    let rows = subjects.enumerated().map { index, subject in
      let y = Figures.coordinate(row * (Double(index) + 0.5) + 6)
      let name = subject.subject.count > 14 ? subject.subject.prefix(13) + "…" : subject.subject[...]
      let (before, after) = (x(subject.accuracyBefore), x(subject.accuracyAfter))
      return "<g><title>\(HTML.escape(subject.subject)): \(Figures.percent(subject.accuracyBefore)) → "
        + "\(Figures.percent(subject.accuracyAfter))</title>"
        + "<text class=\"label\" x=\"\(Figures.coordinate(left - 12))\" y=\"\(y)\" text-anchor=\"end\" "
        + "dominant-baseline=\"middle\">\(HTML.escape(String(name)))</text>"
        + "<line x1=\"\(before)\" x2=\"\(after)\" y1=\"\(y)\" y2=\"\(y)\" stroke=\"var(--soft)\" stroke-width=\"2.5\"/>"
        + "<circle cx=\"\(before)\" cy=\"\(y)\" r=\"5\" fill=\"var(--paper)\" stroke=\"var(--before)\" "
        + "stroke-width=\"2.5\"/><circle cx=\"\(after)\" cy=\"\(y)\" r=\"6\" fill=\"var(--after)\"/></g>"
    }
    return HTML.picture(
      id: "dumbbells", title: "Accuracy before and after adaptation, by subject",
      description: "A line for each of \(subjects.count) subjects; the table below has the same figures.",
      width: 420, height: Int(bottom) + 24, (grid + rows).joined(separator: "\n"))
  }
}
