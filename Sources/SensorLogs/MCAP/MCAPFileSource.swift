/// The records of one file, by its index where that is wanted and can be used, else from beginning to end.
final class MCAPFileSource {
  let usesIndex: Bool

  /// Why the index was not used although it was wanted.
  let note: String?

  /// What has been declared so far; what is larger than allowed is left out and told of.
  private(set) var topics = MCAPTopics()
  private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)

  private let stream: MCAPRecordStream?
  private let indexed: MCAPIndexedReader?
  private let input: (any RandomAccessInput)?
  private let options: MCAPReadOptions
  private var waiting: [MCAPRecord] = []
  private var nextExtra = 0
  private var ownLosses = LogLosses()

  convenience init(path: String, options: MCAPReadOptions) throws(LogReadError) {
    guard Self.wantsIndex(options), let file = try RandomAccessFile(path: path) else {
      try self.init(FileInput(path: path), options: options)
      return
    }
    try self.init(file, options: options) { () throws(LogReadError) in try FileInput(path: path) }
  }

  private static func wantsIndex(_ options: MCAPReadOptions) -> Bool {
    options.usesIndex && (options.order == .logTime || !options.selection.isEverything)
  }

  init(_ bytes: any ByteInput, options: MCAPReadOptions) throws(LogReadError) {
    let opened = try ByteStream(bytes, options: options.limits)
    guard try SensorLog.isMCAP(opened) else {
      throw LogReadError(.unsupportedFormat(found: "what does not begin like MCAP"), path: bytes.path, byteOffset: 0)
    }
    let records = MCAPRecordStream(opened, options: options.limits)
    records.attachmentBegins = options.attachmentBegins
    records.attachmentData = options.attachmentData
    stream = records
    indexed = nil
    input = nil
    usesIndex = false
    note = Self.wantsIndex(options) ? "read from beginning to end, because it is no plain file" : nil
    self.options = options
  }

  /// - Parameter linear: Opens the same file to be read from its beginning.
  init(
    _ file: any RandomAccessInput, options: MCAPReadOptions, linear: () throws(LogReadError) -> any ByteInput
  ) throws(LogReadError) {
    self.options = options
    let limits = MCAPLimits(options.limits)
    var problem: String
    switch try MCAPIndex.load(file, limits: limits) {
    case .success(let index):
      let made = MCAPIndexedReader.make(
        file, index, limits: limits, selection: options.selection, order: options.order)
      if case .success(let reader) = made {
        indexed = reader
        stream = nil
        input = file
        usesIndex = true
        note = nil
        waiting = [.header(profile: index.profile, library: index.library)]
        waiting += index.topics.schemas.values.sorted { $0.id < $1.id }.map { .schema($0) }
        waiting += index.topics.channels.values.sorted { $0.id < $1.id }.map { .channel($0) }
        waiting.reverse()
        return
      }
      problem = ""
      if case .failure(let failure) = made { problem = failure.reason }
    case .failure(let failure): problem = failure.reason
    }
    let opened = try ByteStream(try linear(), options: options.limits)
    guard try SensorLog.isMCAP(opened) else {
      throw LogReadError(.unsupportedFormat(found: "what does not begin like MCAP"), path: file.path, byteOffset: 0)
    }
    if opened.isCompressed { problem = "it is compressed as a whole" }
    let records = MCAPRecordStream(opened, options: options.limits)
    records.attachmentBegins = options.attachmentBegins
    records.attachmentData = options.attachmentData
    stream = records
    indexed = nil
    input = nil
    usesIndex = false
    note = "read from beginning to end, because \(problem)"
  }

  var losses: LogLosses {
    var result = stream?.losses ?? LogLosses()
    if let indexed { result.add(contentsOf: indexed.losses) }
    result.add(contentsOf: ownLosses)
    return result
  }
  var lostMessages: Int { (stream?.lostMessages ?? 0) + (indexed?.lostMessages ?? 0) }
  var lostChunks: Int { (stream?.lostChunks ?? 0) + (indexed?.lostChunks ?? 0) }
  var bytesRead: Int { stream?.stream.bytesRead ?? indexed.map { $0.chunkOffset } ?? 0 }
  var bytesDecoded: Int { stream?.bytesDecoded ?? indexed?.bytesDecoded ?? 0 }
  var totalBytes: Int? { stream.map { $0.stream.totalBytes } ?? input?.size }

  func add(_ code: LogLoss.Code, detail: String) {
    let offset = stream?.recordOffset ?? indexed?.chunkOffset ?? 0
    ownLosses.add(LogLoss(code, byteOffset: offset, detail: detail))
  }

  @inline(__always)
  func next() throws(LogReadError) -> MCAPRecordStream.Event? {
    guard let stream else { return try nextIndexed() }
    guard let event = try stream.next() else { return nil }
    if case .record(let record) = event { note(record) }
    payload = stream.payload
    return event
  }

  private func nextIndexed() throws(LogReadError) -> MCAPRecordStream.Event? {
    guard let indexed, let input else { return nil }
    if let record = waiting.popLast() {
      note(record)
      return .record(record)
    }
    while nextExtra < indexed.index.extras.count {
      let extra = indexed.index.extras[nextExtra]
      nextExtra += 1
      if extra.opcode == .attachment { options.attachmentBegins?() }
      switch try MCAPExtraReader(input, MCAPLimits(options.limits)).read(extra, options.attachmentData) {
      case .success(let record):
        if case .attachment(let attachment) = record, attachment.checksumMatches == false {
          ownLosses.add(
            LogLoss(.attachmentChecksum, byteOffset: extra.offset, detail: attachment.name.printable))
        }
        return .record(record)
      case .failure(let failure):
        ownLosses.add(LogLoss(failure.code, byteOffset: extra.offset, detail: failure.detail))
      }
    }
    guard let message = try indexed.next() else { return nil }
    payload = indexed.payload
    return .message(message)
  }

  private func note(_ record: MCAPRecord) {
    switch record {
    case .schema(let schema):
      if let refusal = topics.refusal(adding: schema) { add(refusal, detail: schema.name.shortened(to: 60)) }
    case .channel(let channel):
      if let refusal = topics.refusal(adding: channel) { add(refusal, detail: channel.topic.shortened(to: 60)) }
    default: break
    }
  }
}
