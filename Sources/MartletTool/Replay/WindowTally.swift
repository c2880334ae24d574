import PipelineRunner

/// Windows of a replay, counted by class.
struct WindowTally: Sendable {
  struct Class: Sendable, Hashable, Encodable {
    var name = ""
    /// Windows with this label, and those of them that the model recognised.
    var windows = 0
    var recognised = 0
    /// Windows that the model took for this class, labelled or not.
    var predicted = 0
  }

  var predicts = false
  /// Whose adapted weights each recording was predicted with.
  var subjects: [String?] = []
  /// What was wrong with the frames that windows were cut from.
  var findings = IngestFindings()
  var classNames: [String] = []
  private(set) var windows = 0
  private(set) var labelled = 0
  private(set) var recognised = 0
  private var counts: [Class] = []

  /// Of the labelled windows so far; nil where there is none, or no model.
  var accuracy: Double? { predicts && labelled > 0 ? Double(recognised) / Double(labelled) : nil }

  var classes: [Class] {
    classNames.enumerated().map { index, name in
      var found = index < counts.count ? counts[index] : Class()
      found.name = name
      return found
    }
  }

  mutating func add(_ window: ReplayedWindow) {
    windows += 1
    if let label = window.label {
      labelled += 1
      extend(to: label)
      counts[label].windows += 1
      if window.prediction == label {
        recognised += 1
        counts[label].recognised += 1
      }
    }
    if let prediction = window.prediction {
      extend(to: prediction)
      counts[prediction].predicted += 1
    }
  }

  private mutating func extend(to index: Int) {
    while counts.count <= index { counts.append(Class()) }
  }
}

extension WindowTally {
  /// For people, a line each.
  var lines: [String] {
    guard predicts else {
      return ["windows: \(Readable.count(windows)), \(Readable.count(labelled)) of them labelled"] + table
    }
    var lines = ["windows: \(Readable.count(windows)) predicted"]
    if let accuracy {
      lines[0] += ", \(Readable.percent(accuracy)) of \(Readable.count(labelled)) labelled ones right"
    }
    lines += table
    var adapted: [String] = []
    for subject in subjects.compactMap({ $0 }) where !adapted.contains(subject) { adapted.append(subject) }
    lines.append(
      adapted.isEmpty
        ? "weights: as quantised, adapted to nobody"
        : "weights: adapted to \(adapted.joined(separator: ", ")), whose own teaching windows count here too")
    return lines
  }

  private var table: [String] {
    let rows = [["class", "windows"] + (predicts ? ["recognised", "predicted"] : [])]
    let counts = classes.map { found in
      [found.name, Readable.count(found.windows)]
        + (predicts ? [Readable.count(found.recognised), Readable.count(found.predicted)] : [])
    }
    let all = rows + counts
    let widths = all[0].indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      "  "
        + row.enumerated().map { column, cell in
          let padding = String(repeating: " ", count: widths[column] - cell.count)
          return column == 0 ? cell + padding : padding + cell
        }.joined(separator: "  ")
    }
  }
}
