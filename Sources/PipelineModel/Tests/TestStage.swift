/// A stage of `Ingest` as a test names it: `Feed(at:)` enters in front of it, `Expect(after:)` looks behind it.
public struct TestStage: Sendable, Hashable {
  public enum Word: String, Sendable, Hashable, CaseIterable {
    case read, convert, disorder, clockJumps, duplicates, nonFinite, saturation, stuck, gaps
    case median, filter, gravity, select, resample
    case window, rotate, normalize
  }

  public let word: Word
  /// Which of several, from 1; `nil` where there is one.
  public let number: Int?

  init(_ word: Word, _ number: Int? = nil) {
    self.word = word
    self.number = number
  }

  /// As a file names the stage: `ClockJumps`.
  public var name: String { word.rawValue.prefix(1).uppercased() + word.rawValue.dropFirst() }

  /// As a test writes it: `.filter(2)`.
  public var source: String { ".\(word.rawValue)" + (number.map { "(\($0))" } ?? "") }
}

extension TestStage {
  public static var read: TestStage { TestStage(.read) }
  public static var convert: TestStage { TestStage(.convert) }
  public static var disorder: TestStage { TestStage(.disorder) }
  public static var clockJumps: TestStage { TestStage(.clockJumps) }
  public static var duplicates: TestStage { TestStage(.duplicates) }
  public static var nonFinite: TestStage { TestStage(.nonFinite) }
  public static var saturation: TestStage { TestStage(.saturation) }
  public static var stuck: TestStage { TestStage(.stuck) }
  public static var gaps: TestStage { TestStage(.gaps) }
  public static var median: TestStage { TestStage(.median) }
  public static func median(_ number: Int) -> TestStage { TestStage(.median, number) }
  public static var filter: TestStage { TestStage(.filter) }
  public static func filter(_ number: Int) -> TestStage { TestStage(.filter, number) }
  public static var gravity: TestStage { TestStage(.gravity) }
  public static func gravity(_ number: Int) -> TestStage { TestStage(.gravity, number) }
  public static var select: TestStage { TestStage(.select) }
  public static func select(_ number: Int) -> TestStage { TestStage(.select, number) }
  public static var resample: TestStage { TestStage(.resample) }
  public static var window: TestStage { TestStage(.window) }
  public static var rotate: TestStage { TestStage(.rotate) }
  public static var normalize: TestStage { TestStage(.normalize) }
}

extension TestStage: MemberChoice {
  static let cases: [MemberCase<TestStage>] = Word.allCases.map { word in
    let stage = TestStage(word)
    let summary = "The stage '\(stage.name)'."
    switch word {
    case .median, .filter, .gravity, .select:
      return MemberCase(
        word.rawValue,
        .make(
          "number", Int?.self, labelled: false, limits: .within(1...1000), default: .nothing,
          "Which of several, from 1."),
        summary, make: { (number: Int?) in TestStage(word, number) },
        take: { (choice: TestStage) -> Int?? in choice.word == word ? .some(choice.number) : nil })
    default:
      return MemberCase(word.rawValue, stage, summary)
    }
  }
}

/// A place on the way from recordings to windows, in the order in which frames pass them.
public enum FramePlace: Sendable, Hashable, Comparable {
  case read
  case converted
  case ordered
  case merged
  case guarded
  case judged
  /// Behind the step of this number among `Ingest.conditioning`.
  case conditioned(Int)
  case windows
  case turned
  case normalized

  public var isOfWindows: Bool { self >= .windows }
}

extension Ingest {
  /// The place behind a stage; `nil` where the pipeline has no such stage, or several and none is meant.
  public func place(behind stage: TestStage) -> FramePlace? {
    switch stage.word {
    case .read: return .read
    case .window: return .windows
    case .normalize: return .normalized
    default: break
    }
    let found = steps.filter { $0.testWord == stage.word }
    guard !found.isEmpty else { return nil }
    switch stage.word {
    case .convert: return .converted
    case .disorder: return .ordered
    case .duplicates: return .merged
    case .nonFinite, .saturation, .stuck: return .guarded
    case .gaps, .clockJumps: return .judged
    case .rotate: return .turned
    default:
      let places = conditioning.indices.filter { conditioning[$0].testWord == stage.word }
      guard let number = stage.number else { return places.count == 1 ? .conditioned(places[0]) : nil }
      return places.indices.contains(number - 1) ? .conditioned(places[number - 1]) : nil
    }
  }

