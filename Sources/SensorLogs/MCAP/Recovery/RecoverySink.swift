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
  private var fromSummary: [String] = []
  private var fromDamage: [String] = []

  init(_ writer: MCAPWriter, fallback: MCAPTopics) {
    self.writer = writer
    self.fallback = fallback
  }

  func knows(_ channelID: UInt16) -> Bool {
    topics.channels[channelID] != nil || fallback.channels[channelID] != nil
  }

  func addDoubtful(_ schema: MCAPSchema) {
    if schema.id != 0, topics.schemas[schema.id] == nil { _ = fallback.add(schema) }
  }

  func addDoubtful(_ channel: MCAPChannel) {
    guard !knows(channel.id), fallback.add(channel) else { return }
    doubtful.insert(channel.id)
  }

  func add(_ schema: MCAPSchema) throws(LogReadError) {
    guard schema.id != 0, topics.schemas[schema.id] == nil, topics.add(schema) else { return }
    try writer.add(schema)
  }

  func add(_ channel: MCAPChannel) throws(LogReadError) {
    guard topics.channels[channel.id] == nil else { return }
    var kept = channel
    if channel.schemaID != 0, topics.schemas[channel.schemaID] == nil {
      if let schema = fallback.schemas[channel.schemaID], !schema.data.isEmpty || schema.encoding.isEmpty {
        try add(schema)
      }
      // Without its schema a channel still has its messages.
      if topics.schemas[channel.schemaID] == nil { kept.schemaID = 0 }
    }
    guard topics.add(kept) else { return }
    try writer.add(kept)
  }

  func add(_ message: MCAPMessage, _ payload: UnsafeRawBufferPointer, isVerified: Bool) throws(LogReadError) {
    if topics.channels[message.channelID] == nil {
      guard let channel = fallback.channels[message.channelID] else {
        unknownChannelMessages += 1
        return
      }
      try add(channel)
      let name = channel.topic.printable.shortened(to: 60)
      if doubtful.contains(channel.id) { fromDamage.append(name) } else { fromSummary.append(name) }
      guard topics.channels[message.channelID] != nil else {
        unknownChannelMessages += 1
        return
      }
    }
    try writer.write(message, payload: payload)
    digest.add(message, payload)
    if !isVerified { unverified += 1 }
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
    report.messagesLost += unknownChannelMessages
    report.attachments = attachments
    report.metadata = metadata
    if unknownChannelMessages > 0 {
      report.notes.append("\(unknownChannelMessages) messages are of channels whose declaration is lost")
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
