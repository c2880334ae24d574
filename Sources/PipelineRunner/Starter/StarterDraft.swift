import Foundation
import PipelineModel
import SensorLogs

/// A pipeline in the making: each step decides on some stages, with what the steps before decided.
struct StarterDraft {
  let surveys: [RecordingSurvey]
  let folder: String
  let options: StarterPipeline.Options
  private(set) var reasons: [(stage: String, text: String)] = []
  private var steps: [IngestStep] = []
  private var stages: [PipelineStage] = []
  private var channels: [String] = []
  private var labels: [String] = []
  private var hertz = 0.0
  private var windowSamples = 0
  private var windowCount = 0

  init(_ surveys: [RecordingSurvey], folder: String, options: StarterPipeline.Options) {
    self.surveys = surveys
    self.folder = folder
    self.options = options
  }

  var pipeline: Pipeline {
    Pipeline(options.name, seed: 1) { return stages }
  }

  private mutating func add(_ step: some IngestStepConvertible, _ name: String, because reason: String? = nil) {
    steps.append(step.ingestStep)
    if let reason { reasons.append((name, reason)) }
  }

  // MARK: Recordings

  /// Which files, and which of their channels.
  mutating func read() throws(StarterError) {
    try chooseChannels()
    let all = surveys[0].summary.channels.map(\.channel.name)
    var isFirst = true
    for (format, pattern, members) in groups() {
      let frames = members.reduce(0) { $0 + $1.summary.frames }
      // Not from the first frame to the last: between sessions may lie years.
      let seconds = rate > 0 ? Double(frames) / rate : 0
      var reason = "\(Self.count(members.count, "recording")), \(Self.grouped(frames)) frames"
      if seconds > 0 { reason += ", \(Self.duration(seconds))" }
      if isFirst { reason += "; \(Self.units(surveys[0].summary.channels.map(\.channel), channels))" }
      if isFirst, channels.count < all.count {
        let left = all.filter { !channels.contains($0) }.prefix(6).joined(separator: ", ")
        reason += ". Left out, because they never change or are not in all recordings: \(left)"
      }
      isFirst = false
      let hasTopics = format == .mcap || format == .rosbag2
      let topic = hasTopics && members[0].summary.topics.count > 1 ? members[0].summary.frameTopic : nil
      add(
        Read(format, pattern, topic: topic, channels: channels, hertz: options.hertz), "Read", because: reason)
    }
    addQuality()
  }

  private mutating func chooseChannels() throws(StarterError) {
    channels = surveys[0].summary.channels.map(\.channel.name)
    for survey in surveys.dropFirst() {
      let own = survey.summary.channels.map(\.channel.name)
      let common = channels.filter(own.contains)
      guard !common.isEmpty else { throw .noCommonChannels(first: channels, path: survey.path, channels: own) }
      channels = common
    }
    // What never changes teaches nothing.
    let changing = channels.filter { name in
      surveys.contains { survey in
        survey.summary.channels.contains {
          $0.channel.name == name && ($0.minimum ?? 0) < ($0.maximum ?? 0)
        }
      }
    }
    if !changing.isEmpty { channels = changing }
  }

  /// The recordings of each format, and the pattern that finds them and no others.
  private func groups() -> [(RecordingFormat, String, [RecordingSurvey])] {
    var groups: [(format: RecordingFormat, ending: String, members: [RecordingSurvey])] = []
    for survey in surveys {
      let format = Self.format(of: survey)
      let name = Self.name(survey.path)
      // Up to the first dot a name is the recording's own.
      let ending = name.firstIndex(of: ".").map { String(name[$0...]) } ?? ""
      if let place = groups.firstIndex(where: { $0.format == format && $0.ending == ending }) {
        groups[place].members.append(survey)
      } else {
        groups.append((format, ending, [survey]))
      }
    }
    return groups.flatMap { group -> [(RecordingFormat, String, [RecordingSurvey])] in
      guard group.members.count > 1 else {
        return [(group.format, Self.escaped(Self.name(group.members[0].path)), group.members)]
      }
      let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let names = Set(group.members.map { Self.name($0.path) })
      let all = found.filter { !$0.hasPrefix(".") && $0.hasSuffix(group.ending) }
      if !group.ending.isEmpty, Set(all) == names { return [(group.format, "*\(group.ending)", group.members)] }
      return group.members.map { (group.format, Self.escaped(Self.name($0.path)), [$0]) }
    }
  }

