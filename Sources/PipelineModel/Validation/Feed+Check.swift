extension Test {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if name.isEmpty { validation.report(.emptyString(subject: "Test(_:)"), at: path.parameter("name")) }
  }
}

extension Feed {
  /// What is fed, in the words of the file.
  fileprivate var sources: [(name: String, phrase: String)] {
    let all = [
      (signal != nil, "signal", "a signal"), (signals != nil, "signals", "signals"),
      (frames != nil, "frames", "frames"),
      (file != nil, "file", "a file"), (windows != nil, "windows", "windows"),
    ]
    return all.filter(\.0).map { ($0.1, $0.2) }
  }

  /// The arguments that are written, besides what is fed.
  private var others: [String] {
    let all = [
      (plus != nil, "plus"), (seconds != nil, "seconds"), (hertz != nil, "hertz"), (times != nil, "times"),
      (channels != nil, "channels"), (units != nil, "units"), (label != nil, "label"), (labels != nil, "labels"),
      (!faults.isEmpty, "faults"), (stage != .read, "at"),
    ]
    return all.filter(\.0).map(\.1)
  }

  private static let useful: [String: Set<String>] = [
    "signal": ["plus", "seconds", "hertz", "channels", "units", "label", "labels", "faults", "at"],
    "signals": ["plus", "seconds", "hertz", "channels", "units", "label", "labels", "faults", "at"],
    "frames": ["hertz", "times", "channels", "units", "label", "labels", "faults", "at"],
    "file": [], "windows": ["channels", "label"],
  ]

