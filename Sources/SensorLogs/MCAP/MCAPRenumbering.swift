/// Gives the schemas and channels of several files one numbering, the same number to what is the same.
///
/// What the first file declares keeps its numbers.
struct MCAPRenumbering {
  private var schemaIDs: [MCAPSchema: UInt16] = [:]
  private var channelIDs: [MCAPChannel: UInt16] = [:]
  private var usedSchemaIDs: Set<UInt16> = []
  private var usedChannelIDs: Set<UInt16> = []
  private var keptBytes = 0

  /// Bytes of all definitions together that are remembered.
  private static let maximumBytes = 16 << 20

  enum Answer<Value> {
    case new(Value)
    case known
    /// No number is left, or the definitions are too large together.
    case full
  }

  /// Of one file: its own number to the common one.
  struct Numbers {
    fileprivate(set) var schemas: [UInt16: UInt16] = [:]
    fileprivate(set) var channels: [UInt16: UInt16] = [:]

    mutating func forget(channel id: UInt16) {
      channels[id] = nil
    }
  }

  mutating func add(_ schema: MCAPSchema, _ file: inout Numbers) -> Answer<MCAPSchema> {
    guard schema.id != 0, file.schemas[schema.id] == nil else { return .known }
    var named = schema
    named.id = 0
    if let id = schemaIDs[named] {
      file.schemas[schema.id] = id
      return .known
    }
    guard admit(schema.data.count + schema.name.utf8.count + schema.encoding.utf8.count),
      let id = Self.free(schema.id, 1, usedSchemaIDs)
    else { return .full }
    usedSchemaIDs.insert(id)
    schemaIDs[named] = id
    file.schemas[schema.id] = id
    named.id = id
    return .new(named)
  }

  mutating func add(_ channel: MCAPChannel, _ file: inout Numbers) -> Answer<MCAPChannel> {
    guard file.channels[channel.id] == nil else { return .known }
    var named = channel
    named.id = 0
    // A schema that the file does not declare is none.
    named.schemaID = file.schemas[channel.schemaID] ?? 0
    if let id = channelIDs[named] {
      file.channels[channel.id] = id
      return .known
    }
    var bytes = channel.topic.utf8.count + channel.messageEncoding.utf8.count
    for (key, value) in channel.metadata { bytes += key.utf8.count + value.utf8.count + 64 }
    guard admit(bytes), let id = Self.free(channel.id, 0, usedChannelIDs) else { return .full }
    usedChannelIDs.insert(id)
    channelIDs[named] = id
    file.channels[channel.id] = id
    named.id = id
    return .new(named)
  }

  private mutating func admit(_ bytes: Int) -> Bool {
    guard keptBytes + bytes <= Self.maximumBytes else { return false }
    keptBytes += bytes
    return true
  }

  private static func free(_ wanted: UInt16, _ least: UInt16, _ used: Set<UInt16>) -> UInt16? {
    if wanted >= least, !used.contains(wanted) { return wanted }
    guard used.count < Int(UInt16.max) else { return nil }
    // Numbers count up from the number of those used, so that this seldom looks twice.
    var candidate = max(least, UInt16(used.count))
    while used.contains(candidate) { candidate = candidate == .max ? least : candidate + 1 }
    return candidate
  }
}
