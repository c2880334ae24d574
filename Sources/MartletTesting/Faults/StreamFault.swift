/// Something that goes wrong with a sensor or on the way from it.
public enum StreamFault: Sendable, Hashable {
  /// Single frames get lost.
  case drop(frames: Int)
  /// Single frames come twice.
  case duplicate(frames: Int)
  /// Neighbours change places, times and all.
  case swap(pairs: Int)
  /// All values of so many frames in a row are NaN.
  case nanBurst(frames: Int)
  /// So many frames in a row get lost.
  case gap(frames: Int)
  /// The clock is set, forward or back, from some frame on.
  case clockJump(seconds: Double)
}

/// A stream with faults, and what exactly they were: a test can hold every loss against it.
public struct FaultyStream: Sendable, Hashable {
  public var stream: TestStream
  public let seed: UInt64
  /// Frames of the stream as it was, by number: those that are missing now.
  public var lostFrames: [Int] = []
  /// Those that stand twice.
  public var duplicatedFrames: [Int] = []
  /// The first of each pair that changed places.
  public var swappedFrames: [Int] = []
  /// Those without a value.
  public var nanFrames: [Int] = []
  /// Those at which the clock jumps.
  public var jumps: [Int] = []

  /// Breaks of time that the losses make: frames that follow one another once lost are one.
  public var breaks: Int {
    let sorted = lostFrames.sorted()
    return sorted.enumerated().count { index, frame in index == 0 || sorted[index - 1] != frame - 1 }
  }

  /// What was done, with the seed, for messages of tests.
  public var note: String {
    "seed \(seed): lost \(lostFrames), twice \(duplicatedFrames), swapped \(swappedFrames), NaN \(nanFrames), "
      + "jumps \(jumps)"
  }
}

extension TestStream {
  /// The stream with faults at places that the seed chooses.
  ///
  /// No two faults touch, and the first and the last two frames stay as they are, so that every fault can be told.
  ///
  /// - Precondition: The stream is long enough: 4 frames for each place, and those of bursts and gaps.
  public func with(_ faults: StreamFault..., seed: UInt64) -> FaultyStream {
    var noise = SeededNoise(seed: seed)
    let spans = faults.flatMap(\.spans)
    let starts = Self.places(for: spans, among: frames.count, &noise)
    var result = FaultyStream(stream: self, seed: seed)
    var next = 0
    var shift: [Int: Int64] = [:]
    for fault in faults {
      for span in fault.spans {
        let range = starts[next]..<starts[next] + span
        next += 1
        switch fault {
        case .drop, .gap: result.lostFrames += range
        case .duplicate: result.duplicatedFrames += range
        case .swap: result.swappedFrames.append(range.lowerBound)
        case .nanBurst: result.nanFrames += range
        case .clockJump(let seconds):
          result.jumps.append(range.lowerBound)
          shift[range.lowerBound] = Self.nanoseconds(seconds)
        }
      }
    }
    result.stream.frames = damaged(result, shift)
    return result
  }

  private func damaged(_ faults: FaultyStream, _ shift: [Int: Int64]) -> [Frame] {
    let (lost, twice) = (Set(faults.lostFrames), Set(faults.duplicatedFrames))
    let (swapped, nan) = (Set(faults.swappedFrames), Set(faults.nanFrames))
    var order = Array(frames.indices)
    for index in swapped { order.swapAt(index, index + 1) }
    var damaged: [Frame] = []
    var offset: Int64 = 0
    for index in order {
      offset &+= shift[index] ?? 0
      if lost.contains(index) { continue }
      var frame = frames[index]
      frame.timeNanoseconds &+= offset
      if nan.contains(index) { frame.values = frame.values.map { _ in .nan } }
      damaged.append(frame)
      if twice.contains(index) { damaged.append(frame) }
    }
    return damaged
  }

  /// Starts of spans in random order, at least two frames apart and from the ends.
  private static func places(for spans: [Int], among count: Int, _ noise: inout SeededNoise) -> [Int] {
    let margin = 2
    let needed = spans.reduce(margin) { $0 + $1 + margin }
    precondition(needed <= count, "the stream is too short for so many faults")
    // The frames left over are dealt out to the gaps between spans.
    var slack = (0..<spans.count).map { _ in Int.random(in: 0...(count - needed), using: &noise) }.sorted()
    let order = Array(spans.indices).shuffled(using: &noise)
    var starts = spans.map { _ in 0 }
    var position = margin
    for index in order {
      starts[index] = position + slack.removeFirst()
      position += spans[index] + margin
    }
    return starts
  }
}

extension StreamFault {
  /// The lengths of the places that it needs, in frames.
  fileprivate var spans: [Int] {
    switch self {
    case .drop(let frames), .duplicate(let frames): Array(repeating: 1, count: frames)
    case .swap(let pairs): Array(repeating: 2, count: pairs)
    case .nanBurst(let frames), .gap(let frames): frames > 0 ? [frames] : []
    case .clockJump: [1]
    }
  }
}
