import Foundation
import PipelineModel
import SensorLogs

/// Which files are read, which of their channels, and what is not clean in them.
extension StarterDraft {
  mutating func read() throws(StarterError) {
    try refuseUselessOptions()
    try chooseChannels()
    let all = surveys[0].summary.channels.map(\.channel.name)
    var isFirst = true
    for (format, pattern, members) in groups() {
      let frames = members.reduce(0) { $0 + $1.summary.frames }
      // Not from the first frame to the last: between sessions may lie years.
      let seconds = rate > 0 ? Double(frames) / rate : 0
      var reason = "\(Self.count(members.count, "recording")), \(Self.grouped(frames)) frames"
      if seconds > 0 { reason += ", \(Self.duration(seconds))" }
      reason +=
        isFirst ? "; \(Self.units(surveys[0].summary.channels.map(\.channel), channels))" : "; the same channels"
      if isFirst, channels.count < all.count {
        let left = all.filter { !channels.contains($0) }
        let more = left.count > 6 ? " and \(left.count - 6) more" : ""
        reason +=
          ". Left out, because they never change or are not in all recordings: "
          + left.prefix(6).joined(separator: ", ") + more
      }
      isFirst = false
      add(stage(format, pattern, members), "Read", because: reason)
    }
    addQuality()
  }

  /// The stage with all that the recordings were read with here.
  private func stage(_ format: RecordingFormat, _ pattern: String, _ members: [RecordingSurvey]) -> Read {
    let reading = options.reading
    let hasTopics = format == .mcap || format == .rosbag2
    var read = Read(format, pattern, channels: channels)
    if hasTopics {
      // Where topics differ, each recording is read as it was here: by the first topic that holds numbers.
      let topics = Set(members.map(\.summary.frameTopic))
      let isChosen = reading.topic != nil || members.contains { $0.summary.topics.count > 1 }
      read.topic = isChosen && topics.count == 1 ? members[0].summary.frameTopic : nil
      switch reading.time {
      case .log: break
      case .publish: read.time = .publish
      case .field(let path): read.time = .field(path)
      }
    }
    read.columns = reading.columns
    if let column = reading.timeColumn { read.time = .column(column) }
    read.timeUnit = reading.timeUnit.map(RawTimeUnit.init)
    read.decimal = reading.decimal.map { $0 == .comma ? .comma : .point }
    read.hertz = reading.rateHz
    read.annotations = AnnotationLabels(reading.annotations)
    if format == .raw, let layout = reading.rawLayout { read.take(layout) }
    if case .constant(let label)? = members[0].labels { read.label = label }
    return read
  }

  private mutating func chooseChannels() throws(StarterError) {
    channels = surveys[0].summary.channels.map(\.channel.name)
    for survey in surveys.dropFirst() {
      let own = survey.summary.channels.map(\.channel.name)
      let common = channels.filter(own.contains)
      guard !common.isEmpty else { throw .noCommonChannels(first: channels, path: survey.path, channels: own) }
      channels = common
    }
    // Those that were asked for are those that are wanted.
    if options.reading.channels != nil { return }
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

  /// The recordings of each format and folder, and the pattern that finds them and no others.
  private func groups() -> [(RecordingFormat, String, [RecordingSurvey])] {
    var groups: [(format: RecordingFormat, subfolder: String, ending: String, members: [RecordingSurvey])] = []
    for survey in surveys {
      let format = Self.format(of: survey)
      let name = Self.name(survey.path)
      let subfolder = String(relativePath(survey).dropLast(name.count))
      // Up to the first dot a name is the recording's own.
      let ending = name.firstIndex(of: ".").map { String(name[$0...]) } ?? ""
      if let place = groups.firstIndex(where: {
        $0.format == format && $0.ending == ending && $0.subfolder == subfolder
      }) {
        groups[place].members.append(survey)
      } else {
        groups.append((format, subfolder, ending, [survey]))
      }
    }
    return groups.flatMap { group -> [(RecordingFormat, String, [RecordingSurvey])] in
      guard group.members.count > 1 else {
        return [(group.format, Self.escaped(relativePath(group.members[0])), group.members)]
      }
      let found = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(group.subfolder)")) ?? []
      let names = Set(group.members.map { Self.name($0.path) })
      let all = found.filter { !$0.hasPrefix(".") && $0.hasSuffix(group.ending) }
      if !group.ending.isEmpty, Set(all) == names {
        return [(group.format, Self.escaped(group.subfolder) + "*\(group.ending)", group.members)]
      }
      return group.members.map { (group.format, Self.escaped(relativePath($0)), [$0]) }
    }
  }

  /// The path from the folder of all recordings.
  private func relativePath(_ survey: RecordingSurvey) -> String {
    let start = folder.hasSuffix("/") ? folder : "\(folder)/"
    return survey.path.hasPrefix(start) ? String(survey.path.dropFirst(start.count)) : survey.path
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

  // MARK: Quality

  /// Stages for what is not clean in these recordings.
  private mutating func addQuality() {
    let timings = surveys.map(\.timing)
    let steps = timings.reduce(0) { $0 + $1.stepsBack }
    let longest = timings.map(\.longestStepBackNanoseconds).max() ?? 0
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
    addGaps(timings)
    if nonFiniteValues > 0 {
      add(
        NonFinite(.rejectWindow), "NonFinite",
        because: "no window holds one of \(Self.count(nonFiniteValues, "value")) that are no numbers")
    }
  }

  /// Of the channels that are read.
  var nonFiniteValues: Int {
    surveys.reduce(0) { sum, survey in
      sum + survey.summary.channels.filter { channels.contains($0.channel.name) }.reduce(0) { $0 + $1.nonFinite }
    }
  }

  /// A frame that is missing here and there is no reason to break windows: what is near is bridged.
  private mutating func addGaps(_ timings: [FrameTiming]) {
    guard let limit = timings.compactMap(\.gapNanoseconds).max() else { return }
    let skips = timings.reduce(0) { $0 + $1.skips }
    guard skips > timings.reduce(0, { $0 + $1.frames }) / 1000 else { return }
    let gaps = timings.reduce(0) { $0 + $1.gaps }
    let seconds = Double(limit) / 1e9
    let rest =
      gaps == 0 ? "no gap is longer" : gaps == 1 ? "one gap is longer" : "\(Self.grouped(gaps)) gaps are longer"
    add(
      Gaps(.split, longerThan: seconds), "Gaps",
      because: "frames are missing here and there, so a pause of up to \(Self.duration(seconds)) is bridged; \(rest)")
  }
}

extension FileManager {
  fileprivate func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }
}
