/// What makes words no plan that may run.
public struct PlanFault: Error, Sendable, Hashable {
  /// The word at which the header's field or the operation's record begins.
  public let word: Int
  public let kind: Kind

  public init(word: Int, kind: Kind) {
    self.word = word
    self.kind = kind
  }

  public enum Kind: Sendable, Hashable {
    case notAPlan
    case unsupportedVersion(Int)
    /// The header asks for no arena, or for a larger one than any plan is run in.
    case arenaBytes(Int)
    case constantBytes(stated: Int, found: Int)
    /// The records do not end where the words do.
    case recordsEnd
    case unknownOperation(Int)
    /// An operation where its kind never stands, such as an update in the forward pass.
    case misplacedOperation
    case recordLength(Int)
    case geometry
    /// A field outside what its kernel takes.
    case field(String)
    /// A table of constants holds what its kernel does not take.
    case table(String)
    /// An operand that must be there is absent.
    case absentOperand
    case outsideArena(offset: Int, byteCount: Int)
    case outsideConstants(offset: Int, byteCount: Int)
    case misaligned
    case writesConstant
    /// The operation writes what it reads, what it writes elsewhere, or what must outlive it.
    case overlap(offset: Int)
    /// An error tensor is read that no earlier operation of the step made so.
    case unmadeErrors
    /// A sum of errors could leave int32.
    case sumTooWide
    /// The window or the logits disagree with the header.
    case disagreesWithHeader
    /// More products than any network for a sensor window needs.
    case tooMuchWork
  }
}

extension PlanFault: CustomStringConvertible {
  public var description: String { "\(kind) at word \(word)" }
}

extension PlanFault.Kind: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notAPlan: "the words do not begin as a plan does"
    case .unsupportedVersion(let version): "the plan has version \(version), which this martlet cannot run"
    case .arenaBytes(let bytes): "the plan asks for an arena of \(bytes) bytes"
    case .constantBytes(let stated, let found): "the plan asks for \(stated) bytes of constants and has \(found)"
    case .recordsEnd: "the records do not end with the plan"
    case .unknownOperation(let opcode): "there is no operation \(opcode)"
    case .misplacedOperation: "an operation stands where it never does"
    case .recordLength(let length): "an operation has \(length) words, which is not its length"
    case .geometry: "an operation has impossible sizes"
    case .field(let name): "an operation's \(name) is out of range"
    case .table(let name): "an operation's table of \(name) holds what it must not"
    case .absentOperand: "an operation lacks an operand"
    case .outsideArena(let offset, let count): "\(count) bytes at \(offset) do not lie inside the arena"
    case .outsideConstants(let offset, let count): "\(count) bytes at \(offset) do not lie inside the constants"
    case .misaligned: "an operand is not aligned"
    case .writesConstant: "an operation writes to constants"
    case .overlap(let offset): "an operation writes to bytes at \(offset) that it must not change"
    case .unmadeErrors: "an operation reads errors that none before it made"
    case .sumTooWide: "an operation's sums of errors could leave 32 bits"
    case .disagreesWithHeader: "an operation disagrees with the plan's header"
    case .tooMuchWork: "the plan asks for more work than a prediction or a step can be"
    }
  }
}
