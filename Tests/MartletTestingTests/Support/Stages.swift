import Martlet

/// How fast each channel changes, a second; the first frame of a segment gives nothing.
struct Rate: FrameStage {
  static let version: Int? = 1
  var channels: [String]
  var scale = 1.0
  var reachFrames: Int { 1 }

  func output(for input: FrameStream) throws(StageMisfit) -> FrameStream {
    _ = try input.indices(of: channels)
    return channels.reduce(input) { $0.adding("rate_\($1)") }
  }

  func makeProcessor(for input: FrameStream) throws(StageMisfit) -> Processor {
    Processor(sources: try input.indices(of: channels), width: input.channels.count, scale: scale)
  }

  struct Processor: FrameProcessor {
    let sources: [Int]
    let width: Int
    let scale: Double
    var last: FrameStamp?
    var values: [Float] = []

    mutating func process(_ frame: Frame, into output: inout FrameOutput) {
      defer {
        last = frame.stamp
        values.removeAll(keepingCapacity: true)
        for source in sources { values.append(frame[source]) }
      }
      guard let last else { return }
      output.append(frame.stamp)
      output.copy(frame)
      let step = Float(frame.stamp.seconds(since: last) / scale)
      for (place, source) in sources.enumerated() { output[width + place] = (frame[source] - values[place]) / step }
    }
  }
}

/// The mean of so many frames, at the time of the last: a stage that lowers the rate and waits.
struct Mean: FrameStage {
  var frames: Int
  static let version: Int? = nil

  func output(for input: FrameStream) throws(StageMisfit) -> FrameStream {
    guard frames > 0 else { throw .other("takes at least 1 frame, found \(frames)", advice: "write 1") }
    return FrameStream(input.channels, hertz: input.hertz.map { $0 / Double(frames) })
  }

  func makeProcessor(for input: FrameStream) -> Processor {
    Processor(frames: frames, sums: Array(repeating: 0, count: input.channels.count))
  }

  struct Processor: FrameProcessor {
    let frames: Int
    var sums: [Float]
    var count = 0
    var stamp: FrameStamp?

    mutating func process(_ frame: Frame, into output: inout FrameOutput) {
      for channel in sums.indices { sums[channel] += frame[channel] }
      count += 1
      stamp = frame.stamp
      if count == frames { give(&output) }
    }

    mutating func finish(into output: inout FrameOutput) { if count > 0 { give(&output) } }

    private mutating func give(_ output: inout FrameOutput) {
      guard let stamp else { return }
      output.append(stamp)
      for channel in sums.indices {
        output[channel] = sums[channel] / Float(count)
        sums[channel] = 0
      }
      count = 0
    }
  }
}

/// A stage that does what a test tells it to do wrong.
struct Faulty: FrameStage {
  enum Fault: Hashable {
    case throwing
    case infinity(at: Int)
    case backwards
    case twins
    case nothing
    case rememberingRuns
  }

  struct Trouble: Error, CustomStringConvertible { var description: String { "the sensor is on fire" } }

  static let name = "Faulty"
  static let version: Int? = 1
  var fault: Fault

  nonisolated(unsafe) static var runs = 0

  func output(for input: FrameStream) throws(StageMisfit) -> FrameStream {
    switch fault {
    case .twins: input.adding(input.channels[0].name)
    case .nothing: FrameStream([])
    default: input
    }
  }

  func makeProcessor(for input: FrameStream) -> Processor {
    Self.runs += 1
    return Processor(fault: fault, run: Self.runs)
  }

  struct Processor: FrameProcessor {
    let fault: Fault
    let run: Int
    var count = 0

    mutating func process(_ frame: Frame, into output: inout FrameOutput) throws {
      count += 1
      switch fault {
      case .throwing: throw Trouble()
      case .backwards: output.append(frame.stamp.moved(toNanoseconds: -frame.stamp.timeNanoseconds))
      default: output.append(frame.stamp)
      }
      output.copy(frame)
      if case .infinity(let place) = fault, count == place { output[0] = .infinity }
      if fault == .rememberingRuns { output[0] = Float(run) }
    }
  }
}

/// Called like a stage of Martlet's.
struct Window2: FrameStage {
  static let name = "Window"
  func output(for input: FrameStream) -> FrameStream { input }
  func makeProcessor(for input: FrameStream) -> Rate.Processor { Rate.Processor(sources: [], width: 0, scale: 1) }
}

/// No file could say its name.
struct Unspeakable: FrameStage {
  static let name = ") { ( \\\u{7}"
  func output(for input: FrameStream) -> FrameStream { input }
  func makeProcessor(for input: FrameStream) -> Rate.Processor { Rate.Processor(sources: [], width: 0, scale: 1) }
}
