/// Labels that stand outside their recording, as changes in order: each holds until the next.
///
/// Label files, annotations and structured labels all become one of these; ``LabelledReader`` lays it over frames.
public struct LabelTrack: Sendable, Hashable {
  /// What the changes' positions count.
  public enum Position: Sendable, Hashable {
    /// Nanoseconds on the recording's own clock.
    case time
    /// Nanoseconds since the recording's first frame.
    case sinceFirstFrame
    /// Frames from 0, as they are read. Behind frames that were lost labels stand too late; a loss says so.
    case frame
  }

  public struct Change: Sendable, Hashable {
    /// A change at a frame's own position counts for it.
    public var position: Int64

    /// Index into `names`, or -1: no label from here on.
    public var label: Int32

    public init(position: Int64, label: Int32) {
      self.position = position
      self.label = label
    }
  }

  public var position: Position
  public var names: [String]

  /// Ascending. Before the first one there is no label.
  public private(set) var changes: [Change]

  /// What was wrong with the labels' own file.
  public internal(set) var losses = LogLosses()

  /// - Parameter changes: In any order; of several at one position the last one counts.
  public init(_ position: Position, names: [String], changes: [Change]) {
    precondition(
      changes.allSatisfy { $0.label >= -1 && $0.label < names.count },
      "a change's label is -1 or an index into the names"
    )
    self.position = position
    self.names = names
    self.changes = Self.ordered(changes)
  }

  private static func ordered(_ changes: [Change]) -> [Change] {
    let isOrdered = zip(changes, changes.dropFirst()).allSatisfy { $0.position < $1.position }
    if isOrdered { return changes }
    // Where positions are equal the original order decides, which sorting alone does not keep.
    let order = changes.indices.sorted { (changes[$0].position, $0) < (changes[$1].position, $1) }
    var result: [Change] = []
    for index in order {
      if result.last?.position == changes[index].position { result.removeLast() }
      result.append(changes[index])
    }
    return result
  }

  /// One label throughout.
  public init(throughout name: String) {
    self.init(.time, names: [name], changes: [Change(position: .min, label: 0)])
  }

  /// A time that a label holds for.
  public struct Interval: Sendable, Hashable {
    public var start: Int64

    /// The first position that the label does not hold for any more.
    public var end: Int64
    public var label: Int32

    public init(start: Int64, end: Int64, label: Int32) {
      self.start = start
      self.end = end
      self.label = label
    }
  }

  /// Labels that hold for intervals. Where several hold, the one that began last counts, and the others hold again when
  /// it has ended. Empty intervals, and those that end before they begin, label nothing.
  public init(_ position: Position, names: [String], intervals: [Interval]) {
    var changes = LabelChanges()
    let order = intervals.indices.sorted { (intervals[$0].start, $0) < (intervals[$1].start, $1) }
    for index in order { changes.add(intervals[index]) }
    changes.finish()
    self.init(position, names: names, changes: changes.changes)
  }

  /// Labels of instants. Each holds until the next, or, with a tolerance, as far as that before and behind it; between
  /// two whose tolerances overlap the nearer one counts.
  ///
  /// - Parameter tolerance: In the unit of the positions, at least 0.
  public init(_ position: Position, names: [String], events: [Change], tolerance: Int64?) {
    guard let tolerance else {
      self.init(position, names: names, changes: events)
      return
    }
    precondition(tolerance >= 0, "a tolerance is no negative time")
    let events = Self.ordered(events)
    var intervals: [Interval] = []
    for (index, event) in events.enumerated() {
      var start = Self.sum(event.position, -tolerance)
      let end = Self.sum(Self.sum(event.position, tolerance), 1)
      if index > 0 {
        // The middle itself belongs to the later one. Half the distance fits even where the distance would not.
        let before = events[index - 1].position
        let distance = UInt64(bitPattern: event.position &- before)
        start = max(start, before &+ Int64(truncatingIfNeeded: distance / 2 + distance % 2))
        intervals[index - 1].end = min(intervals[index - 1].end, start)
      }
      intervals.append(Interval(start: start, end: end, label: event.label))
    }
    self.init(position, names: names, intervals: intervals.filter { $0.label >= 0 })
  }

  /// A sum, or the end of the range that it would leave.
  private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
    let (result, overflow) = a.addingReportingOverflow(b)
    return overflow ? (b < 0 ? .min : .max) : result
  }
}
