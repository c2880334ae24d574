/// Takes the records that a recovery finds and writes them, each schema and channel once and before what needs it.
final class RecoverySink {
  let writer: MCAPWriter
  private(set) var digest = MessageDigest()
  private(set) var unknownChannelMessages = 0
  private(set) var unverified = 0
  private(set) var attachments = 0
  private(set) var metadata = 0
  private var topics = MCAPTopics()
  /// What the summary repeats, and what damaged chunks declare; it helps where the first declaration is lost.
  private var fallback: MCAPTopics
  private var doubtful: Set<UInt16> = []
  /// Declared in the data, behind messages that need it.
  private var declaredLate: Set<UInt16> = []
  private var fromSummary: [String] = []
  private var fromLater: [String] = []
  private var fromDamage: [String] = []

  init(_ writer: MCAPWriter, fallback: MCAPTopics) {
    self.writer = writer
    self.fallback = fallback
  }

  /// Of messages that no declaration tells about, by their channel's number.
  private var unknownCounts: [UInt16: Int] = [:]
  /// nil: messages of unknown channels are only counted.
  private var placeholders: MCAPMessageText?
  private var inPlaceholders = 0
  /// Of channels that were declared again as others.
  private var redefinedMessages = 0

  /// For a second walk over the file: what the first one met anywhere is known from the beginning, and JSON messages of
  /// channels that are declared nowhere are kept under a made-up topic.
  init(_ writer: MCAPWriter, learnedFrom first: RecoverySink) {
    self.writer = writer
    fallback = first.fallback
    doubtful = first.doubtful
    placeholders = MCAPMessageText()
    for schema in first.topics.schemas.values.sorted(by: { $0.id < $1.id }) where fallback.schemas[schema.id] == nil {
      _ = fallback.add(schema)
    }
    for channel in first.topics.channels.values where first.unknownCounts[channel.id] != nil {
      if fallback.channels[channel.id] == nil, fallback.add(channel) { declaredLate.insert(channel.id) }
    }
  }

  func knows(_ channelID: UInt16) -> Bool {
    topics.channels[channelID] != nil || fallback.channels[channelID] != nil
  }

  func addDoubtful(_ schema: MCAPSchema) {
    guard schema.id != 0, topics.schemas[schema.id] == nil, fallback.schemas[schema.id] == nil else { return }
    _ = fallback.add(schema)
  }

  func addDoubtful(_ channel: MCAPChannel) {
    guard !knows(channel.id), fallback.add(channel) else { return }
    doubtful.insert(channel.id)
  }

  func add(_ schema: MCAPSchema) throws(LogReadError) {
    let isNew = topics.schemas[schema.id] == nil
    // One that differs takes its channels with it.
    guard topics.add(schema), isNew, schema.id != 0 else { return }
    try writer.add(schema)
  }

  func add(_ channel: MCAPChannel) throws(LogReadError) {
    if let known = topics.channels[channel.id] {
      // What a damaged chunk declared is no reason to give up messages, nor is a schema that came late.
      guard !doubtful.contains(channel.id) else { return }
      var repeated = channel
      if known.schemaID == 0 { repeated.schemaID = 0 }
      _ = topics.add(repeated)
      return
    }
    var kept = channel
    if channel.schemaID != 0, topics.schemas[channel.schemaID] == nil {
      if let schema = fallback.schemas[channel.schemaID], !schema.data.isEmpty || schema.encoding.isEmpty {
        try add(schema)
      }
      // Without its schema a channel still has its messages.
      if topics.schemas[channel.schemaID] == nil { kept.schemaID = 0 }
    }
    // One that was too large, or declared again as another, stays away.
    guard topics.add(kept), topics.channels[kept.id] != nil else { return }
    try writer.add(kept)
  }

