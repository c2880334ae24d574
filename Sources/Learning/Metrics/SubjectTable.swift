/// A confusion matrix for each subject that has windows.
public struct SubjectTable: Sendable, Hashable {
  public struct Row: Sendable, Hashable {
    public var subject: Int
    public var name: String
    public var confusion: ConfusionMatrix
  }

  /// In order of subject index.
  public let rows: [Row]

  public init(windows: WindowSet, predictions: [Int], classes: Int) {
    precondition(windows.count == predictions.count, "every window has its prediction")
    var matrices: [Int: ConfusionMatrix] = [:]
    for index in 0..<windows.count {
      matrices[windows.subjects[index], default: ConfusionMatrix(classes: classes)].add(
        label: windows.labels[index], prediction: predictions[index])
    }
    rows = matrices.sorted { $0.key < $1.key }.map {
      Row(subject: $0.key, name: windows.subjectNames[$0.key], confusion: $0.value)
    }
  }

  /// Accuracy over subjects, each of them counting alike however many windows it has.
  public var accuracy: Summary { Summary(rows.map(\.confusion.accuracy)) }
  public var macroF1: Summary { Summary(rows.map(\.confusion.macroF1)) }
}
