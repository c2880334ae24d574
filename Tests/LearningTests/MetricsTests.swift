import Testing

@testable import Learning

@Suite struct MetricsTests {
  @Test func accuracyAndF1FollowTheirDefinitions() {
    // Class 0: 3 of 4 found, 1 false; class 1: 1 of 2 found, 1 false; class 2: 1 of 1 found.
    let matrix = ConfusionMatrix(labels: [0, 0, 0, 0, 1, 1, 2], predictions: [0, 0, 0, 1, 1, 0, 2], classes: 3)
    #expect(matrix.total == 7 && matrix.correct == 5)
    #expect(matrix.accuracy == 5.0 / 7)
    #expect(matrix.f1ofAll == [6.0 / 8, 2.0 / 4, 1])
    #expect(matrix.macroF1 == (0.75 + 0.5 + 1) / 3)
    #expect(matrix[label: 0, prediction: 1] == 1 && matrix[label: 1, prediction: 0] == 1)
    #expect(matrix.recall(ofClass: 0) == 0.75 && matrix.precision(ofClass: 1) == 0.5)
  }

  @Test func aClassThatNeverOccursIsLeftOutAndOneThatIsOnlyPredictedCountsZero() {
    let absent = ConfusionMatrix(labels: [0, 1], predictions: [0, 1], classes: 3)
    #expect(absent.macroF1 == 1)
    #expect(absent.f1(ofClass: 2) == nil && absent.recall(ofClass: 2) == nil)
    let onlyPredicted = ConfusionMatrix(labels: [0, 0], predictions: [0, 1], classes: 2)
    #expect(onlyPredicted.f1(ofClass: 1) == 0)
    #expect(onlyPredicted.macroF1 == (2.0 / 3) / 2)
    #expect(ConfusionMatrix(classes: 4).macroF1 == 0 && ConfusionMatrix(classes: 4).accuracy == 0)
  }

  @Test func matricesAdd() {
    let first = ConfusionMatrix(labels: [0, 1], predictions: [0, 0], classes: 2)
    let second = ConfusionMatrix(labels: [1], predictions: [1], classes: 2)
    #expect(first + second == ConfusionMatrix(labels: [0, 1, 1], predictions: [0, 0, 1], classes: 2))
  }

  @Test func everySubjectHasARowAndCountsAlike() {
    let windows = WindowSet(
      length: 1, channels: 1, values: [0, 0, 0, 0], labels: [0, 1, 1, 1], classes: 2, subjects: [2, 0, 0, 0])
    let table = SubjectTable(windows: windows, predictions: [1, 1, 1, 0], classes: 2)
    #expect(table.rows.map(\.name) == ["subject 0", "subject 2"])
    #expect(table.rows.map(\.confusion.accuracy) == [2.0 / 3, 0])
    #expect(table.accuracy.mean == 1.0 / 3)
  }

  @Test func summariesHaveTheUsualSpreads() {
    let summary = Summary([1, 2, 3, 6])
    #expect(summary.mean == 3)
    #expect(abs(summary.standardDeviation - (14.0 / 3).squareRoot()) < 1e-15)
    #expect(abs(summary.populationDeviation - (14.0 / 4).squareRoot()) < 1e-15)
    #expect(abs(summary.standardError - (14.0 / 3).squareRoot() / 2) < 1e-15)
    #expect(Summary([]).mean == 0 && Summary([5]).standardError == 0)
  }

  @Test func pairedDifferencesAverageTheRunsOfASubjectFirst() {
    // Subject differences: 1 and 3 after averaging two runs; the runs themselves scatter more.
    let difference = Summary.pairedDifference(ofRuns: [[2, 10], [4, 12]], from: [[1, 9], [3, 7]])
    #expect(difference.count == 2 && difference.mean == 2)
    #expect(abs(difference.standardError - 1) < 1e-15)
  }
}

extension ConfusionMatrix {
  fileprivate var f1ofAll: [Double?] { (0..<classes).map { f1(ofClass: $0) } }
}
