/// How often each class was taken for each class.
public struct ConfusionMatrix: Sendable, Hashable {
  public let classes: Int
  /// Row-major: `counts[label * classes + prediction]`.
  public private(set) var counts: [Int]

  public init(classes: Int) {
    precondition(classes > 0, "there is at least one class")
    self.classes = classes
    counts = Array(repeating: 0, count: classes * classes)
  }

  /// - Precondition: `classes * classes` counts, none of them negative.
  public init(classes: Int, counts: [Int]) {
    precondition(
      classes > 0 && counts.count == classes * classes && counts.allSatisfy { $0 >= 0 }, "every pair has its count")
    self.classes = classes
    self.counts = counts
  }

  /// - Precondition: One prediction a label, all of them in `0..<classes`.
  public init(labels: [Int], predictions: [Int], classes: Int) {
    precondition(labels.count == predictions.count, "every label has its prediction")
    self.init(classes: classes)
    for (label, prediction) in zip(labels, predictions) { add(label: label, prediction: prediction) }
  }

  public mutating func add(label: Int, prediction: Int) {
    precondition((0..<classes).contains(label) && (0..<classes).contains(prediction), "a class index is out of range")
    counts[label * classes + prediction] += 1
  }

  public subscript(label label: Int, prediction prediction: Int) -> Int {
    counts[label * classes + prediction]
  }

  public static func + (left: ConfusionMatrix, right: ConfusionMatrix) -> ConfusionMatrix {
    precondition(left.classes == right.classes, "both matrices are over the same classes")
    var sum = left
    for index in sum.counts.indices { sum.counts[index] += right.counts[index] }
    return sum
  }

  public var total: Int { counts.reduce(0, +) }
  public var correct: Int { (0..<classes).reduce(0) { $0 + self[label: $1, prediction: $1] } }

  /// The share of right predictions, 0...1; 0 without any window.
  public var accuracy: Double { total == 0 ? 0 : Double(correct) / Double(total) }

  /// `2·TP / (2·TP + FP + FN)` of one class; nil if it occurs neither among labels nor predictions.
  public func f1(ofClass index: Int) -> Double? {
    let truePositives = self[label: index, prediction: index]
    let labelled = (0..<classes).reduce(0) { $0 + self[label: index, prediction: $1] }
    let predicted = (0..<classes).reduce(0) { $0 + self[label: $1, prediction: index] }
    return labelled + predicted == 0 ? nil : 2 * Double(truePositives) / Double(labelled + predicted)
  }

  /// The mean of F1 over the classes that occur among labels or predictions, 0...1; 0 without any window.
  ///
  /// A class that is neither present nor predicted says nothing about the network and is left out. One
  /// that is only predicted, or never found, counts with 0.
  public var macroF1: Double {
    let scores = (0..<classes).compactMap { f1(ofClass: $0) }
    return scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
  }

  /// The share of a class's windows that were recognised; nil if it has none.
  public func recall(ofClass index: Int) -> Double? {
    let labelled = (0..<classes).reduce(0) { $0 + self[label: index, prediction: $1] }
    return labelled == 0 ? nil : Double(self[label: index, prediction: index]) / Double(labelled)
  }

  /// The share of a class's predictions that were right; nil if it was never predicted.
  public func precision(ofClass index: Int) -> Double? {
    let predicted = (0..<classes).reduce(0) { $0 + self[label: $1, prediction: index] }
    return predicted == 0 ? nil : Double(self[label: index, prediction: index]) / Double(predicted)
  }
}
