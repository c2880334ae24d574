public import TrainingCompiler

extension ModelFile {
  /// Why bytes are no model, or one that cannot be applied.
  public enum ReadError: Error, Sendable, Hashable {
    case notAModel
    case unsupportedVersion(Int)
    case truncated(byteOffset: Int)
    case trailingBytes(byteOffset: Int)
    case checksumMismatch(section: String, byteOffset: Int)
    case malformed(section: String)
    /// The plan's words would not run.
    case invalidPlan(PlanFault)
    /// The description cannot be meant: a scale of 0, or a mean for some channels only.
    case invalidInput(field: String)
    /// Description and plan state different sizes.
    case sizesDiffer(what: String, described: Int, planned: Int)
    /// A tensor of the table is none of the plan's initial weights, or stands twice.
    case invalidTensor(String)
    case subjectCount(named: Int, found: Int)
    case repeatedSubject(String)
    case subjectBytes(subject: String, expected: Int, found: Int)
    /// Asked for a subject that the model does not hold.
    case unknownSubject(String, known: [String])
  }
}

extension ModelFile.ReadError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notAModel: "this is no model file; give the model.martlet of a run directory"
    case .unsupportedVersion(let version): "the model has format version \(version), which this martlet cannot read"
    case .truncated(let offset): "the model ends too early, at byte \(offset); copy it again"
    case .trailingBytes(let offset): "bytes follow the model's end at byte \(offset); copy it again"
    case .checksumMismatch(let section, let offset):
      "section '\(section)' at byte \(offset) does not match its checksum; copy the model again"
    case .malformed(let section): "section '\(section)' is missing, stands twice or is malformed"
    case .invalidPlan(let fault): "the model's plan cannot run: \(fault); run the pipeline again"
    case .invalidInput(let field): "the model's description has an impossible '\(field)'; run the pipeline again"
    case .sizesDiffer(let what, let described, let planned):
      "the model describes \(described) \(what) and its plan has \(planned); run the pipeline again"
    case .invalidTensor(let name):
      "tensor '\(name)' of the model is none that its plan updates; run the pipeline again"
    case .subjectCount(let named, let found):
      "the model names \(named) subjects and holds the weights of \(found); run the pipeline again"
    case .repeatedSubject(let name): "the model holds two subjects '\(name)'; run the pipeline again"
    case .subjectBytes(let subject, let expected, let found):
      "the weights of subject '\(subject)' have \(found) bytes, not \(expected); run the pipeline again"
    case .unknownSubject(let name, let known):
      known.isEmpty
        ? "the model holds no adapted weights, so none of subject '\(name)'; leave the subject out"
        : "the model holds no weights of subject '\(name)'; it holds those of \(known.joined(separator: ", "))"
    }
  }
}
