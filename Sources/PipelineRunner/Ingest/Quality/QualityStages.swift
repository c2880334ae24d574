import PipelineModel
import Signal

/// Puts frames that come a little late back into the order of their times.
final class ReorderStage: PathStep {
  let channels: Int
  private var buffer: ReorderBuffer
  private let backwardJump: Int64
  private var newest: FrameHeader?

  init(channels: Int, horizonNanoseconds: Int64, periodNanoseconds: Int64, backwardJumpNanoseconds: Int64) {
    self.channels = channels
    // Twice what a regular stream needs; bursts of late frames lie closer.
    let frames = horizonNanoseconds / max(1, periodNanoseconds)
    buffer = ReorderBuffer(
      channels: channels, horizonNanoseconds: horizonNanoseconds,
      capacityFrames: Int(min(max(2 * frames + 8, 16), 1 << 16)))
    backwardJump = max(backwardJumpNanoseconds, horizonNanoseconds)
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var scratch = [Float](repeating: 0, count: channels)
    try input.forEachFrame { (_, header, values) throws(RunError) in
      if breaks(header) {
        buffer.endSegment()
        drain(&scratch, &output)
        newest = nil
      }
      if (newest?.timeNanoseconds ?? .min) <= header.timeNanoseconds { newest = header }
      _ = buffer.push(header, values: values)
      drain(&scratch, &output)
    }
  }

  func finish(into output: inout FrameBlock) {
    var scratch = [Float](repeating: 0, count: channels)
    buffer.endSegment()
    drain(&scratch, &output)
    newest = nil
  }

  func report(into findings: inout IngestFindings) {
    findings.reorderedFrames += Int(buffer.reorderedFrames)
    findings.lateFrames += Int(buffer.lateFrames)
  }

  /// A clock that was set back is no disorder: what follows has nothing to do with what waits.
  private func breaks(_ header: FrameHeader) -> Bool {
    guard let newest else { return false }
    let (back, overflow) = newest.timeNanoseconds.subtractingReportingOverflow(header.timeNanoseconds)
    return newest.segment != header.segment || (overflow ? header.timeNanoseconds < 0 : back > backwardJump)
  }

  private func drain(_ scratch: inout [Float], _ output: inout FrameBlock) {
    while true {
      var span = scratch.mutableSpan
      guard let header = buffer.next(into: &span) else { return }
      output.append(header, scratch, FrameBlock.Mark())
    }
  }
}

/// Makes one frame, or several at times of their own, of the frames of a burst.
final class DuplicateStage: PathStep {
  let channels: Int
  private var merger: DuplicateMerger

  init(channels: Int, rule: DuplicateMerger.Rule, withinNanoseconds: Int64, periodNanoseconds: Int64) {
    self.channels = channels
    merger = DuplicateMerger(
      channels: channels, rule: rule, burstNanoseconds: withinNanoseconds, periodNanoseconds: periodNanoseconds,
      capacityFrames: rule == .spread ? 1 << 16 : 1)
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var scratch = [Float](repeating: 0, count: channels)
    try input.forEachFrame { (_, header, values) throws(RunError) in
      if !merger.continuesBurst(header) { drain(&scratch, &output) }
      merger.push(header, values: values)
    }
  }

  func finish(into output: inout FrameBlock) {
    var scratch = [Float](repeating: 0, count: channels)
    drain(&scratch, &output)
  }

  func report(into findings: inout IngestFindings) {
    findings.duplicateFrames += Int(merger.mergedFrames)
    findings.spreadFrames += Int(merger.spreadFrames)
  }

  private func drain(_ scratch: inout [Float], _ output: inout FrameBlock) {
    merger.endBurst()
    while true {
      var span = scratch.mutableSpan
      guard let header = merger.next(into: &span) else { return }
      output.append(header, scratch, FrameBlock.Mark())
    }
  }
}

/// Fills short gaps.
final class GapFillStage: PathStep {
  let channels: Int
  private var filler: GapFiller
  private let method: GapFiller.Method
  /// Of the frame before.
  private var lastMark = FrameBlock.Mark()

  init(
    channels: Int, method: GapFiller.Method, periodNanoseconds: Int64, gapLimitNanoseconds: Int64,
    longestNanoseconds: Int64
  ) {
    self.channels = channels
    self.method = method
    filler = GapFiller(
      channels: channels, method: method, periodNanoseconds: periodNanoseconds,
      gapLimitNanoseconds: gapLimitNanoseconds, longestNanoseconds: longestNanoseconds)
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var scratch = [Float](repeating: 0, count: channels)
    try input.forEachFrame { (index, header, values) throws(RunError) in
      var mark = input.mark(of: index)
      let before = filler.filledGaps
      filler.push(header, values: values, afterDrop: mark.followsDrop)
      // What was dropped has been made up for.
      if filler.filledGaps != before { mark.followsDrop = false }
      // What is made of a suspect value is suspect.
      let suspectSince = lastMark.suspectSince ?? (method == .linear ? mark.suspectSince : nil)
      while true {
        var span = scratch.mutableSpan
        guard let filled = filler.next(into: &span) else { break }
        output.append(
          filled, scratch,
          filled == header ? mark : FrameBlock.Mark(suspectSince: suspectSince.map { min($0, filled.timeNanoseconds) }))
      }
      lastMark = mark
    }
  }

  func report(into findings: inout IngestFindings) {
    findings.filledGaps += Int(filler.filledGaps)
    findings.filledFrames += Int(filler.filledFrames)
  }
}
