import PipelineModel

/// Holds one expectation against what came of the feeds.
struct ExpectationChecker {
  private let expect: Expect
  private let path: PipelinePath
  private(set) var failures: [TestFailure] = []

  /// - Parameter path: Of the expectation.
  init(_ expect: Expect, at path: PipelinePath) {
    self.expect = expect
    self.path = path
  }

  private mutating func fail(_ argument: String, _ message: String, hint: String? = nil, element: Int? = nil) {
    let place = path.parameter(argument)
    failures.append(TestFailure(path: element.map(place.element) ?? place, message: message, hint: hint))
  }

  /// - Parameter place: The one behind the expectation's stage.
  mutating func check(_ outcome: FedOutcome, at place: FramePlace) {
    let all = Observation(outcome, at: place, subject: expect.subject)
    if all.isFull {
      return fail("after", "expected no more than \(FrameProbe.valueLimit) values, found more", hint: "feed less")
    }
    checkCounts(all)
    checkLabels(all)
    checkTimes(all)
    if let window = expect.window, !all.pieces.indices.contains(window) {
      fail("window", "expected a window \(window), found \(TestText.count(all.pieces.count, "window", "windows"))")
    } else {
      let chosen = all.selected(by: expect)
      checkValues(chosen)
      checkStatistics(chosen)
    }
    if let found = expect.found { check(found, in: outcome.summary) }
  }

  private mutating func checkCounts(_ all: Observation) {
    if let frames = expect.frames, !frames.allows(all.frameCount) {
      fail("frames", "expected \(frames.phrase) frames, found \(all.frameCount)")
    }
    if let windows = expect.windows, !windows.allows(all.pieces.count) {
      fail(
        "windows", "expected \(windows.phrase) windows, found \(all.pieces.count)",
        hint: all.pieces.isEmpty ? nil : labelCounts(all))
    }
    // Times are whole nanoseconds, and so are periods.
    if let hertz = expect.hertz,
      !hertz.allows(all.hertz, tolerance: max(expect.tolerance, 1e-9 * all.hertz * all.hertz))
    {
      fail("hertz", "expected \(hertz.phrase) Hz, found \(TestText.number(all.hertz))")
    }
    if let channels = expect.channels, channels != all.channels {
      fail("channels", "expected the channels \(TestText.list(channels)), found \(TestText.list(all.channels))")
    }
  }

  private func labelCounts(_ all: Observation) -> String {
    var order: [String] = []
    var counts: [String: Int] = [:]
    for piece in all.pieces {
      if counts[piece.label] == nil { order.append(piece.label) }
      counts[piece.label, default: 0] += 1
    }
    return "found " + order.prefix(8).map { "\(counts[$0] ?? 0) of \"\($0)\"" }.joined(separator: ", ")
  }

  private mutating func checkLabels(_ all: Observation) {
    guard let labels = expect.labels else { return }
    var found: [String] = []
    for piece in all.pieces where all.isOfWindows || found.last != piece.label { found.append(piece.label) }
    for (index, pair) in zip(labels, found).enumerated() where pair.0 != pair.1 {
      let what = all.isOfWindows ? "window \(index)" : "label \(index)"
      return fail("labels", "expected \"\(pair.0)\" for \(what), found \"\(pair.1)\"", element: index)
    }
    if labels.count != found.count {
      fail(
        "labels", "expected \(TestText.count(labels.count, "label", "labels")), found \(found.count)",
        hint: found.isEmpty ? nil : "found \(TestText.list(found))")
    }
  }

  private mutating func checkValues(_ chosen: Observation) {
    guard let wanted = expect.values else { return }
    let found = chosen.values
    for (index, pair) in zip(wanted, found).enumerated() where !isEqual(pair.0, pair.1) {
      return fail(
        "values",
        "expected \(TestText.number(pair.0.double)), found \(TestText.number(pair.1)) in \(chosen.name(ofValue: index))",
        hint: "the values there are \(Self.excerpt(found, around: index))", element: index)
    }
    if found.count < wanted.count {
      fail("values", "expected \(wanted.count) values, found \(found.count)")
    }
  }

  private func isEqual(_ wanted: FedValue, _ found: Float) -> Bool {
    let value = wanted.double
    if value.isNaN || found.isNaN { return value.isNaN && found.isNaN }
    return Float(value) == found || (Double(found) - value).magnitude <= expect.tolerance
  }

  private static func excerpt(_ values: [Float], around index: Int) -> String {
    let start = max(0, index - 2)
    let shown = values[start..<min(values.count, index + 4)].map { TestText.number($0) }
    return (start > 0 ? "…, " : "") + shown.joined(separator: ", ") + (index + 4 < values.count ? ", …" : "")
  }

