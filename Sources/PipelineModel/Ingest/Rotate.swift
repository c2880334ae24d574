/// Turns three-axis channels by a fixed matrix for each subject, as if the sensor were worn otherwise.
///
/// Takes exactly one of `matrices` and `seed`.
public struct Rotate: Sendable, Hashable {
  public var grouping: Grouping
  /// A JSON file, relative to the current directory: an object from subject to a 3 × 3 array of rows.
  /// `$NAME` at its start stands for an environment variable.
  public var matrices: String?
  /// Each subject is turned by a random rotation, every one equally likely, that follows from this number and the
  /// subject's name alone.
  public var seed: Int?
  /// The channels of each triplet, in the order x, y, z; `nil` takes all channels, three by three.
  public var channels: [[String]]?
  /// Whose recordings are turned.
  public var subjects: SubjectSet

  public init(
    by grouping: Grouping = .subject, matrices: String? = nil, seed: Int? = nil, channels: [[String]]? = nil,
    on subjects: SubjectSet = .heldOut
  ) {
    self.grouping = grouping
    self.matrices = matrices
    self.seed = seed
    self.channels = channels
    self.subjects = subjects
  }
}

/// By what recordings are told apart.
public enum Grouping: Sendable, Hashable, CaseIterable {
  case subject
}

/// Whose recordings something applies to.
public enum SubjectSet: Sendable, Hashable, CaseIterable {
  case heldOut
  case training
  case all
}

extension Grouping: PlainChoice {
  var summary: String { "Each subject on its own." }
}

extension SubjectSet: PlainChoice {
  var summary: String {
    switch self {
    case .heldOut: "The subjects that Split holds out."
    case .training: "The subjects that Split leaves in."
    case .all: "Every subject."
    }
  }
}

extension Rotate: PipelineNode {
  static let schema = NodeSchema(
    "Rotate", blank: Rotate(), takes: [.frames], gives: [.frames], phase: 3,
    example: "Rotate(by: .subject, seed: 1)",
    "Turns three-axis channels by a fixed matrix for each subject.",
    fields: [
      .optional("by", \.grouping, "By what the matrices are told apart."),
      .optional("matrices", \.matrices, "A JSON file: subject to a 3 x 3 array of rows."),
      .optional(
        "seed", \.seed, limits: .within(0...9_007_199_254_740_992),
        "A random rotation for each subject follows from it and the subject's name."),
      .optional("channels", \.channels, "Triplets of channels, x y z; all channels three by three if left out."),
      .optional("on", \.subjects, "Whose recordings are turned."),
    ])
}

extension Rotate: IngestStepConvertible {
  public var ingestStep: IngestStep { .rotate(self) }
}
