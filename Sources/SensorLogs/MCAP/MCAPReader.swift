/// Reads an MCAP recording message by message, with its schemas, channels, attachments and metadata.
///
/// A recording is one file, a pipe, or a rosbag2 folder with several files, which are read one behind the other under
/// one numbering of schemas and channels. Every schema and channel comes before the first message that needs it, each
/// once. Memory does not grow with the recording.
public final class MCAPReader {
  /// The files, in the order read.
  public let paths: [String]

  /// What has been met so far, by number.
  public private(set) var schemas: [UInt16: MCAPSchema] = [:]
  public private(set) var channels: [UInt16: MCAPChannel] = [:]

  /// As the first file states them.
  public private(set) var profile = ""
  public private(set) var library = ""

  /// The data of the message just given; valid until the next element is asked for.
  public private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Which of ``paths`` is being read.
  public private(set) var fileIndex = -1

  /// Why a file was not read by its index although that was wanted, each with the file's name.
  public private(set) var notes: [String] = []

  /// Whether every file so far was read by its index.
  public private(set) var usedIndex = true

  private let options: MCAPReadOptions
  private var source: MCAPFileSource?
  private var firstInput: (any ByteInput)?
  private var renumbering = MCAPRenumbering()
  private var numbers = MCAPRenumbering.Numbers()
  private var waiting: [MCAPElement] = []
  private var nextWaiting = 0
  private var schemasHere: [UInt16: MCAPSchema] = [:]
  private var unwanted: Set<UInt16> = []
  private var redefinedHere = 0
  private var lastID: (original: UInt16, common: UInt16)?
  private var closed = Totals()
  /// Met while looking for the header.
  private var pending: MCAPRecordStream.Event?

  private struct Totals {
    var losses = LogLosses()
    var messages = 0
    var lostMessages = 0
    var lostChunks = 0
    var bytesRead = 0
    var bytesDecoded = 0
  }

  /// Opens a file, `-` for standard input, or a rosbag2 folder.
  ///
  /// - Throws: where it cannot be opened or does not begin like MCAP.
  public convenience init(_ path: String, options: MCAPReadOptions = MCAPReadOptions()) throws(LogReadError) {
    guard Rosbag2Folder.isFolder(path) else {
      try self.init(paths: [path], options: options)
      return
    }
    let folder = try Rosbag2Folder(path)
    try self.init(paths: folder.files, options: options)
    notes = folder.notes + notes
    closed.losses.add(contentsOf: folder.losses)
  }

  /// Opens several files as one recording.
  public init(paths: [String], options: MCAPReadOptions = MCAPReadOptions()) throws(LogReadError) {
    precondition(!paths.isEmpty, "a recording has at least one file")
    self.paths = paths
    self.options = options
    _ = try openNextFile()
  }

  /// Bytes in memory, for tests.
  init(_ input: any ByteInput, options: MCAPReadOptions = MCAPReadOptions()) throws(LogReadError) {
    paths = [input.path]
    self.options = options
    firstInput = input
    _ = try openNextFile()
  }

  /// What could not be read so far.
  public var losses: LogLosses {
    var result = closed.losses
    if let source { result.add(contentsOf: source.losses) }
    return result
  }

  /// `frames` counts the messages given.
  public var counters: LogCounters {
    var result = LogCounters()
    result.frames = closed.messages
    result.lostMessages = closed.lostMessages + (source?.lostMessages ?? 0)
    result.lostChunks = closed.lostChunks + (source?.lostChunks ?? 0)
    result.bytesRead = closed.bytesRead + (source?.bytesRead ?? 0)
    result.bytesDecoded = closed.bytesDecoded + (source?.bytesDecoded ?? 0)
    return result
  }

  /// Bytes of the file being read, where known.
  public var totalBytes: Int? { source?.totalBytes }

  // MARK: Files

