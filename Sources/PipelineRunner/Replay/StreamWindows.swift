import PipelineModel
import SensorLogs
import Signal

/// Cuts windows out of one recording while it is played, exactly as ingestion cuts them out of the file.
///
/// Frames go through the pipeline's own `FramePath`, and through `SlidingWindow` with the pipeline's lengths. Frames
/// without a label are cut too, in stretches of their own: they change no window that ingestion would cut.
final class StreamWindows {
  struct Window {
    var startNanoseconds: Int64
    var endNanoseconds: Int64
    /// The class, or -1.
    var label: Int32
  }

  /// In place of the label of frames that have none, so that windows can be cut of them.
  private static let unlabelled = Int32.max

  private let path: FramePath
  private var producer: FrameProducer
  private var reader: FrameReader
  private var window: SlidingWindow
  private let length: Int
  private var batch: FrameBatch

  /// What the path's segments and the presence of labels make of the stream.
  private var segment: Int32 = -1
  private var pathSegment: Int32?
  private var wasLabelled = false

  /// The source's, which break where frames are missing.
  private var sourceSegment: Int32 = 0
  private var lastFrame: (segment: Int32, loop: Int, lostFrames: UInt64)?

  init(
    _ ingest: CheckedIngest, channels: ReplayChannels, schema: LogSchema, firstTimes: [Int64], path name: String
  ) throws(RunError) {
    length = ingest.lengthSamples
    var first = FrameBatch(channelCount: schema.channels.count, capacity: firstTimes.count)
    let nothing = [Double](repeating: .nan, count: schema.channels.count)
    for time in firstTimes { first.append(time: time, values: nothing) }
    path = try FramePath(
      ingest, names: channels.names, conversion: channels.conversion, firstBatch: first, path: name)
    var ring = FrameRing(
      shape: FrameRingShape(
        channels: channels.finalNames.count, capacityFrames: ingest.lengthSamples + 1,
        longestWindowFrames: ingest.lengthSamples))
    producer = ring.takeProducer()
    reader = ring.takeReader()
    // Gaps are segments already; this limit only needs to lie above every step inside one.
    window = SlidingWindow(
      windowFrames: ingest.lengthSamples, hopFrames: ingest.hopSamples, gapLimitNanoseconds: .max,
      labels: WindowCutter.rule(ingest), agreementFrames: WindowCutter.agreementFrames(ingest))
    batch = FrameBatch(channelCount: schema.channels.count, capacity: ReplaySource.batchFrames)
  }

  var waitingFrames: Int { batch.count }

  func report(into findings: inout IngestFindings) { path.report(into: &findings) }

  /// Takes a frame, which `flush` hands on with those before it.
  func add(_ frame: ReplayFrame) {
    if let last = lastFrame, last != (frame.segment, frame.loop, frame.lostFrames) { sourceSegment &+= 1 }
    lastFrame = (frame.segment, frame.loop, frame.lostFrames)
    batch.append(time: frame.timeNanoseconds, values: frame.values, label: frame.label, segment: sourceSegment)
  }

  /// Brings the frames taken so far through the pipeline.
  ///
  /// - Parameters:
  ///   - classes: The class of each label of the recording.
  ///   - emit: Called for each window that they complete, with its values, frame-major.
  func flush(classes: [Int32], _ emit: (Window, Span<Float>) -> Void) throws(RunError) {
    guard !batch.isEmpty else { return }
    try path.push(batch, classes: classes) { headers, values in take(headers, values, emit) }
    batch.removeAll()
  }

  /// The recording has ended: hands on what waited.
  func finish(_ emit: (Window, Span<Float>) -> Void) throws(RunError) {
    try path.finish { headers, values in take(headers, values, emit) }
    window.finish()
  }

  private func take(_ headers: Span<FrameHeader>, _ values: Span<Float>, _ emit: (Window, Span<Float>) -> Void) {
    let channels = values.count / headers.count
    for index in headers.indices {
      take(headers[index], values.extracting(index * channels..<(index + 1) * channels), emit)
    }
  }

  private func take(_ found: FrameHeader, _ values: Span<Float>, _ emit: (Window, Span<Float>) -> Void) {
    if found.segment != pathSegment { path.forgetSuspects(before: found.segment) }
    if found.segment != pathSegment || found.isLabelled != wasLabelled { segment &+= 1 }
    (pathSegment, wasLabelled) = (found.segment, found.isLabelled)
    var header = found
    header.segment = segment
    if !found.isLabelled { header.label = Self.unlabelled }
    let hasRoom = producer.append(header, values: values)
    precondition(hasRoom, "the ring holds a window and the frame behind it")
    producer.publish()
    let available = reader.availableFrames()
    guard let frame = reader.header(at: available - 1) else { return }
    if let placement = window.push(header, streamIndex: frame.streamIndex),
      !isSuspect(found.segment, placement.startTimeNanoseconds, header.timeNanoseconds)
    {
      let label = placement.label == Self.unlabelled ? -1 : placement.label
      let found = Window(
        startNanoseconds: placement.startTimeNanoseconds, endNanoseconds: header.timeNanoseconds, label: label)
      _ = reader.withFrames(at: available - length, count: length) { emit(found, $0) }
    }
    reader.advance(by: available - min(window.framesToKeep, available))
  }

  /// Whether a window of the path's segment holds what is not to be used, as far as that is known by now: that a sensor
  /// is stuck is known only once it has repeated itself often enough, which ingestion waits for and a replay cannot.
  private func isSuspect(_ segment: Int32, _ start: Int64, _ end: Int64) -> Bool {
    for span in path.suspects.reversed() {
      if span.segment < segment { return false }
      if span.segment == segment, span.start <= end, span.end >= start { return true }
    }
    return false
  }
}