  /// How many stages of the kind there are.
  func count(of stage: TestStage) -> Int { steps.count { $0.testWord == stage.word } }

  /// The stages that a test of this pipeline can name.
  var testStages: [TestStage] {
    var counts: [TestStage.Word: Int] = [:]
    var stages: [TestStage] = [.read]
    for step in steps {
      guard let word = step.testWord, word != .read, word != .normalize, word != .window else { continue }
      counts[word, default: 0] += 1
      let isOneOfSeveral = steps.count { $0.testWord == word } > 1
      let isNumbered = isOneOfSeveral && [.median, .filter, .gravity, .select].contains(word)
      if isNumbered || counts[word] == 1 { stages.append(TestStage(word, isNumbered ? counts[word] : nil)) }
    }
    return stages + [.window, .normalize]
  }

  /// The channels at a place, if the pipeline names them.
  ///
  /// - Parameter fed: Those that enter in front of `entry`, where a test names them.
  public func channelNames(at place: FramePlace, fed: [String]?, entry: FramePlace?) -> [String]? {
    var names = fed ?? reads.lazy.compactMap(\.channels).first
    for (index, step) in conditioning.enumerated() {
      if .conditioned(index) > place { break }
      if let entry, .conditioned(index) < entry { continue }
      switch step {
      case .gravity(let gravity): names?.append(contentsOf: gravity.addedChannels)
      case .select(let select): names = select.channels
      case .own(let own): names = names.flatMap { try? own.output(for: FrameStream(channels: $0)).channelNames }
      default: break
      }
    }
    return names
  }
}

extension IngestStep {
  var testWord: TestStage.Word? {
    switch self {
    case .read: .read
    case .convert: .convert
    case .disorder: .disorder
    case .clockJumps: .clockJumps
    case .duplicates: .duplicates
    case .nonFinite: .nonFinite
    case .saturation: .saturation
    case .stuck: .stuck
    case .gaps: .gaps
    case .median: .median
    case .filter: .filter
    case .gravity: .gravity
    case .select: .select
    case .resample: .resample
    case .rotate: .rotate
    case .window: .window
    case .normalize: .normalize
    // A file that 'martlet test' reads holds no stages of a program's own.
    case .subjects, .labels, .segments, .optionalChannels, .split, .own: nil
    }
  }
}

extension CheckedIngest {
  /// The same for frames that enter in front of a place: what they have passed already is left out.
  public func entered(at entry: FramePlace) -> CheckedIngest {
    guard entry > .read else { return self }
    var conditioned = -1
    let kept = steps.filter { step in
      let place: FramePlace
      switch step {
      case .optionalChannels, .convert: place = .converted
      case .disorder: place = .ordered
      case .duplicates: place = .merged
      case .nonFinite, .saturation, .stuck: place = .guarded
      case .gaps, .clockJumps: place = .judged
      case .median, .filter, .gravity, .select, .resample, .own:
        conditioned += 1
        place = .conditioned(conditioned)
      default: return true
      }
      return place >= entry
    }
    let rest = Ingest(path: path, steps: kept)
    return CheckedIngest(
      path: path, reads: reads, subjects: subjects, labels: labels, segments: segments, gaps: rest.gaps,
      resample: rest.resample, rotate: rotate, window: window, normalize: normalize, split: split,
      lengthSamples: lengthSamples, hopSamples: hopSamples, steps: kept)
  }

  /// The same with only those held out who are among the subjects.
  public func withSubjects(_ subjects: Set<String>) -> CheckedIngest {
    guard let holdOut = split.holdOut else { return self }
    var known = split
    known.holdOut = holdOut.filter(subjects.contains)
    return CheckedIngest(
      path: path, reads: reads, subjects: self.subjects, labels: labels, segments: segments, gaps: gaps,
      resample: resample, rotate: rotate, window: window, normalize: normalize, split: known,
      lengthSamples: lengthSamples, hopSamples: hopSamples, steps: steps)
  }
}
