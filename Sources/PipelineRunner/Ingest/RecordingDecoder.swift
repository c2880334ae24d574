import Foundation
import PipelineModel
import SensorLogs
import Signal
import Synchronization

/// Decodes recordings one after the other into a ring, on a thread of its own.
///
/// Each frame passes the quality check and, if the pipeline says so, the resampler. When the ring is full
/// the decoder waits: nothing is lost.
///
/// `@unchecked Sendable`: the stored producer, map and counts are touched by the decoding thread only, from
/// the start of `run` to its end; others read `outcome` afterwards and `segmentOwners` under its lock.
final class RecordingDecoder: @unchecked Sendable {
  struct Counts: Sendable {
    var frames = 0
    var bytesRead = 0
    var bytesDecoded = 0
    var gaps = 0
    var droppedFrames = 0
    var duplicateFrames = 0
    var nonFiniteFrames = 0
    var stepsBackwards = 0
    var losses: [String] = []
    var lossCount = 0
  }

  private let recordings: [Recording]
  private let ingest: CheckedIngest
  private let schema: LogSchema
  private var producer: FrameProducer
  private let observer: RunObserver
  private(set) var labels: LabelMap
  private(set) var counts = Counts()
  private(set) var failure: RunError?
  private var units: [String?]
  private var nextSegment: Int32 = 0
  /// The highest segment whose recording is known to readers.
  private var lastOwned: Int32 = -1
  /// Of the first recording from which it can be told.
  private var rateHz: Double?
  private let totalBytes: Int
  private var finishedBytes = 0

  /// The recording behind each segment number that frames in the ring carry.
  let segmentOwners = Mutex<[Int]>([])

  init(
    recordings: [Recording], ingest: CheckedIngest, schema: LogSchema, producer: consuming FrameProducer,
    observer: RunObserver
  ) {
    self.recordings = recordings
    self.ingest = ingest
    self.schema = schema
    self.producer = producer
    self.observer = observer
    labels = LabelMap(ingest.labels)
    units = schema.channels.map(\.unit)
    totalBytes = recordings.reduce(0) { $0 + $1.byteCount }
  }

  /// Decodes everything; closes the ring at the end, or fails it after an error.
  func run() {
    do throws(RunError) {
      for index in recordings.indices { try decode(index) }
      producer.close()
    } catch {
      failure = error
      producer.fail(code: 1)
    }
  }

  private func decode(_ index: Int) throws(RunError) {
    let recording = recordings[index]
    let reader: any LogReader
    do {
      reader = try SensorLog.open(recording.path, options: recording.options)
    } catch {
      throw .unreadable(error)
    }
    try check(reader.schema, of: recording)
    var batch = FrameBatch(channelCount: schema.channels.count, capacity: 4096)
    var path: FramePath?
    var known = 0
    var classes: [Int32] = []
    while true {
      do {
        guard try reader.read(into: &batch, maximumFrames: 4096) else { break }
      } catch {
        throw .unreadable(error)
      }
      if observer.isCancelled() { throw .cancelled }
      while known < reader.labelNames.count {
        classes.append(labels.index(of: reader.labelNames[known]))
        known += 1
      }
      if path == nil {
        try checkRate(batch.times, of: recording)
        path = FramePath(ingest, firstBatch: batch)
      }
      path?.push(batch, classes: classes) { header, values in
        self.append(header, values, recording: index)
      }
      producer.publish()
      observer.progress(
        .reading(path: recording.path, bytesRead: finishedBytes + reader.counters.bytesRead, bytesTotal: totalBytes))
    }
    finishedBytes += recording.byteCount
    // The next recording's segments must not continue this one's.
    nextSegment += (path?.segments ?? 0) + 1
    if let path { note(path, reader) }
    counts.frames += reader.counters.frames
    counts.bytesRead += reader.counters.bytesRead
    counts.bytesDecoded += reader.counters.bytesDecoded
  }

  private func note(_ path: borrowing FramePath, _ reader: any LogReader) {
    counts.gaps += Int(path.quality.counts.gaps)
    counts.droppedFrames += Int(path.quality.counts.droppedFrames)
    counts.duplicateFrames += Int(path.quality.counts.duplicateFrames)
    counts.nonFiniteFrames += Int(path.quality.counts.nonFiniteFrames)
    counts.stepsBackwards += Int(path.quality.counts.stepsBackwards)
    counts.lossCount += reader.losses.total
    for loss in reader.losses.first.prefix(16) where counts.losses.count < 64 {
      counts.losses.append("\(reader.path): \(loss)")
    }
  }

