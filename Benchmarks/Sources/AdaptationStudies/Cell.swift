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

  /// Percent, and points of difference ± standard error.
  var text: String {
    "\(Measurements.percent(accuracy)) (\(Measurements.points(difference.mean)) ± "
      + "\(Measurements.percent(difference.standardError)))"
  }
}
