extension ReportPage {
  var ingestSection: Markup {
    var body = HTML.note(ingestSentence)
    body += recordingsFigure + policiesTable
    if !metrics.ingest.notes.isEmpty {
      body += "<h3>What was found in channels</h3>\n\(list(metrics.ingest.notes))"
    }
    if metrics.ingest.losses.isEmpty {
      body += HTML.note("Every part of every recording could be read.")
    } else {
      body += "<h3>What could not be read</h3>\n\(list(metrics.ingest.losses))"
    }
    return HTML.section("input", "The recordings", body)
  }

  private func list(_ sentences: [String]) -> Markup {
    "<ul>\(sentences.map { sentence -> Markup in "<li>\(sentence)</li>" })</ul>\n"
  }

  private var ingestSentence: Markup {
    let ingest = metrics.ingest
    var text: Markup = """
      \(Figures.count(ingest.files)) files, \(Figures.bytes(ingest.bytesRead)) on disk, \
      \(Figures.bytes(ingest.bytesDecoded)) decoded, \(Figures.count(ingest.frames)) frames, \
      \(Figures.count(ingest.windows)) windows.
      """
    let rates = (ingest.recordings ?? []).filter { $0.hertz > 0 }
    if let lowest = rates.map(\.lowestHertz).min(), let highest = rates.map(\.highestHertz).max() {
      let seconds = rates.reduce(0) { $0 + $1.seconds }
      text += " \(Figures.duration(seconds)) of recording at \(Figures.rates(lowest, highest))."
    }
    return text
  }

  // MARK: Each recording

  /// More rows than this are folded away.
  private static let openRows = 24

  private var recordingsFigure: Markup {
    guard let recordings = metrics.ingest.recordings, !recordings.isEmpty else { return .empty }
    let rows = recordings.enumerated().map { index, recording -> [Markup] in
      let key = "ingest.recordings[\(index)]"
      return [
        "\(recording.file)", "\(recording.subject)", count("\(key).frames", recording.frames),
        figure("\(key).seconds", recording.seconds, Figures.duration(recording.seconds)),
        figure("\(key).hertz", recording.hertz, Figures.hertz(recording.hertz)),
        figure("\(key).lowestHertz", recording.lowestHertz, Figures.hertz(recording.lowestHertz)),
        figure("\(key).highestHertz", recording.highestHertz, Figures.hertz(recording.highestHertz)),
        count("\(key).gaps", recording.gaps), count("\(key).filledFrames", recording.filledFrames),
        count("\(key).droppedFrames", recording.droppedFrames), count("\(key).timeFaults", recording.timeFaults),
        count("\(key).losses", recording.losses),
      ]
    }
    let table = HTML.table(
      caption: "Recording by recording; rates in Hz",
      columns: [
        "file", "subject", "frames", "length", "rate", "lowest", "highest", "gaps", "filled", "dropped",
        "time faults", "losses",
      ], rows: rows, numbers: Set(2...11))
    let data = CSVTable(
      name: "recordings",
      columns: [
        "file", "subject", "frames", "seconds", "hertz", "lowestHertz", "highestHertz", "gaps", "filledFrames",
        "droppedFrames", "timeFaults", "losses",
      ],
      rows: recordings.map { recording in
        [recording.file, recording.subject, "\(recording.frames)"]
          + [recording.seconds, recording.hertz, recording.lowestHertz, recording.highestHertz].map { "\($0)" }
          + [recording.gaps, recording.filledFrames, recording.droppedFrames, recording.timeFaults, recording.losses]
          .map { "\($0)" }
      })
    let strips = RecordingStrips(recordings: recordings, timelines: report.timelines)
    return HTML.figure(
      "recordings", "When there are frames",
      caption: "A bar a recording: filled where frames come at their rate, a red tick where a gap begins.",
      picture: strips.svg(), data: data,
      table: rows.count > Self.openRows ? HTML.details("All \(rows.count) recordings as a table", table) : table)
  }

  // MARK: What the policies did

  private var policiesTable: Markup {
    let ingest = metrics.ingest
    let rows: [(name: String, key: String, value: Int)] = [
      ("files", "files", ingest.files),
      ("bytes read", "bytesRead", ingest.bytesRead),
      ("bytes after decompression", "bytesDecoded", ingest.bytesDecoded),
      ("frames", "frames", ingest.frames),
      ("windows", "windows", ingest.windows),
      ("gaps", "gaps", ingest.gaps),
      ("gaps filled", "filledGaps", ingest.filledGaps),
      ("frames made up to fill them", "filledFrames", ingest.filledFrames),
      ("dropped frames", "droppedFrames", ingest.droppedFrames),
      ("duplicate frames", "duplicateFrames", ingest.duplicateFrames),
      ("frames of bursts that were spread", "spreadFrames", ingest.spreadFrames),
      ("frames put back in order", "reorderedFrames", ingest.reorderedFrames),
      ("frames too late for that", "lateFrames", ingest.lateFrames),
      ("steps backwards in time", "stepsBackwards", ingest.stepsBackwards),
      ("clock jumps forwards", "clockJumpsForward", ingest.clockJumpsForward),
      ("clock jumps backwards", "clockJumpsBackward", ingest.clockJumpsBackward),
      ("frames with a value that is no finite number", "nonFiniteFrames", ingest.nonFiniteFrames),
      ("values held in place of such", "heldValues", ingest.heldValues),
      ("values at full scale", "saturatedValues", ingest.saturatedValues),
      ("values of stuck channels", "stuckValues", ingest.stuckValues),
      ("windows rejected for such values", "rejectedWindows", ingest.rejectedWindows),
      ("windows with ambiguous labels", "ambiguousWindows", ingest.ambiguousWindows),
      ("unlabelled frames", "unlabelledFrames", ingest.unlabelledFrames),
      ("labelled frames in no window", "leftoverFrames", ingest.leftoverFrames),
    ]
    func table(_ caption: String, _ rows: [(name: String, key: String, value: Int)]) -> Markup {
      HTML.table(
        caption: caption, columns: ["what", "how many"],
        rows: rows.map { ["\($0.name)", count("ingest.\($0.key)", $0.value)] }, numbers: [1])
    }
    let none = rows.filter { $0.value == 0 }
    return table("What was read, and what was done about its faults", rows.filter { $0.value != 0 })
      + (none.isEmpty
        ? .empty
        : HTML.details(
          "\(none.count) faults that were looked for and not found", table("Of these there were none", none)))
  }

  // MARK: Provenance

  var provenanceSection: Markup {
    let model: [[Markup]] = [
      ["seed", "<data value=\"\(String(metrics.seed))\" data-key=\"seed\">\(String(metrics.seed))</data>"],
      ["parameters", count("model.parameters", metrics.model.parameters)],
    ]
    let scheme: [[Markup]] = metrics.training.map { [["update scheme", "\($0.scheme)"]] } ?? []
    let rows = model + scheme + report.provenance.map { ["\($0.name)", "\($0.value)"] }
    return HTML.section(
      "provenance", "Where the figures come from",
      HTML.table(caption: "Model and provenance", columns: ["what", "value"], rows: rows, numbers: []))
  }
}

extension Figures {
  /// A rate with as many decimals as tell it from its neighbours.
  static func hertz(_ value: Double) -> String {
    decimal(value, places: abs(value) >= 1000 ? 0 : abs(value) >= 100 ? 1 : 2)
  }

  static func rates(_ lowest: Double, _ highest: Double) -> String {
    hertz(lowest) == hertz(highest) ? "\(hertz(lowest)) Hz" : "\(hertz(lowest)) to \(hertz(highest)) Hz"
  }
}