  private func check(_ found: LogSchema, of recording: Recording) throws(RunError) {
    let names = schema.channels.map(\.name)
    guard found.channels.map(\.name) == names else {
      throw .channelsDiffer(path: recording.path, expected: names, found: found.channels.map(\.name))
    }
    for (c, channel) in found.channels.enumerated() {
      if let unit = channel.unit, let expected = units[c], unit != expected {
        throw .unitsDiffer(channel: channel.name, path: recording.path, expected: expected, found: unit)
      }
      units[c] = units[c] ?? channel.unit
    }
  }

  /// Windows of a number of samples mean one thing only at one rate, and frames are not made up by the hundred.
  private func checkRate(_ times: [Int64], of recording: Recording) throws(RunError) {
    guard let period = FramePath.medianPeriod(times) else { return }
    let rate = 1e9 / Double(period)
    if let wanted = ingest.resample?.hertz {
      guard wanted <= 100 * rate else {
        throw .cannotResample(path: recording.path, foundHz: rate, wantedHz: wanted)
      }
      return
    }
    if let expected = rateHz, abs(rate - expected) > 0.05 * expected {
      throw .ratesDiffer(path: recording.path, expectedHz: expected, foundHz: rate)
    }
    rateHz = rateHz ?? rate
  }

  private func append(_ header: FrameHeader, _ values: Span<Float>, recording: Int) {
    var header = header
    header.segment += nextSegment
    if header.segment > lastOwned {
      segmentOwners.withLock { owners in
        while owners.count <= Int(header.segment) { owners.append(recording) }
      }
      lastOwned = header.segment
    }
    while !producer.append(header, values: values) {
      producer.publish()
      Thread.sleep(forTimeInterval: 0.000_05)
    }
  }
}

/// The way of a recording's frames from the decoder to the ring: quality check, then resampling.
struct FramePath: ~Copyable {
  var quality: StreamQuality
  private var resampler: LinearResampler?
  /// Segments given out so far.
  private(set) var segments: Int32 = 0

  init(_ ingest: CheckedIngest, firstBatch batch: borrowing FrameBatch) {
    let limit: Int64
    if let seconds = ingest.gaps?.longerThanSeconds {
      limit = max(1, Int64(seconds * 1e9))
    } else if let period = Self.medianPeriod(batch.times) {
      limit = period.addingReportingOverflow(period / 2).overflow ? .max : period + period / 2
    } else {
      // A single frame, or frames of one time: there is nothing between them.
      limit = 1
    }
    quality = StreamQuality(gapLimitNanoseconds: limit)
    if let hertz = ingest.resample?.hertz {
      let rate = SampleRate(millihertz: Int64((hertz * 1000).rounded()))
      resampler = LinearResampler(
        channels: batch.channelCount, rate: rate, gapLimitNanoseconds: max(limit, rate.periodNanoseconds))
    } else {
      resampler = nil
    }
  }

  static func medianPeriod(_ times: [Int64]) -> Int64? {
    let steps = zip(times, times.dropFirst()).map { before, after in
      let (step, overflow) = after.subtractingReportingOverflow(before)
      return overflow ? 0 : step
    }.filter { $0 > 0 }.sorted()
    return steps.isEmpty ? nil : steps[steps.count / 2]
  }

  mutating func push(_ batch: FrameBatch, classes: [Int32], _ emit: (FrameHeader, Span<Float>) -> Void) {
    let channels = batch.channelCount
    var input = [Float](repeating: 0, count: channels)
    var output = input
    var quality = self.quality
    var segments = self.segments
    var resampler = self.resampler.take()
    for i in 0..<batch.count {
      for c in 0..<channels { input[c] = Float(batch.values[i * channels + c]) }
      let label = batch.labels[i]
      var header = FrameHeader(
        timeNanoseconds: batch.times[i], label: label < 0 ? -1 : classes[Int(label)], segment: batch.segments[i])
      guard case .admitted(let segment) = quality.admit(header, values: input.span) else { continue }
      header.segment = segment
      guard resampler != nil else {
        segments = max(segments, header.segment)
        emit(header, input.span)
        continue
      }
      resampler?.push(header, values: input.span)
      while true {
        var span = output.mutableSpan
        guard let resampled = resampler?.next(into: &span) else { break }
        segments = max(segments, resampled.segment)
        emit(resampled, output.span)
      }
    }
    self.quality = quality
    self.segments = segments
    self.resampler = resampler
  }
}
