public import Learning
import Foundation
import PipelineModel
public import Reports
import SensorLogs
import Signal
import Tensors

/// What ingesting recordings brought.
public struct IngestedWindows: Sendable {
  /// As measured: not normalised, rotated where the pipeline says so, unless they were asked for as recorded.
  public var windows: WindowSet
  public var channelNames: [String]
  public var channelUnits: [String?]
  public var sampleRateHz: Double
  public var heldOut: Set<Int>
  public var summary: IngestSummary
}

public struct IngestSummary: Sendable, Hashable, Codable {
  public var files = 0
  public var frames = 0
  public var windows = 0
  public var bytesRead = 0
  public var bytesDecoded = 0
  public var unlabelledFrames = 0
  public var leftoverFrames = 0
  /// Windows left out because a frame in them is not to be used.
  public var rejectedWindows = 0
  /// Windows left out because too few of their frames have the window's label.
  public var ambiguousWindows = 0
  /// What was wrong with the frames.
  public var findings = IngestFindings()
  /// The first losses as sentences, and how many there were.
  public var losses: [String] = []
  public var lossCount = 0
  /// One for each file, in the order in which they were read.
  public var recordings: [RecordingMetrics] = []
  /// Parallel to `recordings`.
  public var timelines: [RecordingTimeline] = []
}

/// Reads a pipeline's recordings and cuts labelled windows.
struct Ingestion {
  let ingest: CheckedIngest
  let observer: RunObserver
  let environment: [String: String]
  /// Whether someone must be left to train on.
  var needsTrainingSubjects = false
  /// Whether windows are turned as the pipeline says; else they stay as recorded.
  var rotates = true
  /// Where windows may be kept from an earlier run.
  var results: StageResults?

  func run() throws(RunError) -> IngestedWindows {
    let recordings = try ingest.recordings(environment: environment)
    let subjects = try Subjects(of: recordings, split: ingest.split)
    if needsTrainingSubjects, subjects.heldOut.count == subjects.names.count { throw .noTrainingWindows }
    // Where a part of each subject is held out, each is on both sides.
    let sides = ingest.split.holdOut == nil ? [[], Set(subjects.names.indices)] : [subjects.heldOut]
    for heldOut in sides { try ingest.rotate?.check(subjects.names, heldOut: heldOut, environment: environment) }
    var ingested: IngestedWindows
    if let results {
      let kept = try results.result(of: .ingest) { () throws(RunError) in
        KeptWindows(try read(recordings, subjects))
      }
      ingested = IngestedWindows(
        windows: kept.windows, channelNames: kept.channelNames, channelUnits: kept.channelUnits,
        sampleRateHz: kept.sampleRateHz, heldOut: subjects.heldOut, summary: kept.summary)
    } else {
      ingested = try read(recordings, subjects)
    }
    if let share = ingest.split.holdOutLast {
      ingested.heldOut = ingested.windows.holdOutLast(share)
      ingested.summary.windows = ingested.windows.count
    }
    if let rotate = ingest.rotate, rotates {
      try rotate.apply(
        to: &ingested.windows, channels: ingested.channelNames, heldOut: ingested.heldOut, environment: environment)
    }
    return ingested
  }

  /// Reads windows as recorded.
  private func read(_ recordings: [Recording], _ subjects: Subjects) throws(RunError) -> IngestedWindows {
    let names = try recordings[0].channelNames(ingest.written)
    let plan = try ConditioningPlan(ingest.written, names: names)
    var collector = WindowCollector()
    let (decoder, cutter) = try decode(recordings, names: names, plan) { window, values, recording in
      collector.keep(window, values, recording: recording)
    }
    collector.reject(decoder.suspects)
    return try finish(collector, decoder, cutter, subjects, plan)
  }

  /// Hands out each window of the recordings as a view of the ring, in order, and keeps none.
  func forEachWindow(_ body: (StreamedWindow, Span<Float>) -> Void) throws(RunError) -> StreamedWindows {
    let recordings = try ingest.recordings(environment: environment)
    let names = try recordings[0].channelNames(ingest.written)
    let plan = try ConditioningPlan(ingest.written, names: names)
    let (decoder, cutter) = try decode(recordings, names: names, plan) { window, values, recording in
      body(StreamedWindow(window, recording: recording), values)
    }
    var summary = summary(decoder, cutter, files: recordings.count)
    summary.windows = Int(cutter.counts.windows)
    return StreamedWindows(
      paths: recordings.map(\.path), channelNames: plan.finalNames, channelUnits: plan.units(of: decoder.units),
      sampleRateHz: rate(cutter), labelNames: decoder.labels.names, summary: summary)
  }

  /// What is left of cutting windows when the last has been handed out.
  typealias Cut = (counts: SlidingWindow.Counts, periodNanoseconds: Int64)

