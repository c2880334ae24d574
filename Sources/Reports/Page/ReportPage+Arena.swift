extension ReportPage {
  var arenaSection: Markup? {
    guard !report.arenaBuffers.isEmpty else { return nil }
    var picture = ArenaPicture(
      buffers: report.arenaBuffers, stepNames: report.stepNames, budgetBytes: metrics.memory?.budgetBytes)
    picture.forwardSteps = report.forwardSteps
    let profile = ArenaProfile(report.arenaBuffers, steps: picture.stepCount)
    return HTML.section("arena", "Who has the memory", map(picture, profile) + ownersTable(picture, profile))
  }

  private func map(_ picture: ArenaPicture, _ profile: ArenaProfile) -> Markup {
    let (above, below) = (
      ArenaPicture.Frame(left: 66, right: 930, top: 34, height: 110),
      ArenaPicture.Frame(left: 66, right: 930, top: 190, height: 330)
    )
    let drawing = HTML.picture(
      id: "arena-map", title: "The arena over the schedule",
      description: "\(picture.description) Above it, the bytes in use at each step. The tables have the same figures.",
      width: 940, height: 552, wide: true,
      picture.profile(profile, in: above) + picture.passes(in: above, at: 170) + picture.content(in: below))
    return HTML.figure(
      "arena-map-figure", "The arena over the schedule",
      caption: """
        Above, the bytes in use at each step. Below, every buffer: as high as its bytes at their offset, as wide as the \
        steps that it lives. Point at one, touch it, or go through them with the arrow keys.
        """,
      picture: HTML.legend(picture.families.map { ($0.colour, $0.name) }) + drawing,
      data: CSVTable(
        name: "arena", columns: ["buffer", "kind", "offset", "bytes", "firstStep", "lastStep", "from", "to"],
        rows: report.arenaBuffers.map { buffer in
          [
            buffer.name, buffer.kind, "\(buffer.offset)", "\(buffer.bytes)", "\(buffer.firstStep)",
            "\(buffer.lastStep)", picture.stepName(buffer.firstStep), picture.stepName(buffer.lastStep),
          ]
        }),
      more: buffersTable(picture))
  }

  /// Bytes by kind at the step at which most are in use.
  private func ownersTable(_ picture: ArenaPicture, _ profile: ArenaProfile) -> Markup {
    guard let fullest = profile.fullestStep else { return .empty }
    let bytes = profile.bytes[fullest]
    let total = bytes.reduce(0, +)
    let rows: [[Markup]] = ArenaFamily.allCases.filter { bytes[$0.rawValue] > 0 }.map { family in
      [
        "\(family.name)", "\(Figures.count(bytes[family.rawValue]))",
        "\(Figures.percent(Double(bytes[family.rawValue]) / Double(max(1, total))))",
      ]
    }
    return HTML.table(
      caption: "In use at “\(picture.stepName(fullest))”, the fullest step; a byte that two share counts once",
      columns: ["what", "bytes", "share"], rows: rows + [["all", "\(Figures.count(total))", "100 %"]], numbers: [1, 2])
  }

  private func buffersTable(_ picture: ArenaPicture) -> Markup {
    let rows = report.arenaBuffers.map { buffer -> [Markup] in
      [
        "\(buffer.name)", "\(buffer.kind)", "\(Figures.count(buffer.offset))", "\(Figures.count(buffer.bytes))",
        "\(picture.stepName(buffer.firstStep))", "\(picture.stepName(buffer.lastStep))",
      ]
    }
    return HTML.details(
      "All \(rows.count) buffers as a table",
      HTML.table(
        caption: "Buffers of the arena", columns: ["buffer", "kind", "offset", "bytes", "from", "to"], rows: rows,
        numbers: [2, 3]))
  }
}
