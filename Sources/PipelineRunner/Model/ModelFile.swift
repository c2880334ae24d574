import CZlib
import Foundation
import TrainingCompiler

/// A trained model on disk: description, plan, constants, and the adapted weights of each subject.
///
/// Layout, little-endian: `MARTLET` and a zero byte, the format version (u32), the number of sections (u32);
/// then each section: a name of four bytes, its length (u64), its bytes, and the CRC-32 (ISO-HDLC) of them
/// (u32). Sections: `desc` (JSON), `plan` (int32 words), `cons` (constants), and for each subject `subj`: for
/// each updated buffer, in the plan's order, its bytes.
public struct ModelFile: Sendable, Hashable {
  public var description: ModelDescription
  public var planWords: [Int32]
  public var constants: [UInt8]
  /// Parallel to `description.training.subjects`.
  public var adaptedWeights: [[UInt8]]

  private static let magic = Array("MARTLET\0".utf8)

  /// The model of a run; nil if the run did not train.
  init?(_ outcome: RunOutcome) {
    guard let description = ModelDescription(outcome), let training = outcome.training else { return nil }
    self.description = description
    planWords = training.plan.words
    constants = training.plan.constants
    adaptedWeights = training.subjects.map { training.plan.updatedBytes(in: $0.result.arena) }
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

  /// Why bytes are no model.
  public enum ReadError: Error, Sendable, Hashable {
    case notAModel
    case unsupportedVersion(Int)
    case truncated(byteOffset: Int)
    case checksumMismatch(section: String, byteOffset: Int)
    case malformed(section: String)
  }

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
    adaptedWeights = []
    for _ in 0..<count {
      let name = String(decoding: try cursor.take(4), as: UTF8.self)
      let length = try cursor.integer(8)
      let start = cursor.position
      guard length <= UInt64(bytes.count) else { throw .truncated(byteOffset: start) }
      let content = Array(try cursor.take(Int(length)))
      guard try cursor.integer(4) == UInt64(Self.checksum(content)) else {
        throw .checksumMismatch(section: name, byteOffset: start)
      }
      if name == "subj" { adaptedWeights.append(content) } else { found[name] = content }
    }
    guard let json = found["desc"],
      let description = try? JSONDecoder().decode(ModelDescription.self, from: Data(json))
    else { throw .malformed(section: "desc") }
    guard let plan = found["plan"], plan.count.isMultiple(of: 4) else { throw .malformed(section: "plan") }
    guard let constants = found["cons"] else { throw .malformed(section: "cons") }
    guard adaptedWeights.count == description.training.subjects.count else { throw .malformed(section: "subj") }
    self.description = description
    planWords = stride(from: 0, to: plan.count, by: 4).map { i in
      Int32(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(plan[i + $1]) << UInt32(8 * $1) })
    }
    self.constants = constants
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

extension ModelFile.ReadError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notAModel: "this is no model file; give the model.martlet of a run directory"
    case .unsupportedVersion(let version): "the model has format version \(version), which this martlet cannot read"
    case .truncated(let offset): "the model ends too early, at byte \(offset); copy it again"
    case .checksumMismatch(let section, let offset):
      "section '\(section)' at byte \(offset) does not match its checksum; copy the model again"
    case .malformed(let section): "section '\(section)' is missing or malformed"
    }
  }
}

extension TrainingPlan {
  /// The bytes of all updated weights and biases in an arena, in the order of their offsets.
  func updatedBytes(in arena: [UInt8]) -> [UInt8] {
    buffers.filter { $0.isPersistent && ($0.role == .weights || $0.role == .bias) }
      .flatMap { arena[$0.offset..<$0.offset + $0.byteCount] }
  }
}
