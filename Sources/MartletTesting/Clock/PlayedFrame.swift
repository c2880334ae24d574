import Foundation
public import SensorLogs

/// A clock for tests: waiting takes no time, it only makes the time pass.
public typealias VirtualClock = SensorLogs.VirtualClock

/// A frame as a replay let it out.
public struct PlayedFrame: Sendable, Hashable {
  /// When, on the virtual clock; it begins at 0.
  public var playedNanoseconds: Int64
  public var timeNanoseconds: Int64
  public var values: [Double]
}

extension TestStream {
  /// Plays the stream at a pace, in virtual time: an hour takes as long as its frames take to count.
  ///
  /// - Parameter rate: `.times(1)` is the recorded pace.
  public func played(rate: PlaybackRate = .times(1)) throws -> [PlayedFrame] {
    let folder = try RecordingFolder(["stream.csv": self])
    let clock = VirtualClock()
    let (source, stream) = try ReplaySource.open(
      [ReplayInput(path: "\(folder.path)/stream.csv")], clock: PlayerClock(reference: clock, rate: rate))
    var played: [PlayedFrame] = []
    var frame = ReplayFrame()
    func drain() {
      while stream.next(into: &frame) {
        played.append(
          PlayedFrame(
            playedNanoseconds: clock.nowNanoseconds, timeNanoseconds: frame.timeNanoseconds,
            values: Array(frame.values)))
      }
    }
    while true {
      switch try source.advance() {
      case .waiting(let time):
        drain()
        clock.wait(untilNanoseconds: time ?? clock.nowNanoseconds + 1)
      case .finished:
        drain()
        return played
      case .published, .blocked: drain()
      }
    }
  }
}
