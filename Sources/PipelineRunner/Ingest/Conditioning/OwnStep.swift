import PipelineModel
import Signal

/// A stage of the program's own on the way of one recording's frames: a processor for each segment.
final class OwnStep<Stage: FrameStage>: PathStep {
  private let stage: Stage
  private let input: FrameStream
  private let path: String
  private let names: [String]
  private var processor: Stage.Processor?
  private var segment: Int32?
  private var lastTime: Int64?
  private var held: FrameOutput

  let channels: Int

  init(_ stage: Stage, from input: FrameStream, to output: FrameStream, path: String) throws(StageMisfit) {
    self.stage = stage
    self.input = input
    self.path = path
    names = output.channelNames
    channels = output.channels.count
    held = FrameOutput(channels: output.channels.count)
    // What it objects to is to be known before the first frame.
    processor = try stage.makeProcessor(for: input)
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    try writing(to: &output) { (held) throws(RunError) in
      try input.forEachFrame { (_, header, values) throws(RunError) in
        if header.segment != segment { try begin(header.segment, into: &held) }
        let start = held.headers.count
        held.forgetFrame()
        do {
          try processor?.process(Frame(FrameStamp(header), values), into: &held)
        } catch {
          throw failure("stopped: \(error)")
        }
        try check(held, from: start)
      }
    }
  }

  func finish(into output: inout FrameBlock) throws(RunError) {
    try writing(to: &output) { (held) throws(RunError) in try end(into: &held) }
    segment = nil
  }

  private func begin(_ next: Int32, into held: inout FrameOutput) throws(RunError) {
    if segment != nil {
      try end(into: &held)
      do {
        processor = try stage.makeProcessor(for: input)
      } catch {
        throw .stageDoesNotFit(stage: Stage.name, path: path, error)
      }
    }
    segment = next
    held.segment = next
    lastTime = nil
  }

  private func end(into held: inout FrameOutput) throws(RunError) {
    guard segment != nil else { return }
    let start = held.headers.count
    held.forgetFrame()
    do {
      try processor?.finish(into: &held)
    } catch {
      throw failure("stopped: \(error)")
    }
    try check(held, from: start)
  }

  /// Lends the block's memory to the output that processors write to.
  private func writing(
    to block: inout FrameBlock, _ body: (inout FrameOutput) throws(RunError) -> Void
  ) throws(RunError) {
    var output = FrameOutput(channels: 1)
    swap(&output, &held)
    swap(&output.headers, &block.headers)
    swap(&output.values, &block.values)
    defer {
      swap(&output.headers, &block.headers)
      swap(&output.values, &block.values)
      swap(&output, &held)
    }
    try body(&output)
  }

  /// Frames are to be in order, and values numbers: what follows counts on both.
  private func check(_ output: FrameOutput, from start: Int) throws(RunError) {
    for row in start..<output.headers.count {
      let time = output.headers[row].timeNanoseconds
      if let last = lastTime, time < last {
        throw failure(
          "gave a frame of \(Self.seconds(time)) s behind one of \(Self.seconds(last)) s; keep them in order")
      }
      lastTime = time
      for channel in 0..<output.channels where !output.values[row * output.channels + channel].isFinite {
        throw failure(
          "gave \(output.values[row * output.channels + channel]) as \"\(names[channel])\" at \(Self.seconds(time)) s; "
            + "give numbers only, or no frame")
      }
    }
  }

  private func failure(_ reason: String) -> RunError { .stageFailed(stage: Stage.name, path: path, reason: reason) }

  private static func seconds(_ nanoseconds: Int64) -> String { "\(Double(nanoseconds) / 1e9)" }
}

extension OwnStage {
  /// The stage at work on one recording.
  func step(from input: FrameStream, to output: FrameStream, path: String) throws(StageMisfit) -> any PathStep {
    func make<Stage: FrameStage>(_ stage: Stage) throws(StageMisfit) -> any PathStep {
      try OwnStep(stage, from: input, to: output, path: path)
    }
    return try make(stage)
  }
}