  /// Decodes on a thread of its own and cuts windows on this one.
  ///
  /// - Parameter take: Called for each window with its values and the recording it is of.
  func decode(
    _ recordings: [Recording], names: [String], _ plan: ConditioningPlan, probe: FrameProbe? = nil,
    _ take: (CutWindow, Span<Float>, Int) -> Void
  ) throws(RunError) -> (RecordingDecoder, Cut) {
    var ring = FrameRing(
      shape: FrameRingShape(
        channels: plan.finalNames.count, capacityFrames: max(8192, 4 * ingest.lengthSamples),
        longestWindowFrames: ingest.lengthSamples))
    let bells = RingBells()
    let decoder = RecordingDecoder(
      recordings: recordings, ingest: ingest, names: names, producer: ring.takeProducer(), bells: bells,
      observer: observer, probe: probe)
    var cutter = WindowCutter(reader: ring.takeReader(), bells: bells, ingest: ingest)
    let thread = Thread { decoder.run() }
    thread.name = "martlet decoder"
    thread.stackSize = 1 << 20
    thread.start()
    cutter.run { window, values in
      take(window, values, decoder.segmentOwners.withLock { $0[Int(window.placement.segment)] })
    }
    if let failure = decoder.failure { throw failure }
    return (decoder, (cutter.counts, cutter.periodNanoseconds))
  }

  private func finish(
    _ collector: WindowCollector, _ decoder: RecordingDecoder, _ cutter: Cut, _ subjects: Subjects,
    _ plan: ConditioningPlan
  ) throws(RunError) -> IngestedWindows {
    let (names, places) = decoder.labels.finished()
    guard !collector.isFull else { throw .tooManyWindows(limitBytes: WindowCollector.limitBytes) }
    guard !collector.labels.isEmpty else {
      throw .noWindows(
        frames: decoder.counts.frames, unlabelledFrames: Int(cutter.counts.unlabelledFrames),
        windowSamples: ingest.lengthSamples, rejected: collector.rejectedWindows, firstLoss: decoder.counts.losses.first
      )
    }
    guard names.count >= 2 else { throw .tooFewClasses(found: names) }
    let windows = WindowSet(
      shape: ActivationShape(length: ingest.lengthSamples, channels: plan.finalNames.count),
      values: collector.values, labels: collector.labels.map { places[Int($0)] },
      subjects: collector.recordings.map { subjects.ofRecording[$0] }, recordings: collector.recordings,
      startFrames: collector.startFrames, stretches: collector.stretches, startNanoseconds: collector.startTimes,
      classNames: names, subjectNames: subjects.names)
    var summary = summary(decoder, cutter, files: subjects.ofRecording.count)
    summary.windows = windows.count
    summary.rejectedWindows = collector.rejectedWindows
    return IngestedWindows(
      windows: windows, channelNames: plan.finalNames, channelUnits: plan.units(of: decoder.units),
      sampleRateHz: rate(cutter), heldOut: subjects.heldOut, summary: summary)
  }

  func rate(_ cutter: Cut) -> Double { ingest.resample?.hertz ?? 1e9 / Double(cutter.periodNanoseconds) }

  func summary(_ decoder: RecordingDecoder, _ cutter: Cut, files: Int) -> IngestSummary {
    var summary = IngestSummary()
    summary.files = files
    summary.frames = decoder.counts.frames
    summary.bytesRead = decoder.counts.bytesRead
    summary.bytesDecoded = decoder.counts.bytesDecoded
    summary.findings = decoder.findings
    for label in decoder.labels.unknown {
      summary.findings.unknownLabels[label] = .some(nearestName(to: label, in: ingest.labels.names ?? []))
    }
    summary.ambiguousWindows = Int(cutter.counts.ambiguousWindows)
    summary.unlabelledFrames = Int(cutter.counts.unlabelledFrames)
    summary.leftoverFrames = Int(cutter.counts.leftoverFrames)
    summary.losses = decoder.counts.losses
    summary.lossCount = decoder.counts.lossCount
    summary.recordings = decoder.counts.recordings
    summary.timelines = decoder.counts.timelines
    return summary
  }
}

/// Who the recordings are of, and who is held out; known from the names of the files.
private struct Subjects {
  /// In order of first recording.
  var names: [String] = []
  var ofRecording: [Int] = []
  var heldOut: Set<Int> = []

  init(of recordings: [Recording], split: Split) throws(RunError) {
    for recording in recordings {
      if !names.contains(recording.subject) { names.append(recording.subject) }
      ofRecording.append(names.firstIndex(of: recording.subject) ?? 0)
    }
    for name in split.holdOut ?? [] {
      guard let index = names.firstIndex(of: name) else { throw .unknownSubject(name, known: names) }
      heldOut.insert(index)
    }
  }
}
