/// Labels that arrive as events of their own: each holds from its time until the next.
///
/// Events come in the order of the file. One that is later than the frames read so far waits for its time; one that is
/// earlier than a waiting event replaces it, because then time has stepped back.
struct LabelEvents {
  private(set) var current: Int32 = -1
  private var waiting: [(time: Int64, label: Int32)] = []
  private var firstWaiting = 0

  private static let maximumWaiting = 65_536

  /// - Returns: false where the event had to be dropped because too many wait.
  mutating func add(_ label: Int32, at time: Int64) -> Bool {
    if let last = waiting.last, firstWaiting < waiting.count, time < last.time { removeWaiting() }
    guard waiting.count - firstWaiting < Self.maximumWaiting else { return false }
    waiting.append((time, label))
    return true
  }

  @inline(__always)
  mutating func label(at time: Int64) -> Int32 {
    if firstWaiting == waiting.count { return current }
    while firstWaiting < waiting.count, waiting[firstWaiting].time <= time {
      current = waiting[firstWaiting].label
      firstWaiting += 1
    }
    if firstWaiting == waiting.count { removeWaiting() }
    return current
  }

  private mutating func removeWaiting() {
    waiting.removeAll(keepingCapacity: true)
    firstWaiting = 0
  }
}
