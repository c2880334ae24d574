/// Which label a complete window has. The ring of labels is full then, and the oldest stands where the next will be
/// written.
extension SlidingWindow {
  /// Nil where the rule finds none.
  func labelOfWindow(endingIn last: Int32) -> Int32? {
    switch labelRule {
    case .one, .end: last
    case .majority: majority(without: nil)
    case .anywhere(let label): count(of: label) > 0 ? label : majority(without: nil)
    case .share(let label, let frames): count(of: label) >= frames ? label : majority(without: label)
    }
  }

  /// Whether enough frames have the label.
  func agrees(_ label: Int32) -> Bool {
    agreementFrames == 0 || labelRule == .one || count(of: label) >= agreementFrames
  }

  private func count(of label: Int32) -> Int {
    guard let recentLabels else { return 0 }
    var count = 0
    for slot in 0..<windowFrames where recentLabels[slot] == label { count += 1 }
    return count
  }

  private func majority(without excluded: Int32?) -> Int32? {
    guard let recentLabels else { return nil }
    var best: Int32?
    var bestCount = 0
    for first in 0..<windowFrames {
      // What is left cannot win any more.
      if windowFrames - first <= bestCount { break }
      let label = recentLabels[wrapped(stretch.labelSlot + first)]
      if label == excluded { continue }
      var count = 0
      for other in first..<windowFrames where recentLabels[wrapped(stretch.labelSlot + other)] == label {
        count += 1
      }
      if count > bestCount { (best, bestCount) = (label, count) }
    }
    return best
  }

  private func wrapped(_ slot: Int) -> Int { slot >= windowFrames ? slot - windowFrames : slot }
}
