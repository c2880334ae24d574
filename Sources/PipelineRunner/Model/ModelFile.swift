import CZlib
import Foundation
import TrainingCompiler

/// A model on disk: description, plan, constants, and the adapted weights of each subject.
///
/// Layout, little-endian: `MARTLET` and a zero byte, the format version (u32), the number of sections (u32);
/// then each section: a name of four bytes, its length (u64), its bytes, and the CRC-32 (ISO-HDLC) of them
/// (u32). Nothing follows the last section. Sections, in this order:
///
/// * `desc`: the JSON of a `ModelDescription`.
/// * `plan`: int32 words, a header and a record an operation; see `Plan`. The plan of a run that did not train predicts
///   only.
/// * `cons`: the constants to which the plan refers: frozen weights, initial weights, tables.
/// * `subj`, one for each of `training.subjects` in the description: the bytes of the tensors of
///   `training.tensors`, one after the other without gaps. A tensor's `offset` is where its bytes stand in the arena;
///   the tensors are in the order of their offsets. Where channels were reordered, or only some are updated, a tensor's
///   `outputChannels` and `inputChannels` say to which of the layer's its rows and columns belong. What error feedback keeps of a step is not stored.
///
/// To apply a model: start an engine on the plan and the constants, which copies the initial weights into the arena;
/// write a subject's bytes to the tensors' offsets (`session(subject:)` does both); fill the input with a window that
/// was normalised and quantised as `input` in the description says (`quantized(_:)` does that); predict.
public struct ModelFile: Sendable, Hashable {
  public var description: ModelDescription
  public var planWords: [Int32]
  public var constants: [UInt8]
  /// Parallel to `description.training.subjects`; empty if the run did not train.
  public var adaptedWeights: [[UInt8]]

  /// A model with the weights of some hundred subjects; nothing larger is read.
  public static let byteLimit = 1 << 30

  private static let magic = Array("MARTLET\0".utf8)

  /// The model of a run; nil if the run did not quantise.
  init?(_ outcome: RunOutcome) throws(CompilationError) {
    guard let network = outcome.quantization?.network else { return nil }
    let plan: TrainingPlan
    if let training = outcome.training {
      plan = training.plan
    } else {
      plan = try TrainingPlan.compile(network, scheme: .predictionOnly(network))
    }
    description = ModelDescription(outcome, network: network)
    planWords = plan.words
    constants = plan.constants
    adaptedWeights = (outcome.training?.subjects ?? []).map { subject in
      plan.updatedTensors.flatMap { subject.result.arena[$0.offset..<$0.offset + $0.byteCount] }
    }
  }

  // MARK: Writing

  public func bytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var sections: [(String, [UInt8])] = [("desc", Array(try encoder.encode(description)))]
    sections.append(("plan", planWords.flatMap { Self.littleEndian(UInt64(UInt32(bitPattern: $0)), 4) }))
    sections.append(("cons", constants))
    for weights in adaptedWeights { sections.append(("subj", weights)) }
    var bytes = Self.magic
    bytes += Self.littleEndian(UInt64(ModelDescription.currentFormatVersion), 4)
    bytes += Self.littleEndian(UInt64(sections.count), 4)
    for (name, content) in sections {
      bytes += Array(name.utf8)
      bytes += Self.littleEndian(UInt64(content.count), 8)
      bytes += content
      bytes += Self.littleEndian(UInt64(Self.checksum(content)), 4)
    }
    return bytes
  }

  private static func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { buffer in
      UInt32(truncatingIfNeeded: crc32_z(crc32_z(0, nil, 0), buffer.baseAddress, buffer.count))
    }
  }

  // MARK: Reading

  /// Reads a model and proves that it can be applied.
  public init(bytes: [UInt8]) throws(ReadError) {
    var cursor = Cursor(bytes: bytes)
    guard bytes.starts(with: Self.magic) else { throw .notAModel }
    cursor.position = Self.magic.count
    let version = try cursor.integer(4)
    guard version == UInt64(ModelDescription.currentFormatVersion) else {
      throw .unsupportedVersion(Int(truncatingIfNeeded: version))
    }
    let count = try cursor.integer(4)
    var found: [String: [UInt8]] = [:]
    var subjects: [[UInt8]] = []
    for _ in 0..<count {
      let name = String(decoding: try cursor.take(4), as: UTF8.self)
      let length = try cursor.integer(8)
      let start = cursor.position
      guard length <= UInt64(bytes.count) else { throw .truncated(byteOffset: start) }
      let content = Array(try cursor.take(Int(length)))
      guard try cursor.integer(4) == UInt64(Self.checksum(content)) else {
        throw .checksumMismatch(section: name, byteOffset: start)
      }
      if name == "subj" {
        subjects.append(content)
      } else {
        guard found.updateValue(content, forKey: name) == nil else { throw .malformed(section: name) }
      }
    }
    guard cursor.position == bytes.count else { throw .trailingBytes(byteOffset: cursor.position) }
    guard let json = found["desc"],
      let description = try? JSONDecoder().decode(ModelDescription.self, from: Data(json))
    else { throw .malformed(section: "desc") }
    guard let plan = found["plan"], plan.count.isMultiple(of: 4) else { throw .malformed(section: "plan") }
    guard let constants = found["cons"] else { throw .malformed(section: "cons") }
    self.description = description
    planWords = stride(from: 0, to: plan.count, by: 4).map { i in
      Int32(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(plan[i + $1]) << UInt32(8 * $1) })
    }
    self.constants = constants
    adaptedWeights = subjects
    _ = try check()
  }

  private struct Cursor {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) throws(ReadError) -> ArraySlice<UInt8> {
      guard count <= bytes.count - position else { throw .truncated(byteOffset: position) }
      defer { position += count }
      return bytes[position..<position + count]
    }

    mutating func integer(_ count: Int) throws(ReadError) -> UInt64 {
      try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