  private static func format(of survey: RecordingSurvey) -> RecordingFormat {
    switch survey.summary.format {
    // A table whose times stand elsewhere is read by what its heading tells.
    case .csv: survey.hasUsualTime ? .csv : .auto
    case .tsv: survey.hasUsualTime ? .tsv : .auto
    case .jsonLines: .auto
    case .mcap: FileManager.default.isFolder(survey.path) ? .rosbag2 : .mcap
    case .sds: .sds
    case .edgeImpulse: .edgeImpulse
    case .wfdb: .wfdb
    case .edf, .bdf: .edf
    case .raw: .raw
    }
  }

  /// Stages for what is not clean in these recordings.
  private mutating func addQuality() {
    let timings = surveys.map(\.timing)
    let steps = timings.reduce(0) { $0 + $1.stepsBack }
    let longest = timings.compactMap(\.longestStepBack).max() ?? 0
    if steps > 0, longest < 1_000_000_000 {
      add(
        Disorder(.reorder(within: 1)), "Disorder",
        because: "\(Self.count(steps, "frame")) of earlier times than the one before, by "
          + "\(Self.duration(Double(longest) / 1e9)) at most")
    }
    let duplicates = timings.reduce(0) { $0 + $1.duplicates }
    if duplicates > 0 {
      add(
        Duplicates(.keepFirst), "Duplicates",
        because: "\(Self.count(duplicates, "frame")) of the same time as the one before")
    }
    let nonFinite = surveys.reduce(0) { sum, survey in
      sum + survey.summary.channels.filter { channels.contains($0.channel.name) }.reduce(0) { $0 + $1.nonFinite }
    }
    addGaps(timings)
    if nonFinite > 0 {
      add(NonFinite(.rejectWindow), "NonFinite", because: "\(Self.count(nonFinite, "value")) that are no numbers")
    }
  }

  /// A frame that is missing here and there is no reason to break windows: what is near is bridged.
  private mutating func addGaps(_ timings: [TimingSummary]) {
    guard let typical = timings.compactMap(\.typicalInterval).max() else { return }
    let limit = timings.compactMap(\.gapThreshold).max() ?? typical
    let skipped = timings.reduce(0) { sum, timing in
      let long = zip(TimingSummary.binLimits + [.max], timing.intervalCounts).filter { $0.0 / 3 * 2 > typical }
      return sum + max(0, long.reduce(0) { $0 + $1.1 } - timing.gaps)
    }
    let isSkipping = timings.contains { ($0.longestInterval ?? 0) / 3 * 2 > typical }
    guard isSkipping, skipped > timings.reduce(0, { $0 + $1.count }) / 1000 else { return }
    let gaps = timings.reduce(0) { $0 + $1.gaps }
    add(
      Gaps(.split, longerThan: Double(limit) / 1e9), "Gaps",
      because:
        "frames come unevenly, so what is missing for less than that is bridged; \(Self.count(gaps, "gap")) longer")
  }

  // MARK: Labels

  mutating func label() throws(StarterError) {
    var frames: [String: Int] = [:]
    for survey in surveys {
      for (name, runs) in survey.runs { frames[name, default: 0] += runs.reduce(0, +) }
    }
    labels = frames.keys.sorted { Int($0) ?? .max == Int($1) ?? .max ? $0 < $1 : (Int($0) ?? .max) < (Int($1) ?? .max) }
    guard !labels.isEmpty else { throw .noLabels(columns: surveys[0].summary.channels.map(\.channel.name)) }
    guard labels.count > 1 else { throw .oneLabel(labels[0]) }
    let shares = labels.prefix(12).map { "\($0) \(Self.duration(Double(frames[$0] ?? 0) / max(rate, 1e-9)))" }
    let column = surveys.lazy.compactMap(\.labelColumn).first
    add(
      Labels(column: column ?? "label", names: classNames), "Labels",
      because: "labelled: \(shares.joined(separator: ", "))" + (labels.count > 12 ? " and more" : ""))
    if surveys.contains(where: \.hasSegments) { add(Segments(), "Segments") }
  }

  /// Names in the order of their numbers; nil where numbers are not those of a list.
  private var classNames: [String]? {
    let numbers = labels.compactMap { Int($0) }
    guard numbers.count == labels.count else { return labels }
    let count = (numbers.max() ?? 0) + 1
    if let names = options.labelNames, names.count >= count { return names }
    guard numbers == Array(0..<count) else { return nil }
    return labels
  }

  // MARK: Time