  func add(_ message: MCAPMessage, _ payload: UnsafeRawBufferPointer, isVerified: Bool) throws(LogReadError) {
    if topics.channels[message.channelID] == nil {
      if topics.redefinedChannels.contains(message.channelID) {
        redefinedMessages += 1
        return
      }
      guard let channel = fallback.channels[message.channelID] ?? placeholder(message, payload) else {
        return noteUnknown(message)
      }
      try add(channel)
      note(channel)
      guard topics.channels[message.channelID] != nil else { return noteUnknown(message) }
    }
    if placeholders != nil, topics.channels[message.channelID]?.metadata[Self.placeholderKey] != nil {
      inPlaceholders += 1
    }
    try writer.write(message, payload: payload)
    digest.add(message, payload)
    if !isVerified { unverified += 1 }
  }

  private static let placeholderKey = "martlet.recovered"

  private func noteUnknown(_ message: MCAPMessage) {
    unknownChannelMessages += 1
    unknownCounts[message.channelID, default: 0] += 1
  }

  private func note(_ channel: MCAPChannel) {
    let name = channel.topic.printable.shortened(to: 60)
    if channel.metadata[Self.placeholderKey] != nil { return }
    if declaredLate.contains(channel.id) {
      fromLater.append(name)
    } else if doubtful.contains(channel.id) {
      fromDamage.append(name)
    } else {
      fromSummary.append(name)
    }
  }

  /// A channel for messages that say themselves what they are: JSON needs no schema.
  private func placeholder(_ message: MCAPMessage, _ payload: UnsafeRawBufferPointer) -> MCAPChannel? {
    guard let placeholders, payload.first == UInt8(ascii: "{") else { return nil }
    let channel = MCAPChannel(
      id: message.channelID, schemaID: 0, topic: "/recovered/channel_\(message.channelID)", messageEncoding: "json",
      metadata: [Self.placeholderKey: "the declaration of channel \(message.channelID) is lost"])
    placeholders.add(channel)
    var text: [UInt8] = []
    return placeholders.write(message, payload: payload, to: &text) == .written ? channel : nil
  }

  func add(_ found: MCAPMetadata) throws(LogReadError) {
    try writer.add(found)
    metadata += 1
  }

  func add(_ attachment: MCAPAttachment, from spool: AttachmentSpool) throws(LogReadError) {
    try spool.write(attachment, to: writer)
    attachments += 1
  }

  func fill(_ report: inout MCAPRecoveryReport) {
    report.messages = digest.count
    report.messagesUnverified = unverified
    report.messagesLost += unknownChannelMessages + redefinedMessages
    if redefinedMessages > 0 {
      let numbers = topics.redefinedChannels.sorted().prefix(16).map { "\($0)" }.joined(separator: ", ")
      report.notes.append(
        "\(redefinedMessages) messages are lost because their channels (\(numbers)) are declared again as others")
    }
    report.attachments = attachments
    report.metadata = metadata
    if unknownChannelMessages > 0 {
      let numbers = unknownCounts.keys.sorted().prefix(16).map { "\($0)" }.joined(separator: ", ")
      report.notes.append(
        "\(unknownChannelMessages) messages are lost because their channels (\(numbers)) are declared nowhere any more")
    }
    if inPlaceholders > 0 {
      report.notes.append(
        "\(inPlaceholders) JSON messages of channels that are declared nowhere any more are kept under /recovered/…")
    }
    if !fromLater.isEmpty {
      report.notes.append("declared only behind their first messages: \(fromLater.prefix(16).joined(separator: ", "))")
    }
    if !fromSummary.isEmpty {
      report.notes.append("declared by the summary only: \(fromSummary.prefix(16).joined(separator: ", "))")
    }
    if !fromDamage.isEmpty {
      report.notes.append(
        "declared by a damaged chunk only, so that type and name may be wrong: "
          + fromDamage.prefix(16).joined(separator: ", "))
    }
    if let stated = report.messagesStated, stated > UInt64(report.messages) {
      report.messagesLost = max(report.messagesLost, Int(clamping: stated - UInt64(report.messages)))
    }
  }
}
