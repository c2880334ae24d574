/// Labels that hold from one time to another, known before the frames are.
///
/// Where several hold at once, the one that began last counts.
struct HeldLabels {
  private var intervals: [LabelTrack.Interval] = []
  private var isSorted = true
  private var changes = LabelChanges()
  private var cursor = LabelCursor()
  /// Intervals at the front that `changes` has taken.
  private var taken = 0
  /// The interval whose end is not known yet.
  private var endless: Int?
  /// Intervals gone over because others came out of order behind a question.
  private var sortedAgain = 0

  /// 6 MiB of intervals; day-long electrocardiograms have half of that.
  static let maximumCount = 1 << 18

  /// Labels that come out of order while frames are already being asked for cost going over all; so often that is done.
  private static let maximumSortedAgain = 1 << 26

  var isEmpty: Bool { intervals.isEmpty }
  var count: Int { intervals.count }

  /// - Returns: false where there are too many.
  mutating func add(_ label: Int32, from start: Int64, to end: Int64) -> Bool {
    guard intervals.count < Self.maximumCount, sortedAgain < Self.maximumSortedAgain else { return false }
    if let last = intervals.last, last.start > start { isSorted = false }
    intervals.append(LabelTrack.Interval(start: start, end: end, label: label))
    return true
  }

  /// Adds a label that holds until the next one that is added so.
  ///
  /// - Returns: false where there are too many.
  mutating func addUntilNext(_ label: Int32, from start: Int64) -> Bool {
    let before = endless
    endless = nil
    if let before { intervals[before].end = max(start, intervals[before].start) }
    guard add(label, from: start, to: .max) else {
      // The one before has ended all the same.
      if before != nil { isSorted = false }
      return false
    }
    // The end of one that `changes` has taken needs no telling: this one covers all behind its start.
    endless = intervals.count - 1
    return true
  }

  /// The label at a time; times mostly ascend.
  mutating func label(at time: Int64) -> Int32 {
    if taken < intervals.count || !isSorted { update() }
    if let last = changes.lastStart, time >= last { return changes.label(behindLastStart: time) }
    return cursor.label(at: time, in: changes.changes)
  }

  private mutating func update() {
    if !isSorted { sort() }
    for interval in intervals[taken...] { changes.add(interval) }
    taken = intervals.count
  }

  private mutating func sort() {
    if taken > 0 { sortedAgain += intervals.count }
    // The order of those that begin together is kept: the later one counts.
    let order = intervals.indices.sorted { (intervals[$0].start, $0) < (intervals[$1].start, $1) }
    intervals = order.map { intervals[$0] }
    endless = endless.flatMap { order.firstIndex(of: $0) }
    isSorted = true
    changes = LabelChanges()
    cursor = LabelCursor()
    taken = 0
  }
}

extension LabelTable {
  /// The index of the label of a whole file; -1 where it has none.
  mutating func index(ofFileLabel name: String?) -> Int32 {
    guard let name, let index = index(of: name) else { return -1 }
    return index
  }
}