  /// The usual rate of the recordings.
  private var rate: Double {
    if let hertz = options.hertz { return hertz }
    let rates = surveys.compactMap { $0.timing.typicalRateHz }.sorted()
    return rates.isEmpty ? 0 : rates[rates.count / 2]
  }

  mutating func cut() throws(StarterError) {
    guard rate > 0 else { throw .noRate(path: surveys[0].path) }
    // 49.98 Hz is 50 Hz with a clock of its own.
    let whole = rate.rounded()
    hertz = whole >= 1 && (rate - whole).magnitude < 0.02 * whole ? whole : rate
    let runs = surveys.flatMap { $0.runs.values.flatMap { $0 } }.sorted()
    windowSamples = Self.windowSamples(hertz: hertz, typicalRun: runs[runs.count / 2])
    guard windowSamples >= 8 else { throw .runsTooShort(longestFrames: runs.last ?? 0) }
    // Half as far apart as they are long, or closer where there would be few.
    var hop = max(1, windowSamples / 2)
    windowCount = Self.windows(runs, windowSamples, hop)
    if windowCount < 1500, hop > 1 {
      hop /= 2
      windowCount = Self.windows(runs, windowSamples, hop)
    }
    let intervals = surveys.compactMap(\.timing.shortestInterval).min() ?? 0
    let longest = surveys.compactMap { $0.timing.typicalInterval }.max() ?? 0
    let isEven = Double(longest - intervals) <= 0.02 * Double(max(longest, 1))
    let isWhole = hertz == whole
    if isWhole, hertz <= 4000 {
      add(
        Resample(hertz: hertz), "Resample",
        because: isEven
          ? "the recordings' own rate" : "frames come unevenly; their rate is about \(Self.text(rate)) Hz")
      add(
        Window(seconds: Double(windowSamples) / hertz, every: Double(hop) / hertz), "Window",
        because: "\(windowSamples) samples; some \(Self.grouped(windowCount)) windows of one label each")
    } else {
      add(
        Window(samples: windowSamples, every: hop), "Window",
        because: "\(Self.duration(Double(windowSamples) / hertz)) at \(Self.text(hertz)) Hz; some "
          + "\(Self.grouped(windowCount)) windows of one label each")
    }
    add(Normalize(.perChannel), "Normalize", because: "by the mean and deviation of each channel's training windows")
  }

  /// Some two and a half seconds, which hold a stride or a gesture, in a power of two of samples from 16 to 512; where
  /// labels change faster, windows of which six fit into half of their stretches end to end, so that there are some to
  /// adapt to and others to test on that share no sample with them.
  private static func windowSamples(hertz: Double, typicalRun: Int) -> Int {
    var samples = 16
    while samples < 512, Double(samples * 2) <= 2.6 * hertz { samples *= 2 }
    while samples > 8, samples * 6 > typicalRun { samples /= 2 }
    return samples * 6 <= typicalRun ? samples : 0
  }

  private static func windows(_ runs: [Int], _ length: Int, _ hop: Int) -> Int {
    runs.reduce(0) { $0 + ($1 >= length ? 1 + ($1 - length) / hop : 0) }
  }

  // MARK: Subjects

  mutating func split() throws(StarterError) {
    let source = SubjectSource.fileName
    var labelsOf: [String: Set<String>] = [:]
    var order: [String] = []
    for survey in surveys {
      let subject = source.subject(ofFileNamed: Self.name(survey.path))
      if labelsOf[subject] == nil { order.append(subject) }
      labelsOf[subject, default: []].formUnion(survey.labels)
    }
    if let unknown = options.holdOut?.first(where: { labelsOf[$0] == nil }) {
      throw .unknownSubject(unknown, known: order)
    }
    // Files of people have most labels each; a file for each label is no subject.
    let whole = order.filter { (labelsOf[$0]?.count ?? 0) * 10 >= labels.count * 7 }
    if let wanted = options.holdOut ?? (whole.count >= 3 && whole.count * 10 >= order.count * 7 ? nil : []),
      wanted.isEmpty
    {
      let reason =
        surveys.count == 1
        ? "one recording counts as one subject" : "most files hold few of the labels, so they are taken as one subject"
      insertSubjects(.constant(options.name), because: reason)
      add(
        Split(by: .subject, holdOutLast: 0.5), "Split",
        because:
          "pretraining sees the first half of each class; the device adapts to, and is tested on, what came later")
    } else {
      insertSubjects(source, because: "\(order.count) subjects: \(order.prefix(12).joined(separator: ", "))")
      let held = options.holdOut ?? Array(whole.suffix(max(1, min(9, whole.count / 4))))
      add(
        Split(by: .subject, holdOut: held), "Split",
        because:
          "pretraining never sees these; the device adapts to each, and is tested on what it has not learned from")
    }
    stages.append(Ingest(folder) { return steps }.pipelineStage)
  }

