extension MCAPCheck {
  /// Schemas and channels met in the data, told apart by their contents' hashes.
  struct Declarations {
    var schemas: [UInt16: Int] = [:]
    var channels: [UInt16: Int] = [:]
    var topics: [UInt16: String] = [:]
    var hasIndexedChunks = false
    private var topicBytes = 0

    private static let maximumTopicBytes = 4 << 20

    mutating func name(_ channel: MCAPChannel) {
      guard topicBytes + channel.topic.utf8.count <= Self.maximumTopicBytes else { return }
      topicBytes += channel.topic.utf8.count
      topics[channel.id] = channel.topic
    }
  }

  func check(_ schema: MCAPSchema, at place: Int) {
    guard schema.id != 0 else {
      return error("schemaZero", at: place, "a schema has number 0, which means none", writer)
    }
    if let known = declared.schemas[schema.id] {
      if known != schema.hashValue {
        error(
          "schemaDiffers", at: place,
          "schema \(schema.id) ('\(schema.name.shortened(to: 60))') is declared twice with different contents", writer)
      }
      return
    }
    declared.schemas[schema.id] = schema.hashValue
    if schema.name.isEmpty { warn("schemaWithoutName", at: place, "schema \(schema.id) has no name", writer) }
    if schema.encoding.isEmpty, !schema.data.isEmpty {
      error("schemaWithoutEncoding", at: place, "schema \(schema.id) has data and no encoding", writer)
    }
    text.add(schema)
  }

  func check(_ channel: MCAPChannel, at place: Int) {
    if let known = declared.channels[channel.id] {
      if known != channel.hashValue {
        error(
          "channelDiffers", at: place,
          "channel \(channel.id) ('\(channel.topic.shortened(to: 60))') is declared twice with different contents",
          writer)
      }
      return
    }
    declared.channels[channel.id] = channel.hashValue
    declared.name(channel)
    if channel.schemaID != 0, declared.schemas[channel.schemaID] == nil {
      error(
        "schemaMissing", at: place,
        "channel '\(channel.topic.shortened(to: 60))' has schema \(channel.schemaID), which is not declared before it",
        LogLoss.Code.unknownChannel.advice)
    }
    if channel.topic.isEmpty { warn("channelWithoutTopic", at: place, "channel \(channel.id) has no topic", writer) }
    text.add(channel)
  }
}
