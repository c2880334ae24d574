extension ArenaMap: Encodable {
  /// Grows when a key changes its meaning or goes away.
  public static let schemaVersion = 1

  private enum Key: String, CodingKey {
    case schemaVersion, arenaBytes, lowerBoundBytes, constantBytes, forwardOperations, peakOperation, buffers, overlaps
    case operations
  }

  private struct Operation: Encodable {
    var name: String
    var liveBytes: Int
    var freeBytes: Int
    var lowerBoundBytes: Int
    var buffers: [Int]
    var spans: [Span]
  }

  private struct Buffer: Encodable {
    var name: String
    var role: String
    var offset: Int
    var bytes: Int
    var firstOperation: Int
    var lastOperation: Int
    var isPersistent: Bool
  }

  private struct Overlap: Encodable {
    var input: Int
    var output: Int
    var leadBytes: Int
  }

  /// Every buffer and every operation; buffers and operations are named by their index.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.schemaVersion, forKey: .schemaVersion)
    try container.encode(arenaBytes, forKey: .arenaBytes)
    try container.encode(lowerBoundBytes, forKey: .lowerBoundBytes)
    try container.encode(constantBytes, forKey: .constantBytes)
    try container.encode(forwardCount, forKey: .forwardOperations)
    try container.encodeIfPresent(peakOperation, forKey: .peakOperation)
    try container.encode(
      buffers.map {
        Buffer(
          name: $0.name, role: $0.role.rawValue, offset: $0.offset, bytes: $0.byteCount,
          firstOperation: $0.firstOperation, lastOperation: $0.lastOperation, isPersistent: $0.isPersistent)
      }, forKey: .buffers)
    try container.encode(
      overlaps.map { Overlap(input: $0.input, output: $0.output, leadBytes: $0.lead) }, forKey: .overlaps)
    try container.encode(
      operations.indices.map { t in
        Operation(
          name: operationNames[t], liveBytes: operations[t].liveBytes, freeBytes: operations[t].freeBytes,
          lowerBoundBytes: operations[t].lowerBoundBytes, buffers: operations[t].buffers, spans: spans(at: t))
      }, forKey: .operations)
  }
}

extension ArenaMap.Span: Encodable {
  private enum Key: String, CodingKey {
    case offset, bytes, owners
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(offset, forKey: .offset)
    try container.encode(byteCount, forKey: .bytes)
    try container.encode(owners, forKey: .owners)
  }
}
