/// Intervals that labels hold for, taken in the order of their starts, as changes in order.
///
/// Where several hold, the one that began last counts, and the others hold again when it has ended.
struct LabelChanges {
  /// Ascending, each position once; complete up to the last start.
  private(set) var changes: [LabelTrack.Change] = []

  /// Those that may still hold behind the last start. Each ends before the one below it: one that does not outlast the
  /// one above is never seen again.
  private var open: [LabelTrack.Interval] = []

  /// Where the interval added last begins.
  private(set) var lastStart: Int64?

  /// - Precondition: It begins no earlier than the one added before.
  mutating func add(_ interval: LabelTrack.Interval) {
    precondition(lastStart.map { $0 <= interval.start } ?? true, "intervals come in the order of their starts")
    lastStart = interval.start
    while let top = open.last, top.end <= interval.start { close(top) }
    guard interval.start < interval.end else { return }
    while let top = open.last, top.end <= interval.end { open.removeLast() }
    open.append(interval)
    append(LabelTrack.Change(position: interval.start, label: interval.label))
  }

  /// Lets all that still hold end.
  mutating func finish() {
    while let top = open.last { close(top) }
  }

  private mutating func close(_ top: LabelTrack.Interval) {
    open.removeLast()
    append(LabelTrack.Change(position: top.end, label: open.last?.label ?? -1))
  }

  private mutating func append(_ change: LabelTrack.Change) {
    if changes.last?.position == change.position { changes.removeLast() }
    changes.append(change)
  }

  /// The label behind the last start, where those that hold end one after another.
  func label(behindLastStart position: Int64) -> Int32 {
    var low = 0
    var high = open.count
    // Their ends descend.
    while low < high {
      let middle = (low + high) / 2
      if open[middle].end > position { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? -1 : open[low - 1].label
  }
}

/// Looks labels up in changes that are in order. Positions mostly ascend; after a step back the place is found by halving.
struct LabelCursor {
  /// The first change behind the last position.
  private var next = 0
  private var lastPosition = Int64.min

  /// - Parameter changes: The same as before, or with others behind them.
  @inline(__always)
  mutating func label(at position: Int64, in changes: [LabelTrack.Change]) -> Int32 {
    if position < lastPosition { next = Self.place(of: position, in: changes) }
    lastPosition = position
    while next < changes.count, changes[next].position <= position { next += 1 }
    return next == 0 ? -1 : changes[next - 1].label
  }

  /// The first change behind a position.
  private static func place(of position: Int64, in changes: [LabelTrack.Change]) -> Int {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].position <= position { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
