/// How the messages of each channel follow each other, in memory that the file does not choose.
struct TopicTimings {
  /// Steps are measured for so many channels; of the others only messages and the first and last time are told.
  static let maximumMeasured = 1_024

  private var measured: [UInt16: TimingSummary] = [:]
  private var counted: [UInt16: TimingSummary] = [:]

  /// Copies of it share their bins until a step is measured.
  private let empty = TimingSummary()

  /// Messages of a channel that the file does not declare are left out: no summary shows them.
  mutating func add(_ time: Int64, of channelID: UInt16, _ topics: MCAPTopics) {
    if let index = measured.index(forKey: channelID) {
      measured.values[index].add(time)
    } else if topics.channels[channelID] == nil {
      return
    } else if measured.count < Self.maximumMeasured {
      measured[channelID, default: empty].add(time)
    } else {
      counted[channelID, default: empty].addWithoutStep(time)
    }
  }

  func finished(_ channelID: UInt16) -> TimingSummary {
    var timing = measured[channelID] ?? counted[channelID] ?? empty
    timing.finish()
    return timing
  }
}
