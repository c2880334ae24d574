public import PipelineModel
public import PipelineRunner
import Signal

extension FrameStage {
  /// Runs the stage alone over a stream, as a pipeline would, and collects what it gives.
  ///
  /// - Parameters:
  ///   - batchFrames: How many frames are delivered at a time.
  ///   - gapSeconds: A longer step begins a new segment, and so does a step back; by default one and a half times the
  ///     usual step.
  /// - Throws: what the stage throws, wrapped as a run would, `.stageDoesNotFit` if it does not take the stream.
  public func frames(
    from stream: TestStream, batchFrames: Int = .max, gapSeconds: Double? = nil
  ) throws(RunError) -> CollectedFrames {
    let labels = Array(Set(stream.frames.compactMap(\.label))).sorted()
    let limit = gapSeconds.map(TestStream.nanoseconds) ?? stream.hertz.map { Int64(1.5e9 / $0) } ?? .max
    var headers: [FrameHeader] = []
    for frame in stream.frames {
      var segment = headers.last?.segment ?? 0
      if let last = headers.last {
        let (step, overflow) = frame.timeNanoseconds.subtractingReportingOverflow(last.timeNanoseconds)
        if overflow || step < 0 || step > limit { segment += 1 }
      }
      let label = frame.label.flatMap(labels.firstIndex)
      headers.append(
        FrameHeader(
          timeNanoseconds: frame.timeNanoseconds, label: label.map { Int32($0) } ?? FrameHeader.unlabelled,
          segment: segment))
    }
    let found = try StageTrial.run(
      OwnStage(self), on: FrameStream(stream.channels, hertz: stream.hertz), headers: headers,
      values: stream.frames.flatMap(\.values), batchFrames: batchFrames)
    let channels = found.stream.channels.count
    return CollectedFrames(
      stream: found.stream,
      frames: found.headers.enumerated().map { index, header in
        CollectedFrames.Frame(
          timeNanoseconds: header.timeNanoseconds,
          values: Array(found.values[index * channels..<(index + 1) * channels]), segment: Int(header.segment),
          label: header.isLabelled ? labels[Int(header.label)] : nil)
      })
  }

  /// Runs the stage over a stream delivered in batches of every size, and every size twice.
  ///
  /// What comes out may follow from the frames alone. A stage that keeps something where the next run finds it, in an object
  /// or a static property, gives itself away here.
  ///
  /// - Parameter largestBatch: Batches of 1, 2, … up to so many frames, and all at once.
  /// - Throws: `BatchDependence` at the first difference; `RunError` where the stage fails.
  @discardableResult
  public func framesInEveryBatching(
    from stream: TestStream, largestBatch: Int = 64, gapSeconds: Double? = nil
  ) throws -> CollectedFrames {
    let whole = try frames(from: stream, gapSeconds: gapSeconds)
    for size in Array(1...max(1, min(largestBatch, stream.frames.count))) + [.max] {
      for _ in 0..<2 {
        let found = try frames(from: stream, batchFrames: size, gapSeconds: gapSeconds)
        guard found.frames != whole.frames else { continue }
        let place = zip(found.frames, whole.frames).enumerated().first { $1.0 != $1.1 }?.offset
        throw BatchDependence(
          stage: Self.name, batchFrames: size, frame: place ?? min(found.count, whole.count),
          found: found.count, expected: whole.count)
      }
    }
    return whole
  }
}

/// A stage gave other frames when they came in other batches, or when it ran again.
public struct BatchDependence: Error, Sendable, Hashable, CustomStringConvertible {
  public let stage: String
  public let batchFrames: Int
  /// The first frame that differs.
  public let frame: Int
  public let found: Int
  public let expected: Int

  public var description: String {
    "'\(stage)' gave \(found) frames in batches of \(batchFrames == .max ? "all" : "\(batchFrames)") and \(expected) "
      + "before; frame \(frame) is the first that differs. Keep what changes in the processor"
  }
}