  func check(in validation: inout Validation, at path: PipelinePath) {
    func report(_ argument: String?, _ mistake: TestMistake) {
      validation.report(
        .invalidValue(subject: argument.map { "Feed(\($0):)" } ?? "Feed", reason: .test(mistake)),
        at: argument.map { path.parameter($0) } ?? path)
    }
    guard sources.count == 1, let source = sources.first else {
      return report(nil, .sources(sources.map { $0.name == "signal" ? "a signal" : "'\($0.name):'" }))
    }
    for other in others where Self.useful[source.name]?.contains(other) != true {
      report(other, .uselessBeside(source.phrase))
    }
    if signal != nil || signals != nil, seconds == nil {
      report(nil, .missingBeside(argument: "seconds", source: source.phrase))
    }
    if times != nil, hertz != nil {
      validation.report(.exclusiveArguments(owner: "Feed", labels: ["hertz", "times"]), at: path)
    }
    if label != nil, labels != nil {
      validation.report(.exclusiveArguments(owner: "Feed", labels: ["label", "labels"]), at: path)
    }
    if let file, file.isEmpty || file.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      report("file", .notAFile)
    }
    if subject?.isEmpty == true {
      validation.report(.emptyString(subject: "Feed(subject:)"), at: path.parameter("subject"))
    }
    if let channels {
      validation.checkNames(channels, subject: "Feed(channels:)", at: path.parameter("channels"))
    }
    if let times, let frames, times.count != frames.count {
      report("times", .countsDiffer(found: times.count, wanted: frames.count, what: "frames"))
    }
    if faults.count > Self.faultLimit { report("faults", .tooManyFaults(faults.count)) }
    checkRows(in: &validation, at: path)
  }

  /// All frames have the same number of values, and there is one.
  private func checkRows(in validation: inout Validation, at path: PipelinePath) {
    if signals?.isEmpty == true {
      validation.report(
        .invalidValue(subject: "Feed(signals:)", reason: .test(.empty(example: "[.constant(1)]"))),
        at: path.parameter("signals"))
    }
    func check(_ rows: [[FedValue]], _ argument: String, at place: PipelinePath, first: Int) {
      for (index, row) in rows.enumerated() where row.count != first || row.isEmpty {
        validation.report(
          .invalidValue(
            subject: "Feed(\(argument):)", reason: .test(.raggedFrame(found: row.count, first: max(1, first)))),
          at: place.element(index))
        return
      }
    }
    if let frames {
      if frames.isEmpty {
        validation.report(
          .invalidValue(subject: "Feed(frames:)", reason: .test(.empty(example: "[[0, 1]]"))),
          at: path.parameter("frames"))
      }
      check(frames, "frames", at: path.parameter("frames"), first: frames.first?.count ?? 1)
    }
    if let windows {
      if windows.isEmpty {
        validation.report(
          .invalidValue(subject: "Feed(windows:)", reason: .test(.empty(example: "[[[0, 1]]]"))),
          at: path.parameter("windows"))
      }
      for (index, window) in windows.enumerated() {
        check(window, "windows", at: path.parameter("windows").element(index), first: width ?? 1)
      }
    }
  }

  /// What can only be seen beside `Ingest`.
  ///
  /// - Parameter ingestPath: Of the stage, for the places that its steps stand at.
  func checkFit(
    _ ingest: Ingest, at path: PipelinePath, ingestPath: PipelinePath, _ validation: inout Validation
  ) {
    func report(
      _ argument: String?, _ mistake: TestMistake, related: PipelinePath? = nil, at place: PipelinePath? = nil
    ) {
      validation.report(
        .invalidValue(subject: argument.map { "Feed(\($0):)" } ?? "Feed", reason: .test(mistake)),
        at: place ?? argument.map { path.parameter($0) } ?? path, related: related)
    }
    guard sources.count == 1, validation.isSound(path) else { return }
    switch stage.word {
    case .rotate, .normalize: return report("at", .cannotEnter(stage: stage.name))
    default: break
    }
    guard ingest.place(behind: stage) != nil else {
      return report(
        "at",
        .stageAbsent(stage, count: ingest.count(of: stage), known: ingest.testStages.dropLast().map(\.source)))
    }
    if let windows, let length = ingest.window?.lengthSamples(atHertz: ingest.resample?.hertz),
      let index = ingest.index(where: { if case .window = $0 { true } else { false } }),
      let place = windows.firstIndex(where: { $0.count != length })
    {
      report(
        "windows", .framesPerWindow(found: windows[place].count, wanted: length), related: ingestPath.child(index),
        at: path.parameter("windows").element(place))
    }
    if file != nil || windows != nil { return checkChannels(ingest, at: path, ingestPath, &validation) }
    if times == nil, rate(in: ingest) == nil { report(nil, .noRate) }
    checkChannels(ingest, at: path, ingestPath, &validation)
    let channels = channelNames(in: ingest)?.count ?? 1
    if let count = frameCount(in: ingest), !(count * Double(max(1, channels)) <= Double(Feed.valueLimit)) {
      report(seconds == nil ? "frames" : "seconds", .tooMuch(values: count * Double(max(1, channels))))
    }
    for (index, fault) in faults.enumerated() {
      if let seconds, fault.seconds >= seconds {
        report("faults", .faultBehindEnd(seconds: seconds), at: path.parameter("faults").element(index).parameter("at"))
      }
    }
  }

  private func checkChannels(
    _ ingest: Ingest, at path: PipelinePath, _ ingestPath: PipelinePath, _ validation: inout Validation
  ) {
    if file != nil { return }
    guard let names = channelNames(in: ingest) else {
      return validation.report(.invalidValue(subject: "Feed", reason: .test(.noChannels)), at: path)
    }
    let read = ingest.index { if case .read(let read) = $0 { read.channels != nil } else { false } }
    let related =
      channels != nil ? path.parameter("channels") : read.map { ingestPath.child($0).parameter("channels") }
    let argument = frames != nil ? "frames" : signals != nil ? "signals" : "windows"
    if let width, width > 0, width != names.count {
      validation.report(
        .invalidValue(
          subject: "Feed(\(argument):)", reason: .test(.valuesPerFrame(found: width, channels: names.count))),
        at: path.parameter(argument), related: related)
    }
    if let units, units.count != names.count {
      validation.report(
        .invalidValue(
          subject: "Feed(units:)",
          reason: .test(.countsDiffer(found: units.count, wanted: names.count, what: "channels"))),
        at: path.parameter("units"))
    }
    for (index, fault) in faults.enumerated() {
      guard let channel = fault.channel, !names.contains(channel) else { continue }
      validation.report(
        .invalidValue(
          subject: "Feed(faults:)",
          reason: .test(.unknownChannel(channel, nearest: nearestName(to: channel, in: names), known: names))),
        at: path.parameter("faults").element(index).parameter("channel"), related: related)
    }
  }
}
