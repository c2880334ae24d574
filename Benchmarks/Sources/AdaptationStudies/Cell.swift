import AdaptationStudy
import Learning

/// An accuracy beside its paired difference from another.
struct Cell {
  let accuracy: Double
  let difference: Summary

  init(_ own: Measurements.Accuracies, from base: Measurements.Accuracies) {
    accuracy = Measurements.mean(own)
    difference = Summary.pairedDifference(ofRuns: own, from: base)
  }

  /// Percent, and points of difference ± standard error; one person or machine alone has none.
  var text: String { "\(Measurements.percent(accuracy)) (\(differenceText))" }

  var differenceText: String {
    let points = Measurements.points(difference.mean)
    return difference.count > 1 ? "\(points) ± \(Measurements.percent(difference.standardError))" : points
  }
}
