/// Labels that hold from one time to another, known before the frames are.
///
/// Where several hold at once, the one that began last counts.
struct HeldLabels {
  private struct Interval {
    var start: Int64
    var end: Int64
    var label: Int32
  }

  private var intervals: [Interval] = []
  private var isSorted = true
  private var next = 0
  private var open: [Interval] = []
  private var lastTime = Int64.min
  /// The interval whose end is not known yet.
  private var endless: Int?

  /// 6 MiB of intervals; day-long electrocardiograms have half of that.
  static let maximumCount = 1 << 18

  var isEmpty: Bool { intervals.isEmpty }
  var count: Int { intervals.count }

  /// - Returns: false where there are too many.
  mutating func add(_ label: Int32, from start: Int64, to end: Int64) -> Bool {
    guard intervals.count < Self.maximumCount else { return false }
    if let last = intervals.last, last.start > start { isSorted = false }
    intervals.append(Interval(start: start, end: end, label: label))
    return true
  }

  /// Adds a label that holds until the next one that is added so.
  ///
  /// - Returns: false where there are too many.
  mutating func addUntilNext(_ label: Int32, from start: Int64) -> Bool {
    if let index = endless { intervals[index].end = max(start, intervals[index].start) }
    endless = nil
    guard add(label, from: start, to: .max) else { return false }
    endless = intervals.count - 1
    return true
  }

  /// The label at a time; times mostly ascend.
  mutating func label(at time: Int64) -> Int32 {
    if !isSorted { sort() }
    if time < lastTime {
      next = 0
      open.removeAll(keepingCapacity: true)
    }
    lastTime = time
    while next < intervals.count, intervals[next].start <= time {
      if intervals[next].end > time { open.append(intervals[next]) }
      next += 1
    }
    while let last = open.last, last.end <= time { open.removeLast() }
    return open.last?.label ?? -1
  }

  private mutating func sort() {
    // The order of those that begin together is kept: the later one counts.
    let order = intervals.indices.sorted { (intervals[$0].start, $0) < (intervals[$1].start, $1) }
    intervals = order.map { intervals[$0] }
    endless = endless.flatMap { order.firstIndex(of: $0) }
    isSorted = true
    next = 0
    open.removeAll(keepingCapacity: true)
  }
}

extension LabelTable {
  /// The index of the label of a whole file; -1 where it has none.
  mutating func index(ofFileLabel name: String?) -> Int32 {
    guard let name, let index = index(of: name) else { return -1 }
    return index
  }
}