  /// Subjects stand with the labels, before anything is cut.
  private mutating func insertSubjects(_ source: SubjectSource, because reason: String) {
    let place = steps.firstIndex { if case .labels = $0 { true } else { false } } ?? steps.count
    steps.insert(Subjects(from: source).ingestStep, at: place)
    let reasonPlace = reasons.firstIndex { $0.stage == "Labels" } ?? reasons.count
    reasons.insert(("Subjects", reason), at: reasonPlace)
  }

  // MARK: Learning

  mutating func learn() throws(StarterError) {
    stages.append(model.pipelineStage)
    // Some 60,000 windows in all are seen, whether there are few or many.
    let epochs = min(40, max(10, 60_000 / max(1, windowCount)))
    stages.append(Pretrain(epochs: epochs, optimizer: .adam(0.002), schedule: .cosine).pipelineStage)
    reasons.append(("Model", "some 20,000 weights; layers are told by 'martlet explain'"))
    reasons.append(("Pretrain", "on this machine, in float32"))
    stages.append(Quantize(calibration: 256).pipelineStage)
    let ending: [PipelineStage] = [
      Evaluate { return [.accuracy, .macroF1, .confusionMatrix, .perSubject, .memory, .latency] }.pipelineStage,
      Report("report.html").pipelineStage,
    ]
    let before = stages
    var needed = 0
    for (scheme, reason) in Self.schemes {
      stages =
        before + [
          Update(scheme).pipelineStage,
          Train(
            on: .heldOut, adaptFraction: 0.5, adaptFrom: .eachSeries, epochs: 5, optimizer: .sgd(0.001),
            schedule: .linear, arena: Self.size(options.budgetBytes)
          ).pipelineStage,
        ] + ending
      switch try planned() {
      case .fits(let bytes):
        let share = "\(Self.grouped(bytes)) of \(Self.grouped(options.budgetBytes)) bytes"
        reasons.append(("Update", reason))
        reasons.append(("Train", "on the device, one window a step, in int8: \(share), everything writable included"))
        return
      case .needs(let bytes): needed = bytes
      }
    }
    throw .doesNotFit(budgetBytes: options.budgetBytes, neededBytes: needed)
  }

  private static var schemes: [(UpdateScheme, String)] {
    let search = "'martlet search' finds what is worth its bytes"
    return [
      (.full, "all weights fit into the budget; \(search) in a smaller one"),
      (.lastBlocks(1), "all weights do not fit into the budget; \(search)"),
      (.biasesAndLastLayer, "more does not fit into the budget; \(search)"),
      (.lastLayer, "more does not fit into the budget; \(search)"),
    ]
  }

  private static func size(_ bytes: Int) -> MemorySize {
    bytes.isMultiple(of: 1024) ? .kibibytes(bytes / 1024) : .bytes(bytes)
  }

  private enum Fit {
    case fits(Int)
    case needs(Int)
  }

  private func planned() throws(StarterError) -> Fit {
    let checked: CheckedPipeline
    do {
      checked = try pipeline.checked()
    } catch {
      throw .invalid(error.issues.map(\.message).joined(separator: "; "))
    }
    do {
      let explanation = try PipelineExplanation(checked, channels: channels.count, classes: max(2, labels.count))
      return .fits(explanation.plan?.arenaBytes ?? 0)
    } catch {
      if case .compilation(.budgetTooSmall(let needed, _, _)) = error { return .needs(needed) }
      throw .invalid(error.description)
    }
  }

  /// Two inverted residuals, as in the reference pipelines; long windows are brought down faster.
  private var model: Model {
    let isLong = windowSamples >= 256
    let isShort = windowSamples < 64
    return Model {
      Conv1D(24, kernel: isLong ? 9 : 5, stride: isLong ? 4 : isShort ? 1 : 2)
      InvertedResidual(24, expand: 3, kernel: isLong ? 9 : 5)
      InvertedResidual(40, expand: 3, kernel: 5, stride: 2)
      Pointwise(96)
      GlobalAveragePool()
      Dense(.classes)
    }
  }
}

extension FileManager {
  fileprivate func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }
}
