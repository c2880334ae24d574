import Learning
import PipelineModel

/// Who plays newcomers in a search, and how their recordings are disturbed.
struct SearchValidation: Sendable {
  /// In the order of the recordings, as all of these.
  let validating: [String]
  let pretraining: [String]
  /// Those of whom a search must see nothing.
  let tested: [String]
  let rotate: Rotate?
  /// Whether the rotation is the pipeline's, and not the stage's own.
  private let isOwnRotation: Bool

  /// - Parameter windows: As recorded.
  init(of search: Search, in pipeline: CheckedPipeline, windows: IngestedWindows) throws(RunError) {
    let names = windows.windows.subjectNames
    tested = windows.heldOut.sorted().map { names[$0] }
    let training = names.indices.filter { !windows.heldOut.contains($0) }.map { names[$0] }
    if let holdOut = search.split?.holdOut {
      if let unknown = holdOut.first(where: { !training.contains($0) }) {
        throw .validationSubject(unknown, known: training)
      }
      validating = training.filter(holdOut.contains)
    } else if pipeline.ingest.split.holdOutLast != nil {
      // Whoever is tested later than they pretrained is validated on what lies between.
      validating = names.filter { $0.hasSuffix(Self.middleSuffix) }
    } else {
      // The second of each four, so that two people are enough.
      validating = training.enumerated().filter { $0.offset % 4 == 1 }.map(\.element)
    }
    let validating = self.validating
    pretraining = training.filter { !validating.contains($0) }
    guard !pretraining.isEmpty, !validating.isEmpty else { throw .nobodyToPretrainOn(validating: training) }
    isOwnRotation = search.rotate != nil
    if let rotate = search.rotate {
      self.rotate = rotate
    } else {
      var rotate = pipeline.ingest.rotate
      // Newcomers of the test must not be turned as those of the validation are.
      if let seed = rotate?.seed { rotate?.seed = seed + 1 }
      self.rotate = rotate
    }
  }

  /// Other groups of training subjects, as many people in each as play newcomers here and nobody twice: the answer of
  /// a search should hold for those too. There may be fewer groups than asked for, or none.
  func otherGroups(atMost count: Int) -> [SearchValidation] {
    // In turn, so that recordings made on the same day are not all in one group.
    // Who validates later parts of themselves has no other that is as late.
    if validating.contains(where: { $0.hasSuffix(Self.middleSuffix) }) { return [] }
    let groups = max(1, pretraining.count / validating.count)
    return (0..<min(groups, count)).compactMap { group in
      let chosen = pretraining.enumerated().filter { $0.offset % groups == group }.map(\.element)
        .prefix(validating.count)
      let others = (pretraining + validating).filter { !chosen.contains($0) }
      guard !chosen.isEmpty, !others.isEmpty else { return nil }
      return SearchValidation(
        validating: Array(chosen), pretraining: others, tested: tested, rotate: rotate,
        isOwnRotation: isOwnRotation)
    }
  }

  private init(
    validating: [String], pretraining: [String], tested: [String], rotate: Rotate?, isOwnRotation: Bool
  ) {
    self.validating = validating
    self.pretraining = pretraining
    self.tested = tested
    self.rotate = rotate
    self.isOwnRotation = isOwnRotation
  }

  /// What the name of a subject is followed by where the part is meant that lies between what pretrains and what tests.
  static let middleSuffix = ", middle"

  /// Cuts what pretraining would see into what a search pretrains on and what it validates on, where the last part of
  /// each subject is held out: the last of the first part, by the same share, plays what came later.
  ///
  /// Nothing leaks: the end of each subject stays held out, and windows that share samples with a later part are left out
  /// of the part before it.
  static func parted(_ ingested: IngestedWindows, for search: Search, in ingest: CheckedIngest) -> IngestedWindows {
    guard let share = ingest.split.holdOutLast, search.split == nil else { return ingested }
    var ingested = ingested
    let windows = ingested.windows
    var kept = windows.indices(ofSubjects: ingested.heldOut)
    var subjects = windows.subjects
    var names = windows.subjectNames
    for subject in windows.subjectNames.indices where !ingested.heldOut.contains(subject) {
      let split = AdaptationSplit(
        of: windows, indices: windows.indices(ofSubjects: [subject]), fraction: 1 - share)
      if split.adapt.isEmpty, split.test.isEmpty { continue }
      kept += split.adapt + split.test
      for index in split.test { subjects[index] = names.count }
      let name = names[subject]
      let isEarlier = name.hasSuffix(WindowSet.earlierSuffix)
      names.append((isEarlier ? String(name.dropLast(WindowSet.earlierSuffix.count)) : name) + middleSuffix)
    }
    ingested.windows.subjectNames = names
    ingested.windows.subjects = subjects
    ingested.windows = ingested.windows.subset(kept.sorted())
    return ingested
  }

  /// Finds out, before time is spent, whether everybody can be turned who is to be.
  func check(environment: [String: String]) throws(RunError) {
    let heldOut = Set(validating.indices.map { pretraining.count + $0 })
    do {
      try rotate?.check(pretraining + validating, heldOut: heldOut, environment: environment)
    } catch {
      guard case .missingRotation(let subject, let path) = error, !isOwnRotation else { throw error }
      throw .validationRotation(subject: subject, path: path)
    }
  }

  /// The windows of those who pretrain and those who validate, turned; nobody else's are among them.
  func windows(
    of ingested: IngestedWindows, environment: [String: String]
  ) throws(RunError) -> WindowSet {
    let all = ingested.windows
    var windows = all.subset(all.indices(ofSubjects: numbers(of: pretraining + validating, in: all)))
    try rotate?.apply(
      to: &windows, channels: ingested.channelNames, heldOut: numbers(of: validating, in: all),
      environment: environment)
    return windows
  }

  func numbers(of names: [String], in windows: WindowSet) -> Set<Int> {
    Set(windows.subjectNames.indices.filter { names.contains(windows.subjectNames[$0]) })
  }

  /// How the recordings are disturbed, in the words of a pipeline; nil if they are as recorded.
  var rotationText: String? {
    rotate.map { rotate in
      let how = rotate.seed.map { "seed: \($0)" } ?? rotate.matrices.map { "matrices: \"\($0)\"" } ?? ""
      return "Rotate(by: .subject, \(how), on: .\(rotate.subjects))"
    }
  }
}
