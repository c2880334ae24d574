import Foundation
import Learning
import PipelineModel
import SensorLogs
import Signal
import Tensors

/// What a test's recordings brought, at the places that it looks at.
struct FedOutcome {
  var frames: [FramePlace: ProbedFrames] = [:]
  /// As cut, turned, and normalised; those that the test looks at.
  var windows: [FramePlace: WindowSet] = [:]
  var channelNames: [FramePlace: [String]] = [:]
  var sampleRateHz = 0.0
  var classNames: [String] = []
  var subjects: [String] = []
  /// When each recording begins; nil where its file tells.
  var origins: [Int64?] = []
  var summary = IngestSummary()
}

/// Sends what a test feeds through the stages that recordings pass.
struct FedIngestion {
  /// Windows of a test: 64 MiB in single precision.
  static let windowBytesLimit = 64 << 20

  let pipeline: CheckedPipeline
  let feeds: [Feed]
  /// Of the pipeline file, in which files to feed are looked for.
  let folder: String
  let environment: [String: String]
  let observer: RunObserver

  /// - Parameter places: Those that the test looks at, in the pipeline's own counting.
  func run(_ places: Set<FramePlace>) throws(RunError) -> FedOutcome {
    let written = pipeline.ingest.written
    guard let first = feeds.first else { return FedOutcome() }
    let entry = first.entry(in: written)
    var outcome = FedOutcome()
    outcome.subjects = []
    let recordings = try feeds.enumerated().map { (index, feed) throws(RunError) in
      try recording(feed, number: index + 1, written)
    }
    outcome.subjects = recordings.map(\.subject)
    outcome.origins = feeds.map { $0.file == nil ? 0 : nil }
    let ingest = pipeline.ingest.entered(at: entry).withSubjects(Set(outcome.subjects))
    var windows: WindowSet
    if first.windows == nil {
      windows = try ingestFrames(recordings, ingest, written, entry, places, &outcome)
    } else {
      windows = fedWindows(outcome.subjects, &outcome)
    }
    try finish(&windows, ingest, places, &outcome)
    return outcome
  }

  private func recording(_ feed: Feed, number: Int, _ ingest: Ingest) throws(RunError) -> Recording {
    let first = ingest.reads.first ?? Read(.csv, "")
    guard let file = feed.file else {
      var options = LogReadOptions()
      if feed.entry(in: ingest) == .read { options.channels = first.channels }
      let frames = feed.windows == nil ? FedFrames(feed, in: ingest, names: feed.channelNames(in: ingest) ?? []) : nil
      return Recording(
        path: "what is fed" + (feeds.count > 1 ? ", \(number)" : ""), subject: feed.subject ?? Test.subject,
        options: options, byteCount: 0, fed: frames)
    }
    var path: String
    do {
      path = try resolvingEnvironment(file, in: environment)
    } catch {
      throw .unknownEnvironmentVariable(error)
    }
    if !path.hasPrefix("/"), !folder.isEmpty { path = folder + "/" + path }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let read = ingest.reads.first { fnmatch($0.files.split(separator: "/").last.map(String.init) ?? "", name, 0) == 0 }
    var options = pipeline.ingest.options(for: read ?? first)
    options.labels = pipeline.ingest.labelSource(for: read ?? first, recording: path)
    return Recording(
      path: path, subject: feed.subject ?? pipeline.ingest.subjects.source.subject(ofFileNamed: name),
      options: options, byteCount: 0)
  }

