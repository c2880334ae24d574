/// Tells whose recording a file is.
public struct Subjects: Sendable, Hashable {
  public var source: SubjectSource

  public init(from source: SubjectSource = .fileName) {
    self.source = source
  }
}

public enum SubjectSource: Sendable, Hashable {
  /// The letters and digits at the start of the file name: `s08` of `s08_exp15.csv.zst`.
  case fileName
  /// The first characters of the file name.
  case fileNamePrefix(Int)
  /// The first number in the file name: `007` of `IR007_0.csv.zst`.
  case firstNumber
  /// One subject for all files.
  case constant(String)
}

extension SubjectSource {
  /// The subject of a file, given the last part of its path.
  public func subject(ofFileNamed name: String) -> String {
    switch self {
    case .fileName: String(name.prefix { $0.isLetter || $0.isNumber })
    case .fileNamePrefix(let count): String(name.prefix(max(0, count)))
    case .firstNumber: String(name.drop { !$0.isASCIIDigit }.prefix(while: \.isASCIIDigit))
    case .constant(let subject): subject
    }
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

extension SubjectSource: MemberChoice {
  static let cases: [MemberCase<SubjectSource>] = [
    MemberCase("fileName", .fileName, "The letters and digits at the start of the file name."),
    MemberCase(
      "fileNamePrefix",
      .make(
        "characters", Int.self, labelled: false, unit: "characters", limits: .within(1...255),
        "How many characters."),
      "The first characters of the file name.", make: SubjectSource.fileNamePrefix,
      take: { if case .fileNamePrefix(let count) = $0 { count } else { nil } }),
    MemberCase("firstNumber", .firstNumber, "The first number in the file name."),
    MemberCase(
      "constant", .make("name", String.self, labelled: false, "The subject."), "One subject for all files.",
      make: SubjectSource.constant, take: { if case .constant(let name) = $0 { name } else { nil } }),
  ]
}

extension Subjects: PipelineNode {
  static let schema = NodeSchema(
    "Subjects", blank: Subjects(), takes: [.frames], gives: [.frames], phase: 1, example: "Subjects(from: .fileName)",
    "Tells whose recording a file is.",
    fields: [.optional("from", \.source, "What the subject is taken from.")])
}

extension Subjects: IngestStepConvertible {
  public var ingestStep: IngestStep { .subjects(self) }
}
