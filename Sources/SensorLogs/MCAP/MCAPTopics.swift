/// The schemas and channels of an MCAP file as they are met, in bounded memory.
struct MCAPTopics {
  /// Bytes of one schema or channel, and of all together, that are kept.
  static let maximumDefinitionBytes = 1 << 20
  static let maximumTotalBytes = 16 << 20

  /// What a dictionary takes for an entry, however short its texts.
  private static let entryBytes = 64

  /// Of a schema that is too large its names stay, where they are no longer than this.
  private static let maximumNameBytes = 256

  private(set) var schemas: [UInt16: MCAPSchema] = [:]
  private(set) var channels: [UInt16: MCAPChannel] = [:]

  /// Topics in the order met, each once.
  private(set) var names: [String] = []

  private var nameSet: Set<String> = []
  private var tooLargeSchemas: Set<UInt16> = []
  private var tooLargeChannels: Set<UInt16> = []
  private var redefinedSchemas: Set<UInt16> = []

  /// Channels that were declared again with other contents, or whose schema was. They are known no longer: nothing tells
  /// which declaration a message of theirs belongs to.
  private(set) var redefinedChannels: Set<UInt16> = []

  /// Of schemas whose data are not kept.
  private var dataChecksums: [UInt16: UInt32] = [:]
  private var parsed: [UInt16: Result<ROS2Schema, ROS2Schema.Failure>] = [:]
  private var parsedFields = 0
  private var totalBytes = 0
  private let keepsSchemaData: Bool

  /// - Parameter keepsSchemaData: false where schemas are only told of, and nothing is decoded.
  init(keepsSchemaData: Bool = true) {
    self.keepsSchemaData = keepsSchemaData
  }

  /// - Returns: false, once for each schema, where it is too large to be kept or differs from one of the same number.
  mutating func add(_ schema: MCAPSchema) -> Bool { refusal(adding: schema) == nil }

  /// - Returns: false, once for each channel, where it is too large to be kept or differs from one of the same number.
  mutating func add(_ channel: MCAPChannel) -> Bool { refusal(adding: channel) == nil }

  /// Why a schema is not taken, once for each; nil where it is, or says nothing new.
  mutating func refusal(adding schema: MCAPSchema) -> LogLoss.Code? {
    // 0 means "no schema" and is no valid id.
    guard schema.id != 0 else { return nil }
    if let known = schemas[schema.id] {
      if isSame(schema, as: known) || !redefinedSchemas.insert(schema.id).inserted { return nil }
      // Whatever has this schema may mean either.
      for (id, channel) in channels where channel.schemaID == schema.id { redefine(id) }
      return .definitionChanged
    }
    if !keepsSchemaData { dataChecksums[schema.id] = schema.data.withUnsafeBytes { Checksum.of($0) } }
    var kept = schema
    let names = schema.name.utf8.count + schema.encoding.utf8.count
    let fits = admit(names + schema.data.count)
    if !fits {
      tooLargeSchemas.insert(schema.id)
      if names > Self.maximumNameBytes { (kept.name, kept.encoding) = ("", "") }
    }
    if !fits || !keepsSchemaData { kept.data = [] }
    schemas[schema.id] = kept
    return fits ? nil : .definitionTooLarge
  }

  /// Whether a schema repeats the known one, as far as that was kept.
  private func isSame(_ schema: MCAPSchema, as known: MCAPSchema) -> Bool {
    if tooLargeSchemas.contains(schema.id) { return true }
    guard schema.name == known.name, schema.encoding == known.encoding else { return false }
    if keepsSchemaData { return schema.data == known.data }
    return dataChecksums[schema.id] == schema.data.withUnsafeBytes { Checksum.of($0) }
  }

  private mutating func redefine(_ id: UInt16) {
    channels[id] = nil
    redefinedChannels.insert(id)
  }

  /// Why a channel is not taken, once for each; nil where it is, or says nothing new.
  mutating func refusal(adding channel: MCAPChannel) -> LogLoss.Code? {
    guard !tooLargeChannels.contains(channel.id), !redefinedChannels.contains(channel.id) else { return nil }
    if redefinedSchemas.contains(channel.schemaID) {
      redefine(channel.id)
      return .definitionChanged
    }
    if let known = channels[channel.id] {
      if known == channel { return nil }
      redefine(channel.id)
      return .definitionChanged
    }
    var bytes = channel.topic.utf8.count + channel.messageEncoding.utf8.count
    for (key, value) in channel.metadata { bytes += key.utf8.count + value.utf8.count + Self.entryBytes }
    guard admit(bytes) else {
      tooLargeChannels.insert(channel.id)
      return .definitionTooLarge
    }
    channels[channel.id] = channel
    if nameSet.insert(channel.topic).inserted { names.append(channel.topic) }
    return nil
  }

