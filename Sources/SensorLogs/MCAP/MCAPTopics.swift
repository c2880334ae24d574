/// The schemas and channels of an MCAP file as they are met.
struct MCAPTopics {
  private(set) var schemas: [UInt16: MCAPSchema] = [:]
  private(set) var channels: [UInt16: MCAPChannel] = [:]

  /// Topics in the order met, each once.
  private(set) var names: [String] = []

  mutating func add(_ schema: MCAPSchema) {
    // 0 means "no schema" and is no valid id; a repetition in the summary says nothing new.
    if schema.id != 0, schemas[schema.id] == nil { schemas[schema.id] = schema }
  }

  mutating func add(_ channel: MCAPChannel) {
    guard channels[channel.id] == nil else { return }
    channels[channel.id] = channel
    if !names.contains(channel.topic) { names.append(channel.topic) }
  }

  func schema(of channel: MCAPChannel) -> MCAPSchema? { schemas[channel.schemaID] }
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
  }

  static func make(
    _ channel: MCAPChannel, schema: MCAPSchema?, firstMessage: UnsafeRawBufferPointer, selection: FieldSelection,
    timeUnit: TimeUnit?
  ) throws(Failure) -> any MessageDecoder {
    switch channel.messageEncoding {
    case "json":
      do {
        return try JSONMessageDecoder(firstMessage: firstMessage, selection: selection, timeUnit: timeUnit)
      } catch {
        switch error {
        case .firstMessage: throw .badMessage(.undecodableMessage)
        case .selection(let failure, let leaves): throw Self.failure(failure, leaves)
        }
      }
    case "cdr":
      guard let schema, schema.encoding == "ros2msg" else {
        throw .reason("cdr needs a ros2msg schema, found '\(schema?.encoding.printable ?? "none")'")
      }
      return try makeCDR(schema, firstMessage, selection, timeUnit)
    case let other:
      throw .reason("message encoding '\(other.printable)' cannot be read; json and cdr can")
    }
  }

  private static func makeCDR(
    _ schema: MCAPSchema, _ firstMessage: UnsafeRawBufferPointer, _ selection: FieldSelection, _ timeUnit: TimeUnit?
  ) throws(Failure) -> any MessageDecoder {
    let parsed: ROS2Schema
    do {
      parsed = try ROS2Schema(name: schema.name, text: String(decoding: schema.data, as: UTF8.self))
    } catch {
      throw .reason(error.sentence)
    }
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
    }
  }
}
