extension SlidingWindow {
  mutating func continues(_ header: FrameHeader, _ index: UInt64) -> Bool {
    guard let last, header.segment == last.segment else { return false }
    let elapsed = elapsedNanoseconds(from: last.timeNanoseconds, to: header.timeNanoseconds)
    guard elapsed > 0, elapsed <= gapLimitNanoseconds, index == lastIndex &+ 1 else {
      counts.gaps += 1
      return false
    }
    return header.isLabelled && (labelRule != .one || header.label == last.label)
  }

  mutating func extend(_ header: FrameHeader, _ index: UInt64) -> Placement? {
    if stretch.framesUntilStart == 0 { beginWindow(at: header.timeNanoseconds) }
    stretch.framesUntilStart -= 1
    stretch.uncovered += 1
    if let recentLabels {
      recentLabels[stretch.labelSlot] = header.label
      stretch.labelSlot = stretch.labelSlot + 1 == windowFrames ? 0 : stretch.labelSlot + 1
    }
    guard stretch.begun > 0 else { return nil }
    stretch.oldestAge += 1
    guard stretch.oldestAge == windowFrames else { return nil }
    let label = labelOfWindow(endingIn: header.label)
    guard let label, agrees(label) else {
      completeWindow(isAmbiguous: true)
      return nil
    }
    let placement = Placement(
      startIndex: index &+ 1 &- UInt64(windowFrames.magnitude),
      startTimeNanoseconds: startTimes[stretch.oldest],
      label: label,
      segment: header.segment)
    completeWindow(isAmbiguous: false)
    return placement
  }

  mutating func endStretch() {
    counts.leftoverFrames += UInt64(stretch.uncovered.magnitude)
    stretch = Stretch()
  }

  private mutating func beginWindow(at time: Int64) {
    var slot = stretch.oldest + stretch.begun
    if slot >= startTimes.count { slot -= startTimes.count }
    startTimes[slot] = time
    if stretch.begun == 0 { stretch.oldestAge = 0 }
    stretch.begun += 1
    stretch.framesUntilStart = hopFrames
  }

  private mutating func completeWindow(isAmbiguous: Bool) {
    if isAmbiguous {
      // Its frames wait for another window that covers them.
      counts.ambiguousWindows += 1
    } else {
      counts.windows += 1
      // With a hop longer than the window, frames between two windows are in neither.
      counts.leftoverFrames += UInt64(max(0, stretch.uncovered - windowFrames).magnitude)
      stretch.uncovered = 0
    }
    stretch.begun -= 1
    stretch.oldest = stretch.oldest + 1 == startTimes.count ? 0 : stretch.oldest + 1
    stretch.oldestAge -= hopFrames
  }
}