  private func openNextFile() throws(LogReadError) -> Bool {
    if let source {
      closed.losses.add(contentsOf: source.losses)
      closed.lostMessages += source.lostMessages
      closed.lostChunks += source.lostChunks
      closed.bytesRead += source.bytesRead
      closed.bytesDecoded += source.bytesDecoded
    }
    source = nil
    guard fileIndex + 1 < paths.count else { return false }
    fileIndex += 1
    let opened: MCAPFileSource
    if let input = firstInput {
      opened = try MCAPFileSource(input, options: options)
    } else {
      opened = try MCAPFileSource(path: paths[fileIndex], options: options)
    }
    if let note = opened.note { notes.append("\(paths[fileIndex]): \(note)") }
    usedIndex = usedIndex && opened.usesIndex
    source = opened
    numbers = MCAPRenumbering.Numbers()
    schemasHere.removeAll(keepingCapacity: true)
    unwanted.removeAll(keepingCapacity: true)
    redefinedHere = 0
    lastID = nil
    pending = try opened.next()
    if fileIndex == 0, case .record(.header(let profile, let library))? = pending {
      (self.profile, self.library) = (profile, library)
      pending = nil
    }
    return true
  }

  // MARK: Elements

  /// The next part of the recording, or nil at its end.
  public func next() throws(LogReadError) -> MCAPElement? {
    while true {
      if nextWaiting < waiting.count {
        nextWaiting += 1
        return waiting[nextWaiting - 1]
      }
      if !waiting.isEmpty {
        waiting.removeAll(keepingCapacity: true)
        nextWaiting = 0
      }
      guard let source else { return nil }
      var event = pending
      pending = nil
      if event == nil { event = try source.next() }
      guard let event else {
        if try !openNextFile() { return nil }
        continue
      }
      switch event {
      case .message(let message):
        if let element = accept(message, from: source) { return element }
      case .record(let record): note(record)
      }
    }
  }

  @inline(__always)
  private func accept(_ message: MCAPMessage, from source: MCAPFileSource) -> MCAPElement? {
    guard options.selection.includes(time: message.logTime) else { return nil }
    var found = message
    if let lastID, lastID.original == message.channelID {
      found.channelID = lastID.common
    } else {
      guard let common = numbers.channels[message.channelID] else {
        if !unwanted.contains(message.channelID) {
          closed.lostMessages += 1
          source.add(.unknownChannel, detail: "channel \(message.channelID)")
        }
        return nil
      }
      lastID = (message.channelID, common)
      found.channelID = common
    }
    payload = source.payload
    closed.messages += 1
    return .message(found)
  }

  private func note(_ record: MCAPRecord) {
    switch record {
    case .schema(let schema):
      forgetRedefined()
      guard schema.id != 0, schemasHere[schema.id] == nil else { return }
      guard source?.topics.schemas[schema.id]?.data.count == schema.data.count else { return }
      schemasHere[schema.id] = schema
      // With some topics only, a schema waits for a channel that has it.
      if options.selection.topic == nil { announce(schema) }
    case .channel(let channel): note(channel)
    case .attachment(let attachment): waiting.append(.attachment(attachment))
    case .metadata(let name, let entries): waiting.append(.metadata(MCAPMetadata(name: name, entries: entries)))
    default: break
    }
  }

  /// Messages of a channel that has been declared again as another belong to neither for certain.
  private func forgetRedefined() {
    guard let redefined = source?.topics.redefinedChannels, redefined.count != redefinedHere else { return }
    redefinedHere = redefined.count
    for id in redefined {
      numbers.forget(channel: id)
      unwanted.remove(id)
    }
    lastID = nil
  }

  private func note(_ channel: MCAPChannel) {
    forgetRedefined()
    guard source?.topics.redefinedChannels.contains(channel.id) != true else { return }
    if let topic = options.selection.topic, !topic(channel.topic) {
      unwanted.insert(channel.id)
      return
    }
    if let schema = schemasHere[channel.schemaID] { announce(schema) }
    switch renumbering.add(channel, &numbers) {
    case .new(let named):
      channels[named.id] = named
      waiting.append(.channel(named))
    case .known: break
    case .full: source?.add(.definitionTooLarge, detail: channel.topic.shortened(to: 60))
    }
  }

  private func announce(_ schema: MCAPSchema) {
    switch renumbering.add(schema, &numbers) {
    case .new(let named):
      schemas[named.id] = named
      waiting.append(.schema(named))
    case .known: break
    case .full: source?.add(.definitionTooLarge, detail: schema.name.shortened(to: 60))
    }
  }
}
