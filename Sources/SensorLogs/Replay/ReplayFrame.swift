import Signal

/// One frame as it is delivered.
public struct ReplayFrame: Sendable, Hashable {
  /// The recording, counted in the order of the inputs.
  public internal(set) var track = 0
  /// The pass through the recordings, from 0.
  public internal(set) var loop = 0
  /// As recorded; in later loops later by what the loops before took.
  public internal(set) var timeNanoseconds: Int64 = 0
  /// From the first frame played, gaps shortened as the replay was asked to.
  public internal(set) var positionNanoseconds: Int64 = 0
  /// An index into the track's label names, or -1.
  public internal(set) var label: Int32 = -1
  /// As recorded.
  public internal(set) var segment: Int32 = 0
  /// Frames that were dropped before this one since the replay began.
  public internal(set) var lostFrames: UInt64 = 0
  /// As recorded, one for each of the track's channels; NaN where there is no value.
  public internal(set) var values: [Double] = []
  /// When it should have gone out, on the reference clock; nil where no pace is kept.
  var dueNanoseconds: Int64?

  public init() {}
}

/// How frames lie in a ring whose slots hold 32-bit words: what identifies the frame, then the bits of each double, so
/// that what comes out is what was recorded, to the last bit.
enum ReplayWords {
  static let headerWords = 6
  private static let noPace = Int64.min

  static func count(channels: Int) -> Int { headerWords + 2 * channels }

  static func set(
    _ words: inout [Float], track: Int, loop: Int, position: Int64, dueNanoseconds: Int64?
  ) {
    words[0] = Float(bitPattern: UInt32(truncatingIfNeeded: track))
    words[1] = Float(bitPattern: UInt32(truncatingIfNeeded: loop))
    put(UInt64(bitPattern: position), at: 2, &words)
    put(UInt64(bitPattern: dueNanoseconds ?? noPace), at: 4, &words)
  }

  static func set(_ words: inout [Float], channel: Int, value: Double) {
    put(value.bitPattern, at: headerWords + 2 * channel, &words)
  }

  static func read(_ words: Span<Float>, channelCounts: [Int], into frame: inout ReplayFrame) {
    let track = Int(words[0].bitPattern)
    // Under drop-oldest the slot may be half overwritten; the ring says so afterwards.
    guard track < channelCounts.count else { return }
    frame.track = track
    frame.loop = Int(words[1].bitPattern)
    frame.positionNanoseconds = Int64(bitPattern: bits(words, 2))
    let due = Int64(bitPattern: bits(words, 4))
    frame.dueNanoseconds = due == noPace ? nil : due
    frame.values.removeAll(keepingCapacity: true)
    for channel in 0..<channelCounts[track] {
      frame.values.append(Double(bitPattern: bits(words, headerWords + 2 * channel)))
    }
  }

  private static func put(_ bits: UInt64, at index: Int, _ words: inout [Float]) {
    words[index] = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
    words[index + 1] = Float(bitPattern: UInt32(truncatingIfNeeded: bits >> 32))
  }

  private static func bits(_ words: Span<Float>, _ index: Int) -> UInt64 {
    UInt64(words[index].bitPattern) | UInt64(words[index + 1].bitPattern) << 32
  }
}