  /// Decodes, conditions and cuts, as a run does.
  private func ingestFrames(
    _ recordings: [Recording], _ ingest: CheckedIngest, _ written: Ingest, _ entry: FramePlace,
    _ places: Set<FramePlace>, _ outcome: inout FedOutcome
  ) throws(RunError) -> WindowSet {
    // Steps in front of the entry are left out, so that those behind it count from there.
    var skipped = 0
    if case .conditioned(let index) = entry { skipped = index }
    if entry == .windows { skipped = written.conditioning.count }
    let moved = { (place: FramePlace) -> FramePlace in
      if case .conditioned(let index) = place { .conditioned(index - skipped) } else { place }
    }
    let names = try recordings[0].channelNames(ingest.written)
    let plan = try ConditioningPlan(ingest.written, names: names)
    let probe = FrameProbe(Set(places.map(moved)))
    var collector = WindowCollector()
    collector.limitBytes = Self.windowBytesLimit
    let ingestion = Ingestion(ingest: ingest, observer: observer, environment: environment)
    let (decoder, cutter) = try ingestion.decode(recordings, names: names, plan, probe: probe) {
      window, values, recording in collector.keep(window, values, recording: recording)
    }
    collector.reject(decoder.suspects)
    guard !collector.isFull else { throw .tooManyWindows(limitBytes: Self.windowBytesLimit) }
    let (classes, numbers) = decoder.labels.finished()
    for place in places where !place.isOfWindows {
      var frames = probe.frames(at: moved(place))
      for index in frames.headers.indices {
        let label = Int(frames.headers[index].label)
        frames.headers[index].label = numbers.indices.contains(label) ? Int32(numbers[label]) : -1
      }
      outcome.frames[place] = frames
      var here = ingest.written.channelNames(at: moved(place), fed: names, entry: nil)
      if place == .read { here = decoder.readNames.isEmpty ? here : decoder.readNames }
      outcome.channelNames[place] = here
    }
    for place in [FramePlace.windows, .turned, .normalized] { outcome.channelNames[place] = plan.finalNames }
    outcome.classNames = classes
    outcome.sampleRateHz = ingestion.rate(cutter)
    outcome.summary = ingestion.summary(decoder, cutter, files: recordings.count)
    outcome.summary.rejectedWindows = collector.rejectedWindows
    let all = Subjects(outcome.subjects)
    return WindowSet(
      shape: ActivationShape(length: ingest.lengthSamples, channels: plan.finalNames.count),
      values: collector.values, labels: collector.labels.map { numbers[Int($0)] },
      subjects: collector.recordings.map { all.ofRecording[$0] }, recordings: collector.recordings,
      startFrames: collector.startFrames, stretches: collector.stretches, startNanoseconds: collector.startTimes,
      classNames: classes, subjectNames: all.names)
  }

  /// Windows that are written out.
  private func fedWindows(_ subjects: [String], _ outcome: inout FedOutcome) -> WindowSet {
    let names = feeds[0].channelNames(in: pipeline.ingest.written) ?? []
    var map = LabelMap(pipeline.ingest.labels)
    var values: [Float] = []
    var (labels, recordings) = ([Int](), [Int]())
    for (recording, feed) in feeds.enumerated() {
      for window in feed.windows ?? [] {
        values += window.flatMap { $0.map { Float($0.double) } }
        labels.append(Int(map.index(of: feed.label ?? "")))
        recordings.append(recording)
      }
    }
    var (classes, numbers) = map.finished()
    // A window is fed with a label or without, and a set of windows has one for each.
    if labels.contains(-1) { classes.append("") }
    let all = Subjects(subjects)
    for place in [FramePlace.windows, .turned, .normalized] { outcome.channelNames[place] = names }
    outcome.classNames = classes
    outcome.sampleRateHz = pipeline.ingest.resample?.hertz ?? 1
    return WindowSet(
      shape: ActivationShape(length: pipeline.ingest.lengthSamples, channels: names.count), values: values,
      labels: labels.map { $0 < 0 ? classes.count - 1 : numbers[$0] },
      subjects: recordings.map { all.ofRecording[$0] }, recordings: recordings,
      startFrames: Array(labels.indices), stretches: Array(labels.indices),
      startNanoseconds: labels.map { _ in 0 }, classNames: classes, subjectNames: all.names)
  }

  /// Turns and normalises windows, as far as the test looks.
  private func finish(
    _ windows: inout WindowSet, _ ingest: CheckedIngest, _ places: Set<FramePlace>, _ outcome: inout FedOutcome
  ) throws(RunError) {
    outcome.summary.windows = windows.count
    if places.contains(.windows) { outcome.windows[.windows] = windows }
    guard places.contains(.turned) || places.contains(.normalized) else { return }
    var heldOut = Set(windows.subjectNames.indices.filter { ingest.split.holdsOut(windows.subjectNames[$0]) })
    if let share = ingest.split.holdOutLast { heldOut = windows.holdOutLast(share) }
    if let rotate = ingest.rotate {
      try rotate.apply(
        to: &windows, channels: outcome.channelNames[.windows] ?? [], heldOut: heldOut, environment: environment)
    }
    outcome.windows[.turned] = windows
    guard places.contains(.normalized) else { return }
    if ingest.normalize.mode == .perChannel, windows.count > 0 {
      let training = windows.indices(ofSubjects: Set(windows.subjectNames.indices).subtracting(heldOut))
      guard !training.isEmpty else { throw .noTrainingWindows }
      windows.normalize(with: ChannelStatistics(of: windows, indices: training))
    }
    outcome.windows[.normalized] = windows
  }

  /// Whose the recordings are.
  private struct Subjects {
    var names: [String] = []
    var ofRecording: [Int] = []

    init(_ subjects: [String]) {
      for subject in subjects {
        if !names.contains(subject) { names.append(subject) }
        ofRecording.append(names.firstIndex(of: subject) ?? 0)
      }
    }
  }
}
