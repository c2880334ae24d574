import Learning

/// How a model does on labelled recordings.
struct ModelEvaluation: Encodable {
  struct File: Encodable {
    var path: String
    /// Whose adapted weights predicted; absent where they are as quantised.
    var weights: String?
    var windows: Int
    var labelled: Int
    /// Shares of 1; absent where no window is labelled.
    var accuracy: Double?
    var macroF1: Double?
  }

  var schemaVersion = 1
  var run: String
  var classes: [String]
  var files: [File] = []
  var windows = 0
  var labelled = 0
  var accuracy = 0.0
  var macroF1 = 0.0
  /// Rows are true classes, columns predictions.
  var confusion: [[Int]]

  private var total: ConfusionMatrix

  private enum CodingKeys: CodingKey {
    case schemaVersion, run, classes, files, windows, labelled, accuracy, macroF1, confusion
  }

  init(run: String, classes: [String]) {
    self.run = run
    self.classes = classes
    total = ConfusionMatrix(classes: classes.count)
    confusion = []
  }

  mutating func add(_ ending: ModelReader.Ending, _ matrix: ConfusionMatrix) {
    let isLabelled = matrix.total > 0
    files.append(
      File(
        path: ending.path, weights: ending.subject, windows: ending.windows, labelled: matrix.total,
        accuracy: isLabelled ? matrix.accuracy : nil, macroF1: isLabelled ? matrix.macroF1 : nil))
    total = total + matrix
    windows += ending.windows
    labelled = total.total
    accuracy = total.accuracy
    macroF1 = total.macroF1
    confusion = classes.indices.map { label in classes.indices.map { total[label: label, prediction: $0] } }
  }

  var text: String {
    var rows = [["recording", "weights", "windows", "labelled", "accuracy", "macro-F1"]]
    for file in files {
      rows.append([
        file.path == "-" ? "standard input" : file.path, file.weights.map { "of \($0)" } ?? "as quantised",
        Readable.count(file.windows), Readable.count(file.labelled), file.accuracy.map(Readable.percent) ?? "–",
        file.macroF1.map(Readable.percent) ?? "–",
      ])
    }
    if files.count > 1 {
      rows.append([
        "all", "", Readable.count(windows), Readable.count(labelled), Readable.percent(accuracy),
        Readable.percent(macroF1),
      ])
    }
    // Columns bear the numbers of the rows: names would make the table too wide.
    var matrix = [["true class"] + classes.indices.map { "\($0 + 1)" } + ["recognised"]]
    for (label, name) in classes.enumerated() {
      let recall = total.recall(ofClass: label)
      matrix.append(
        ["\(label + 1) \(name)"] + confusion[label].map { Readable.count($0) } + [recall.map(Readable.percent) ?? "–"])
    }
    return (TextTable(rows: rows).lines + [""] + TextTable(rows: matrix).lines).joined(separator: "\n")
  }
}
