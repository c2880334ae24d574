/// How the messages of a recording are to be read.
public struct MCAPReadOptions {
  public var selection = MCAPSelection()
  public var order = MCAPOrder.stored

  /// false: from beginning to end, whatever index there is. An index is used only where it saves reading or gives the
  /// order asked for.
  public var usesIndex = true

  /// The limits for chunks, records and zstd windows; its options about frames are not used here.
  public var limits = LogReadOptions()

  /// Receives the data of attachments piece by piece, each before the element that names the attachment.
  public var attachmentData: ((UnsafeRawBufferPointer) -> Void)?

  /// Called before the first piece of each attachment: the one before it may have been cut and never named.
  var attachmentBegins: (() -> Void)?

  public init() {}
}

/// One part of a recording.
public enum MCAPElement {
  case schema(MCAPSchema)
  case channel(MCAPChannel)
  /// The data are the reader's ``MCAPReader/payload``.
  case message(MCAPMessage)
  /// The data went to ``MCAPReadOptions/attachmentData``.
  case attachment(MCAPAttachment)
  case metadata(MCAPMetadata)
}
