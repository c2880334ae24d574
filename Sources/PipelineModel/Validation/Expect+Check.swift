extension Expect {
  func check(in validation: inout Validation, at path: PipelinePath) {
    func report(_ argument: String?, _ mistake: TestMistake) {
      validation.report(
        .invalidValue(subject: argument.map { "Expect(\($0):)" } ?? "Expect", reason: .test(mistake)),
        at: argument.map { path.parameter($0) } ?? path)
    }
    if dataArguments.isEmpty && modelArguments.isEmpty && error == nil {
      let choosing = [(channel != nil, "channel"), (window != nil, "window"), (from != nil, "from"), (to != nil, "to")]
      if let first = choosing.first(where: \.0) {
        report(first.1, .needsValues)
      } else {
        report(nil, .nothingExpected)
      }
    } else if valueArguments.isEmpty, golden == nil, let argument = channel != nil ? "channel" : nil {
      report(argument, .needsValues)
    }
    if error?.isEmpty == true {
      validation.report(.emptyString(subject: "Expect(error:)"), at: path.parameter("error"))
    }
    if values?.isEmpty == true {
      report("values", .empty(example: "[0]"))
    }
    if times?.isEmpty == true {
      report("times", .empty(example: "[0]"))
    }
    if layer != nil, shape == nil { report("layer", .layerWithoutShape) }
    if shape != nil, layer == nil { report("shape", .shapeWithoutLayer) }
    if let shape, shape.count != 2 { report("shape", .notAShape(count: shape.count)) }
    if let from, let to, from >= to { report("to", .emptySpan(from: from, to: to)) }
    if let golden, !Self.isPlain(golden) { report("golden", .notAGolden) }
  }

  /// A file that nothing but a golden file is likely to be, in the pipeline's folder or below it.
  private static func isPlain(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return (name.hasSuffix(".json") || name.hasSuffix(".csv")) && name.utf8.count <= 200
      && !parts.contains { $0.isEmpty || $0 == ".." || $0 == "." || $0.first == "." }
      && !name.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
  }

  /// What can only be seen beside `Ingest` and what the test feeds.
  ///
  /// - Parameters:
  ///   - feed: The first of the test, with its place.
  ///   - subjects: Whose recordings are fed; nil where a file's name tells.
  func checkFit(
    _ ingest: Ingest, at path: PipelinePath, ingestPath: PipelinePath, feed: (feed: Feed, path: PipelinePath)?,
    subjects: [String]?, _ validation: inout Validation
  ) {
    func report(_ argument: String, _ mistake: TestMistake, related: PipelinePath? = nil, at place: PipelinePath? = nil)
    {
      validation.report(
        .invalidValue(subject: "Expect(\(argument):)", reason: .test(mistake)),
        at: place ?? path.parameter(argument), related: related)
    }
    guard validation.isSound(path), let argument = dataArguments.first ?? (error == nil ? nil : "error") else { return }
    guard let feed else { return report(argument, .nothingFed) }
    guard let place = ingest.place(behind: stage) else {
      return report(
        "after", .stageAbsent(stage, count: ingest.count(of: stage), known: ingest.testStages.map(\.source)))
    }
    let entry = feed.feed.entry(in: ingest)
    // A feed that cannot enter has been told.
    if entry > .windows || ingest.place(behind: feed.feed.stage) == nil { return }
    if place < entry {
      report(
        "after",
        .inFrontOfFeed(stage: stage.name, feed: feed.feed.windows == nil ? feed.feed.stage.name : "windows"),
        related: feed.path)
    }
    if place.isOfWindows {
      if frames != nil { report("frames", .framesAreWindows) }
      if times != nil { report("times", .framesAreWindows) }
    } else {
      if windows != nil { report("windows", .windowsAreFrames(stage: stage.name)) }
      if window != nil { report("window", .windowsAreFrames(stage: stage.name)) }
    }
    if let subject, let subjects, !subjects.contains(subject) {
      report("subject", .unknownSubject(subject, nearest: nearestName(to: subject, in: subjects), known: subjects))
    }
    if let names = ingest.labels?.classNames, let labels, place.isOfWindows,
      let index = labels.firstIndex(where: { !names.contains($0) }),
      let step = ingest.index(where: { if case .labels = $0 { true } else { false } })
    {
      report(
        "labels", .unknownLabel(labels[index], nearest: nearestName(to: labels[index], in: names)),
        related: ingestPath.child(step).parameter("names"), at: path.parameter("labels").element(index))
    }
    guard feed.feed.file == nil || ingest.reads.contains(where: { $0.channels != nil }) else { return }
    let fed = feed.feed.channelNames(in: ingest)
    // Of a recording that has more, Read takes those that it names.
    let isRead = entry == .read && ingest.reads.contains { $0.channels != nil }
    let known = ingest.channelNames(at: place, fed: isRead ? nil : fed, entry: isRead ? nil : entry)
    guard let known, feed.feed.windows == nil || fed != nil else { return }
    let names = feed.feed.windows == nil ? known : fed ?? known
    if let channel, !names.contains(channel) {
      report(
        "channel", .unknownChannel(channel, nearest: nearestName(to: channel, in: names), known: names))
    }
  }

  /// What can only be seen beside the model.
  func checkFit(_ model: Model, trains: Bool, at path: PipelinePath, _ validation: inout Validation) {
    if let layer {
      let known = model.layerNames
      if !known.contains(layer) {
        validation.report(
          .invalidValue(
            subject: "Expect(layer:)",
            reason: .test(.unknownLayer(layer, nearest: nearestName(to: layer, in: known), known: known))),
          at: path.parameter("layer"))
      }
    }
    if arena != nil, !trains {
      validation.report(
        .invalidValue(subject: "Expect(arena:)", reason: .test(.nothingTrains)), at: path.parameter("arena"))
    }
  }
}
