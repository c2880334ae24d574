import PipelineModel

/// Whose recordings pretraining sees, and whose the device adapts to.
extension StarterDraft {
  mutating func split() throws(StarterError) {
    let source = SubjectSource.fileName
    var labelsOf: [String: Set<String>] = [:]
    var order: [String] = []
    for survey in surveys {
      let subject = source.subject(ofFileNamed: Self.name(survey.path))
      if labelsOf[subject] == nil { order.append(subject) }
      labelsOf[subject, default: []].formUnion(survey.labelNames.filter(labels.contains))
    }
    if let unknown = options.holdOut?.first(where: { labelsOf[$0] == nil }) {
      throw .unknownSubject(unknown, known: order)
    }
    // Files of people have most labels each; a file for each label is no subject.
    let whole = order.filter { (labelsOf[$0]?.count ?? 0) * 10 >= labels.count * 7 }
    let arePeople = whole.count >= 3 && whole.count * 10 >= order.count * 7
    guard options.holdOut?.isEmpty == false || (options.holdOut == nil && arePeople) else {
      insertSubjects(.constant(options.name), because: reasonForOneSubject(order, labelsOf, whole: whole.count))
      add(
        Split(by: .subject, holdOutLast: 0.5), "Split",
        because:
          "pretraining sees the first half of each class; the device adapts to, and is tested on, what came later")
      return
    }
    if let wanted = options.holdOut, order.allSatisfy(wanted.contains) { throw .nobodyLeft(order) }
    let more = order.count > 12 ? " and \(order.count - 12) more" : ""
    insertSubjects(source, because: "\(order.count) subjects: \(order.prefix(12).joined(separator: ", "))\(more)")
    candidates = whole
    heldOut = options.holdOut ?? Array(whole.suffix(Self.heldOutCount(of: whole.count)))
    add(Split(by: .subject, holdOut: heldOut ?? []), "Split", because: "")
    explainSplit()
  }

  /// About a quarter of all.
  static func heldOutCount(of count: Int) -> Int { max(1, min(9, count / 4)) }

  mutating func explainSplit() {
    guard let heldOut else { return }
    let more = heldOut.count > 12 ? " and \(heldOut.count - 12) more" : ""
    explain(
      "Split",
      because: "pretraining never sees \(heldOut.prefix(12).joined(separator: ", "))\(more); the device adapts to "
        + "\(heldOut.count == 1 ? "it" : "each"), and is tested on what it has not learned from")
  }

  /// Holds these out in place of those that were.
  mutating func holdOut(_ names: [String]) {
    heldOut = names
    for (index, step) in steps.enumerated() {
      if case .split = step { steps[index] = Split(by: .subject, holdOut: names).ingestStep }
    }
    explainSplit()
  }

  private func reasonForOneSubject(_ order: [String], _ labelsOf: [String: Set<String>], whole: Int) -> String {
    if surveys.count == 1 { return "one recording counts as one subject" }
    if order.count == 1 { return "all file names begin with \(order[0]), so they are taken as one subject" }
    if whole == order.count { return "two subjects are too few to hold one out, so they are taken as one" }
    // Files of one label each are takes of somebody; files of several are somebody's.
    let several = order.filter { (labelsOf[$0]?.count ?? 0) > 1 }
    guard several.count >= 3, several.count * 2 > order.count else {
      return "most files hold few of the labels, so they are taken as one subject"
    }
    // The sort keeps the order of those that are equal.
    let suggested = several.enumerated().sorted {
      let (left, right) = (labelsOf[$0.element]?.count ?? 0, labelsOf[$1.element]?.count ?? 0)
      return left == right ? $0.offset > $1.offset : left > right
    }.prefix(Self.heldOutCount(of: several.count)).map(\.element).sorted()
    return
      "most of \(order.prefix(3).joined(separator: ", ")), … hold few of the labels, so all are taken as one subject; "
      + "if they are people, pretraining sees those whom the test is on: hold some out, "
      + "--hold-out \(suggested.joined(separator: ","))"
  }

  /// Subjects stand with the labels, before anything is cut.
  private mutating func insertSubjects(_ source: SubjectSource, because reason: String) {
    let place = steps.firstIndex { if case .labels = $0 { true } else { false } } ?? steps.count
    steps.insert(Subjects(from: source).ingestStep, at: place)
    let reasonPlace = reasons.firstIndex { $0.stage == "Labels" } ?? reasons.count
    reasons.insert(("Subjects", reason), at: reasonPlace)
  }
}
