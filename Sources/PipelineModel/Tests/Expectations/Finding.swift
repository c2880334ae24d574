/// Something that ingestion counts, and how often a test expects it.
public struct Finding: Sendable, Hashable {
  public enum Word: String, Sendable, Hashable, CaseIterable {
    // What is wrong with frames.
    case gaps, filledGaps, filledFrames, stepsBackwards, clockJumps, reorderedFrames, lateFrames, duplicateFrames
    case spreadFrames, nonFiniteFrames, heldValues, saturatedValues, stuckValues, absentChannels, unknownLabels
    // What becomes of sound frames too.
    case rejectedWindows, ambiguousWindows, unlabelledFrames, leftoverFrames

    /// Whether it is a fault: one that a test does not name must not be found.
    public var isFault: Bool {
      switch self {
      case .rejectedWindows, .ambiguousWindows, .unlabelledFrames, .leftoverFrames: false
      default: true
      }
    }

    /// As a sentence names it.
    public var phrase: String {
      switch self {
      case .gaps: "gaps"
      case .filledGaps: "gaps that were filled"
      case .filledFrames: "frames made up to fill gaps"
      case .stepsBackwards: "steps back in time"
      case .clockJumps: "clock jumps"
      case .reorderedFrames: "frames put back in order"
      case .lateFrames: "frames that came too late"
      case .duplicateFrames: "frames of one time"
      case .spreadFrames: "frames of bursts that were given times of their own"
      case .nonFiniteFrames: "frames dropped for values that are no numbers"
      case .heldValues: "values held in place of such as are no numbers"
      case .saturatedValues: "values at full scale"
      case .stuckValues: "stuck values"
      case .absentChannels: "recordings that lack a channel"
      case .unknownLabels: "labels that are none of the classes"
      case .rejectedWindows: "windows left out for frames in them"
      case .ambiguousWindows: "windows left out for too little agreement"
      case .unlabelledFrames: "frames without a label"
      case .leftoverFrames: "frames in no window"
      }
    }
  }

  public let word: Word
  public let count: CountCheck

  init(_ word: Word, _ count: CountCheck) {
    self.word = word
    self.count = count
  }
}

extension Finding {
  public static func gaps(_ count: CountCheck) -> Finding { Finding(.gaps, count) }
  public static func filledGaps(_ count: CountCheck) -> Finding { Finding(.filledGaps, count) }
  public static func filledFrames(_ count: CountCheck) -> Finding { Finding(.filledFrames, count) }
  public static func stepsBackwards(_ count: CountCheck) -> Finding { Finding(.stepsBackwards, count) }
  public static func clockJumps(_ count: CountCheck) -> Finding { Finding(.clockJumps, count) }
  public static func reorderedFrames(_ count: CountCheck) -> Finding { Finding(.reorderedFrames, count) }
  public static func lateFrames(_ count: CountCheck) -> Finding { Finding(.lateFrames, count) }
  public static func duplicateFrames(_ count: CountCheck) -> Finding { Finding(.duplicateFrames, count) }
  public static func spreadFrames(_ count: CountCheck) -> Finding { Finding(.spreadFrames, count) }
  public static func nonFiniteFrames(_ count: CountCheck) -> Finding { Finding(.nonFiniteFrames, count) }
  public static func heldValues(_ count: CountCheck) -> Finding { Finding(.heldValues, count) }
  public static func saturatedValues(_ count: CountCheck) -> Finding { Finding(.saturatedValues, count) }
  public static func stuckValues(_ count: CountCheck) -> Finding { Finding(.stuckValues, count) }
  public static func absentChannels(_ count: CountCheck) -> Finding { Finding(.absentChannels, count) }
  public static func unknownLabels(_ count: CountCheck) -> Finding { Finding(.unknownLabels, count) }
  public static func rejectedWindows(_ count: CountCheck) -> Finding { Finding(.rejectedWindows, count) }
  public static func ambiguousWindows(_ count: CountCheck) -> Finding { Finding(.ambiguousWindows, count) }
  public static func unlabelledFrames(_ count: CountCheck) -> Finding { Finding(.unlabelledFrames, count) }
  public static func leftoverFrames(_ count: CountCheck) -> Finding { Finding(.leftoverFrames, count) }
}

extension Finding: MemberChoice {
  static let cases: [MemberCase<Finding>] = Word.allCases.map { word in
    MemberCase(
      word.rawValue, .make("count", CountCheck.self, labelled: false, "How many."), "Counts \(word.phrase).",
      make: { Finding(word, $0) }, take: { $0.word == word ? $0.count : nil })
  }
}
