extension ReportPage {
  var subjectsSection: Markup? {
    guard let subjects = metrics.evaluation?.perSubject, !subjects.isEmpty else { return nil }
    let table = HTML.table(
      caption: "Before and after adaptation, by subject",
      columns: [
        "subject", "accuracy before", "after", "points", "macro-F1 before", "after", "windows adapted", "tested",
      ],
      rows: subjects.enumerated().map { index, subject in
        let key = "evaluation.perSubject[\(index)]"
        return [
          "\(subject.subject)", percent("\(key).accuracyBefore", subject.accuracyBefore),
          percent("\(key).accuracyAfter", subject.accuracyAfter),
          "\(Figures.points(subject.accuracyAfter - subject.accuracyBefore))",
          percent("\(key).macroF1Before", subject.macroF1Before), percent("\(key).macroF1After", subject.macroF1After),
          count("\(key).windowsAdapted", subject.windowsAdapted), count("\(key).windowsTested", subject.windowsTested),
        ]
      }, numbers: [1, 2, 3, 4, 5, 6, 7])
    let data = CSVTable(
      name: "subjects",
      columns: [
        "subject", "accuracyBefore", "accuracyAfter", "macroF1Before", "macroF1After", "windowsAdapted",
        "windowsTested",
      ],
      rows: subjects.map { subject in
        [subject.subject]
          + [subject.accuracyBefore, subject.accuracyAfter, subject.macroF1Before, subject.macroF1After].map {
            String($0)
          } + ["\(subject.windowsAdapted)", "\(subject.windowsTested)"]
      })
    return HTML.section(
      "subjects", "Subject by subject",
      HTML.figure(
        "dumbbells", "Accuracy before and after adapting", caption: subjectsCaption(subjects),
        picture: DumbbellChart(subjects: subjects).svg(), data: data, table: table))
  }

  private func subjectsCaption(_ subjects: [SubjectMetrics]) -> Markup {
    let better = subjects.filter { $0.accuracyAfter > $0.accuracyBefore }.count
    return """
      From the open ring to the full disc. \(Figures.count(better)) of \(Figures.count(subjects.count)) got better; \
      those who started lowest stand at the top.
      """
  }
}

/// A line for each subject, from its accuracy before to its accuracy after.
struct DumbbellChart {
  var subjects: [SubjectMetrics]

  private static let width = 400.0
  private static let right = 352.0
  private static let row = 24.0

  /// Room for the longest of the names.
  private var left: Double { 22 + 7.6 * Double(subjects.map { min(13, $0.subject.count) }.max() ?? 0) }

  func svg() -> Markup {
    let sorted = subjects.enumerated().sorted {
      ($0.element.accuracyBefore, $0.offset) < ($1.element.accuracyBefore, $1.offset)
    }.map(\.element)
    let values = subjects.flatMap { [$0.accuracyBefore, $0.accuracyAfter] }.filter(\.isFinite)
    let scale = Scale(values.min() ?? 0, values.max() ?? 1, within: 0...1)
    let bottom = Self.row * Double(sorted.count) + 10
    let grid = scale.ticks.map { value -> Markup in
      """
      <line class="axis" x1="\(x(value, scale))" x2="\(x(value, scale))" y1="4" y2="\(bottom)"/>\
      <text x="\(x(value, scale))" y="\(bottom + 17)" text-anchor="middle">\(Figures.wholePercent(value))</text>
      """
    }
    let rows = sorted.enumerated().map { row($0.element, Self.row * (Double($0.offset) + 0.5) + 6, scale) }
    return HTML.picture(
      id: "dumbbells", title: "Accuracy before and after adaptation, by subject",
      description: "A line for each of \(subjects.count) subjects; the table has the same figures.",
      width: Int(Self.width), height: Int(bottom) + 26, (grid + rows).joined())
  }

  private func x(_ share: Double, _ scale: Scale) -> Double {
    left + scale.share(share.isFinite ? share : 0) * (Self.right - left)
  }

  private func row(_ subject: SubjectMetrics, _ y: Double, _ scale: Scale) -> Markup {
    let (before, after) = (x(subject.accuracyBefore, scale), x(subject.accuracyAfter, scale))
    let isWorse = subject.accuracyAfter < subject.accuracyBefore
    let difference = Figures.points(subject.accuracyAfter - subject.accuracyBefore)
    return """
      <g\(isWorse ? Markup(trusted: " class=\"worse\"") : .empty)><title>\(subject.subject): \
      \(Figures.percent(subject.accuracyBefore)) → \(Figures.percent(subject.accuracyAfter)), \(difference) points</title>\
      <rect x="0" y="\(y - Self.row / 2)" width="\(Self.width)" height="\(Self.row)" fill="transparent"/>\
      <text class="label" x="\(left - 12)" y="\(y)" text-anchor="end" dominant-baseline="middle">\(Figures.short(subject.subject, 13))</text>\
      <line class="move" x1="\(before)" x2="\(after)" y1="\(y)" y2="\(y)"/>\
      <circle class="before" cx="\(before)" cy="\(y)" r="4.5"/><circle class="after" cx="\(after)" cy="\(y)" r="5.5"/>\
      <text x="\(Self.width - 2)" y="\(y)" text-anchor="end" dominant-baseline="middle">\(difference)</text></g>
      """
  }
}