  private mutating func admit(_ bytes: Int) -> Bool {
    guard bytes <= Self.maximumDefinitionBytes, totalBytes + bytes <= Self.maximumTotalBytes else { return false }
    totalBytes += bytes
    return true
  }

  func contains(_ topic: String) -> Bool { nameSet.contains(topic) }

  func schema(of channel: MCAPChannel) -> MCAPSchema? { schemas[channel.schemaID] }

  /// Why the cdr messages of a channel cannot be decoded.
  enum SchemaProblem: Error {
    case encoding(String)
    case schema(ROS2Schema.Failure)

    var sentence: String {
      switch self {
      case .encoding(let found): "cdr needs a ros2msg schema, found '\(found)'"
      case .schema(let failure): failure.sentence
      }
    }
  }

  /// The fields of a channel's messages.
  mutating func ros2Schema(of channel: MCAPChannel) throws(SchemaProblem) -> ROS2Schema {
    let schema = schema(of: channel)
    guard let schema, schema.encoding == "ros2msg" else {
      throw .encoding(schema?.encoding.printable.shortened(to: 60) ?? "none")
    }
    switch fields(of: schema) {
    case .success(let parsed): return parsed
    case .failure(let failure): throw .schema(failure)
    }
  }

  /// The fields of a schema, parsed once however many of its messages have to be tried.
  private mutating func fields(of schema: MCAPSchema) -> Result<ROS2Schema, ROS2Schema.Failure> {
    if tooLargeSchemas.contains(schema.id) { return .failure(.tooLarge) }
    if let known = parsed[schema.id] { return known }
    let result = Result { () throws(ROS2Schema.Failure) in
      try ROS2Schema(name: schema.name, text: String(decoding: schema.data, as: UTF8.self))
    }
    if case .success(let made) = result {
      parsedFields += made.fieldCount
      if parsedFields > ROS2Schema.keptFields {
        parsed.removeAll()
        parsedFields = made.fieldCount
      }
    }
    parsed[schema.id] = result
    return result
  }
}

/// Makes the decoder for a channel from its schema and first message.
enum MessageDecoders {
  /// Why a channel cannot be decoded, and whether another message might do.
  enum Failure: Error {
    case reason(String)
    case badMessage(LogLoss.Code)
    case noNumbers
    case tooManyChannels(Int)
    case unknownField(String, known: [String])
    /// What was asked for contradicts itself.
    case impossible(String)
  }

  static func make(
    _ channel: MCAPChannel, _ topics: inout MCAPTopics, firstMessage: UnsafeRawBufferPointer,
    selection: FieldSelection, timeUnit: TimeUnit?
  ) throws(Failure) -> any MessageDecoder {
    switch channel.messageEncoding {
    case "json":
      do {
        return try JSONMessageDecoder(firstMessage: firstMessage, selection: selection, timeUnit: timeUnit)
      } catch {
        switch error {
        case .firstMessage: throw .badMessage(.undecodableMessage)
        case .longPaths: throw .reason(LeafPathLimit.sentence)
        case .selection(let failure, let leaves): throw Self.failure(failure, leaves)
        }
      }
    case "cdr":
      let parsed: ROS2Schema
      do {
        parsed = try topics.ros2Schema(of: channel)
      } catch {
        throw .reason(error.sentence)
      }
      return try makeCDR(parsed, firstMessage, selection, timeUnit)
    case let other: throw .reason(unknownEncoding(other))
    }
  }

  static func unknownEncoding(_ name: String) -> String {
    "message encoding '\(name.printable.shortened(to: 60))' cannot be read; json and cdr can"
  }

  private static func makeCDR(
    _ parsed: ROS2Schema, _ firstMessage: UnsafeRawBufferPointer, _ selection: FieldSelection, _ timeUnit: TimeUnit?
  ) throws(Failure) -> any MessageDecoder {
    do {
      return try CDRDecoder(schema: parsed, firstMessage: firstMessage, selection: selection, timeUnit: timeUnit)
    } catch {
      switch error {
      case .schema(let failure): throw .reason(failure.sentence)
      case .firstMessage(let code): throw .badMessage(code)
      case .encapsulation(let kind): throw .reason("CDR encapsulation 0x\(String(kind, radix: 16)) cannot be read")
      case .selection(let failure, let leaves): throw Self.failure(failure, leaves)
      }
    }
  }

  private static func failure(_ failure: FieldSelection.Failure, _ leaves: [MessageLeaf]) -> Failure {
    switch failure {
    case .unknownField(let name): .unknownField(name, known: leaves.map(\.path))
    case .tooManyChannels(let count): .tooManyChannels(count)
    case .noChannels: .noNumbers
    case .impossible(let text): .impossible(text)
    }
  }
}