  private mutating func checkTimes(_ all: Observation) {
    guard let wanted = expect.times else { return }
    let found = all.pieces.flatMap(\.times)
    for (index, pair) in zip(wanted, found).enumerated()
    where !((pair.0 - pair.1).magnitude <= max(expect.tolerance, 1e-9)) {
      return fail(
        "times",
        "expected \(TestText.number(pair.0)) s for frame \(index), found \(TestText.number(pair.1)) s", element: index)
    }
    if found.count < wanted.count { fail("times", "expected \(wanted.count) frames, found \(found.count)") }
  }

  private mutating func checkStatistics(_ chosen: Observation) {
    let checks = [
      ("mean", expect.mean), ("rms", expect.rms), ("minimum", expect.minimum), ("maximum", expect.maximum),
    ]
    guard checks.contains(where: { $0.1 != nil }) else { return }
    let values = chosen.values
    let count = Double(values.count)
    for (argument, check) in checks {
      guard let check else { continue }
      if values.isEmpty {
        fail(argument, "expected values, found none")
        continue
      }
      let found: Double =
        switch argument {
        case "mean": values.reduce(0) { $0 + Double($1) } / count
        case "rms": (values.reduce(0) { $0 + Double($1) * Double($1) } / count).squareRoot()
        case "minimum": values.contains(where: \.isNaN) ? .nan : Double(values.min() ?? 0)
        default: values.contains(where: \.isNaN) ? .nan : Double(values.max() ?? 0)
        }
      if !check.allows(found, tolerance: expect.tolerance) {
        fail(
          argument,
          "expected \(check.phrase) as the \(argument) of \(TestText.count(values.count, "value", "values")), found "
            + TestText.number(found))
      }
    }
  }

  // MARK: Findings

  private mutating func check(_ wanted: [Finding], in summary: IngestSummary) {
    for (index, finding) in wanted.enumerated() {
      let found = finding.word.count(in: summary)
      if !finding.count.allows(found) {
        fail("found", "expected \(finding.count.phrase) \(finding.word.phrase), found \(found)", element: index)
      }
    }
    let others = Finding.Word.allCases.filter { word in
      word.isFault && !wanted.contains { $0.word == word } && word.count(in: summary) > 0
    }
    guard !others.isEmpty else { return }
    let list = others.map { "\($0.count(in: summary)) \($0.phrase)" }.joined(separator: ", ")
    fail(
      "found", "expected nothing else to be wrong, found \(list)",
      hint: "write " + others.map { ".\($0.rawValue)(\($0.count(in: summary)))" }.joined(separator: ", "))
  }

  // MARK: Model

  mutating func check(_ explanation: PipelineExplanation) {
    if let name = expect.layer, let shape = expect.shape,
      let layer = explanation.layers.first(where: { $0.name == name }),
      shape != [layer.output.length, layer.output.channels]
    {
      fail(
        "shape", "expected \(name) to give \(shape), found [\(layer.output.length), \(layer.output.channels)]",
        hint: "frames, then channels")
    }
    let graph = explanation.graph
    if let parameters = expect.parameters, !parameters.allows(graph.foldedParameterCount) {
      fail("parameters", "expected \(parameters.phrase) parameters, found \(graph.foldedParameterCount)")
    }
    if let work = expect.multiplyAccumulates, !work.allows(graph.multiplyAccumulates) {
      fail(
        "multiplyAccumulates",
        "expected \(work.phrase) multiply-accumulates, found \(graph.multiplyAccumulates)")
    }
    if let arena = expect.arena {
      let bytes = explanation.plan?.arenaBytes
      if bytes.map(arena.allows) != true {
        fail("arena", "expected \(arena.phrase) of arena, found \(bytes.map { "\($0)" } ?? "no training")")
      }
    }
  }
}

extension Finding.Word {
  func count(in summary: IngestSummary) -> Int {
    let findings = summary.findings
    return switch self {
    case .gaps: findings.gaps
    case .filledGaps: findings.filledGaps
    case .filledFrames: findings.filledFrames
    case .stepsBackwards: findings.stepsBackwards
    case .clockJumps: findings.clockJumpsForward + findings.clockJumpsBackward
    case .reorderedFrames: findings.reorderedFrames
    case .lateFrames: findings.lateFrames
    case .duplicateFrames: findings.duplicateFrames
    case .spreadFrames: findings.spreadFrames
    case .nonFiniteFrames: findings.nonFiniteFrames
    case .heldValues: findings.heldValues
    case .saturatedValues: findings.saturatedValues
    case .stuckValues: findings.stuckValues
    case .absentChannels: findings.absentChannels.values.reduce(0, +)
    case .unknownLabels: findings.unknownLabels.count
    case .rejectedWindows: summary.rejectedWindows
    case .ambiguousWindows: summary.ambiguousWindows
    case .unlabelledFrames: summary.unlabelledFrames
    case .leftoverFrames: summary.leftoverFrames
    }
  }
}
