import Foundation
import PipelineModel
import Reports
import SensorLogs
import Signal
import Synchronization

/// Decodes recordings one after the other into a ring, on a thread of its own.
///
/// Each frame goes the way that `FramePath` describes: units, quality, filters, rate. When the ring is full the
/// decoder waits: nothing is lost.
///
/// `@unchecked Sendable`: the stored producer, map and counts are touched by the decoding thread only, from
/// the start of `run` to its end; others read `outcome` afterwards and `segmentOwners` under its lock.
final class RecordingDecoder: @unchecked Sendable {
  struct Counts: Sendable {
    var frames = 0
    var bytesRead = 0
    var bytesDecoded = 0
    var losses: [String] = []
    var lossCount = 0
    /// One for each recording.
    var recordings: [RecordingMetrics] = []
    var timelines: [RecordingTimeline] = []
  }

  private let recordings: [Recording]
  private let ingest: CheckedIngest
  /// The channels that are read, in order.
  private let names: [String]
  private var producer: FrameProducer
  private let bells: RingBells
  private let observer: RunObserver
  private let probe: FrameProbe?
  private(set) var labels: LabelMap
  private(set) var counts = Counts()
  private(set) var findings = IngestFindings()
  /// Where no window may lie.
  private(set) var suspects = SuspectSpans()
  private(set) var failure: RunError?
  /// Of each channel, as the first recording that tells states it, or as converted.
  private(set) var units: [String?]
  /// The channels of the first recording, in the order in which it gives them.
  private(set) var readNames: [String] = []
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
    recordings: [Recording], ingest: CheckedIngest, names: [String], producer: consuming FrameProducer,
    bells: RingBells, observer: RunObserver, probe: FrameProbe? = nil
  ) {
    self.recordings = recordings
    self.ingest = ingest
    self.names = names
    self.producer = producer
    self.bells = bells
    self.observer = observer
    self.probe = probe
    labels = LabelMap(ingest.labels)
    units = names.map { _ in nil }
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
    bells.published.ring()
  }

  private func decode(_ index: Int) throws(RunError) {
    let recording = recordings[index]
    let reader = try recording.open(ingest.written, findings: &findings)
    let conversion = try check(reader.schema, of: recording)
    if index == 0 { readNames = reader.schema.channels.map(\.name) }
    let batchFrames = FrameBatch.frames(ofChannels: reader.schema.channels.count)
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: batchFrames)
    var path: FramePath?
    var meter = RecordingMeter(gapLimitNanoseconds: 1)
    var known = 0
    var classes: [Int32] = []
    while true {
      do {
        guard try reader.read(into: &batch, maximumFrames: batchFrames) else { break }
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
        path = try FramePath(
          ingest, names: names, conversion: conversion, firstBatch: batch, path: recording.path,
          tap: probe.map { FrameTap(probe: $0, recording: index) })
        let timing = RecordingTiming(batch.times, ingest: ingest.written)
        meter = RecordingMeter(gapLimitNanoseconds: timing.gapLimitNanoseconds)
      }
      meter.add(batch.times, segments: batch.segments)
      try path?.push(batch, classes: classes) { headers, values in
        self.append(headers, values, recording: index)
      }
      observer.progress(
        .reading(path: recording.path, bytesRead: finishedBytes + reader.counters.bytesRead, bytesTotal: totalBytes))
    }
    try path?.finish { headers, values in self.append(headers, values, recording: index) }
    finishedBytes += recording.byteCount
    if let path { suspects.append(path.suspects, segmentOffset: nextSegment) }
    // The next recording's segments must not continue this one's.
    nextSegment += (path?.segments ?? 0) + 1
    var found = IngestFindings()
    path?.report(into: &found)
    findings.add(found)
    note(reader)
    counts.recordings.append(
      meter.metrics(
        file: URL(fileURLWithPath: recording.path).lastPathComponent, subject: recording.subject, findings: found,
        losses: reader.losses.total))
    counts.timelines.append(meter.timeline)
    counts.frames += reader.counters.frames
    counts.bytesRead += reader.counters.bytesRead
    counts.bytesDecoded += reader.counters.bytesDecoded
  }

  /// A recording that gave no frame at all has losses too.
  private func note(_ reader: any LogReader) {
    counts.lossCount += reader.losses.total
    for loss in reader.losses.first.prefix(16) where counts.losses.count < 64 {
      counts.losses.append("\(reader.path): \(loss)")
    }
  }

  /// Recordings that are read together have the same channels in the same units, once what is to be converted is.
  private func check(_ found: LogSchema, of recording: Recording) throws(RunError) -> UnitConversion {
    let foundNames = found.channels.map(\.name)
    let optional = ingest.written.optionalChannels
    guard names.filter({ foundNames.contains($0) || optional[$0] == nil }) == foundNames else {
      throw .channelsDiffer(path: recording.path, expected: names, found: foundNames)
    }
    let conversion = try UnitConversion(
      names: names, recording: found.channels, ingest: ingest.written, path: recording.path)
    for (c, unit) in conversion.units.enumerated() {
      guard let unit else { continue }
      if let expected = units[c], !Self.isSame(unit, expected) {
        throw .unitsDiffer(channel: names[c], path: recording.path, expected: expected, found: unit)
      }
      units[c] = units[c] ?? unit
    }
    return conversion
  }

  /// Whether two texts mean one unit: `m/s^2` is `m/s²`.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    if a == b { return true }
    guard let first = MeasurementUnit(a), let second = MeasurementUnit(b) else { return false }
    return first == second
  }

  /// Windows of a number of samples mean one thing only at one rate, and frames are not made up by the hundred.
  private func checkRate(_ times: [Int64], of recording: Recording) throws(RunError) {
    guard let rate = try ingest.recordedRate(times, of: recording.path), ingest.resample == nil else { return }
    if let expected = rateHz, abs(rate - expected) > 0.05 * expected {
      throw .ratesDiffer(path: recording.path, expectedHz: expected, foundHz: rate)
    }
    rateHz = rateHz ?? rate
  }

  /// Brings frames into the ring and waits for room where there is none.
  private func append(_ found: Span<FrameHeader>, _ values: Span<Float>, recording: Int) {
    own(found[found.count - 1].segment + nextSegment, recording)
    guard nextSegment > 0 else { return append(found, values) }
    var headers: [FrameHeader] = []
    headers.append(addingCapacity: found.count) { headers in
      for index in found.indices {
        var header = found[index]
        header.segment += nextSegment
        headers.append(header)
      }
    }
    append(headers.span, values)
  }

  private func append(_ headers: Span<FrameHeader>, _ values: Span<Float>) {
    let channels = values.count / headers.count
    var done = 0
    while true {
      done += producer.append(headers.extracting(done...), values: values.extracting((done * channels)...))
      producer.publish()
      bells.published.ring()
      if done == headers.count { return }
      bells.taken.wait(milliseconds: 100, unless: { producer.roomFrames() > 0 })
    }
  }

  /// Notes whose segments those up to this one are.
  private func own(_ segment: Int32, _ recording: Int) {
    guard segment > lastOwned else { return }
    segmentOwners.withLock { owners in
      while owners.count <= Int(segment) { owners.append(recording) }
    }
    lastOwned = segment
  }
}
