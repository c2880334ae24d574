/// Reads one topic of an MCAP file as frames, with labels from the same messages or from a topic of events.
final class MCAPFrameReader: LogReader {
  let path: String
  let format = LogFormat.mcap
  private(set) var schema = LogSchema(channels: [])

  // Those looked at for every message are not checked for overlapping accesses: nothing calls back into a reader.
  @exclusivity(unchecked) private var records: MCAPRecordStream
  /// Files of the same recording that follow.
  private var following: ArraySlice<String>
  private var closed = Closed()

  /// What the files before the one at hand gave.
  private struct Closed {
    var losses = LogLosses()
    var bytesRead = 0
    var bytesDecoded = 0
    var lostChunks = 0
    var lostMessages = 0
  }

  private let options: LogReadOptions
  private var topics = MCAPTopics()
  @exclusivity(unchecked) private var labels: LabelTable
  @exclusivity(unchecked) private var events = LabelEvents()
  @exclusivity(unchecked) private var counted = LogCounters()
  private var topic: String?
  private var labelTopic: String?
  private var routes: [UInt16: Route] = [:]
  @exclusivity(unchecked) private var lastRouteID: UInt16 = 0
  @exclusivity(unchecked) private var lastRoute: Route?
  /// Decodes the messages of `frameChannelID`, which become frames; nil until one has come.
  @exclusivity(unchecked) private var frameDecoder: (any MessageDecoder)?
  @exclusivity(unchecked) private var frameChannelID: UInt16 = 0
  @exclusivity(unchecked) private var framesHaveLabels = false
  private let clock: Clock
  @exclusivity(unchecked) private var capture = MessageCapture(channelCount: 0)
  private var labelCapture = MessageCapture(channelCount: 0)
  private var pending: MCAPMessage?
  @exclusivity(unchecked) private var lastFrameTime = Int64.min
  /// The last frame's time when a label event came behind frames that are later than it.
  @exclusivity(unchecked) private var lateReference: Int64?
  private var lastLabelNumber: (number: Int64, index: Int32)?

  /// Where a frame's time comes from.
  private enum Clock {
    case log, publish, field
  }

  /// What happens to the messages of one channel.
  private final class Route {
    enum Purpose {
      case ignored
      case frames(any MessageDecoder)
      case labels(any MessageDecoder)
      /// The next message may tell more.
      case undecided
    }
    @exclusivity(unchecked) var purpose = Purpose.undecided
    let channel: MCAPChannel
    init(_ channel: MCAPChannel) { self.channel = channel }
  }

  var labelNames: [String] { labels.names }
  var losses: LogLosses {
    var result = closed.losses
    result.add(contentsOf: records.losses)
    return result
  }
  private(set) var notes: [LogNote] = []
  /// Of all files.
  private(set) var totalBytes: Int?
  var compression: LogCompression { records.stream.compression }
  var counters: LogCounters {
    var result = counted
    result.bytesRead = closed.bytesRead + records.stream.bytesRead
    result.bytesDecoded = closed.bytesDecoded + records.bytesDecoded
    result.lostChunks = closed.lostChunks + records.lostChunks
    result.lostMessages += closed.lostMessages + records.lostMessages
    return result
  }

  /// - Parameters:
  ///   - path: Of the recording, where it is not that of its first file.
  ///   - following: Files that continue the recording, as those of a rosbag2 folder do.
  init(
    _ stream: ByteStream, path: String? = nil, following: [String] = [], options: LogReadOptions
  ) throws(LogReadError) {
    self.path = path ?? stream.path
    self.following = following[...]
    totalBytes = following.reduce(stream.totalBytes) { total, file in
      total.flatMap { total in FileInput.size(of: file).map { total + $0 } }
    }
    self.options = options
    clock =
      switch options.time {
      case .log: .log
      case .publish: .publish
      case .field: .field
      }
    records = MCAPRecordStream(stream, options: options, givesExtras: false)
    labels = LabelTable(maximumCount: options.maximumLabels)
    topic = options.topic
    labelTopic = options.labelTopic
    if let topic, topic == labelTopic {
      throw LogReadError(.invalidOption("'\(topic)' cannot be both the topic of frames and of labels"), path: self.path)
    }
    try findFirstFrame()
  }

  /// Opens the files of a rosbag2 folder as one recording.
  convenience init(_ folder: Rosbag2Folder, options: LogReadOptions) throws(LogReadError) {
    let first = try ByteStream(FileInput(path: folder.files[0]), options: options)
    try self.init(first, path: folder.path, following: Array(folder.files.dropFirst()), options: options)
    notes = folder.notes.map { LogNote(.folder, detail: $0) }
    closed.losses.add(contentsOf: folder.losses)
  }

  // MARK: Files

  @inline(__always)
  private func nextEvent() throws(LogReadError) -> MCAPRecordStream.Event? {
    if let event = try records.next() { return event }
    return try firstEventOfNextFile()
  }

  private func firstEventOfNextFile() throws(LogReadError) -> MCAPRecordStream.Event? {
    while true {
      guard let file = following.popFirst() else { return nil }
      closed.losses.add(contentsOf: records.losses)
      closed.bytesRead += records.stream.bytesRead
      closed.bytesDecoded += records.bytesDecoded
      closed.lostChunks += records.lostChunks
      closed.lostMessages += records.lostMessages
      records = MCAPRecordStream(
        try ByteStream(FileInput(path: file), options: options), options: options, givesExtras: false)
      // Each file has numbers of its own.
      topics = MCAPTopics()
      routes.removeAll()
      lastRoute = nil
      frameDecoder = nil
      if let event = try records.next() { return event }
    }
  }

  // MARK: Opening

  /// Reads until the first message that becomes a frame, which then waits for the first batch.
  private func findFirstFrame() throws(LogReadError) {
    var refusal: LogReadError.Code?
    while let event = try nextEvent() {
      switch event {
      case .record(let record): note(record)
      case .message(let message):
        do {
          if try isFirstFrame(message) {
            pending = message
            return
          }
        } catch {
          // Where no topic was asked for, another one may do.
          if topic != nil { throw LogReadError(error, path: path, byteOffset: records.recordOffset) }
          refusal = refusal ?? error
        }
      }
    }
    throw LogReadError(reasonForNoFrame(refusal), path: path, byteOffset: nil)
  }

  private func reasonForNoFrame(_ refusal: LogReadError.Code?) -> LogReadError.Code {
    if let loss = records.losses.first.first(where: { $0.code == .unsupportedChunkCompression }) {
      return .unsupportedCompression("\(loss.detail) chunk")
    }
    if let topic, !topics.contains(topic) { return .unknownTopic(topic, known: topics.names) }
    if let refusal { return refusal }
    if let loss = records.losses.first.first { return .damaged(loss.code) }
    return topics.names.isEmpty ? .empty : .noNumericTopic(known: topics.names)
  }

  /// - Throws: why the message's topic cannot be decoded.
  private func isFirstFrame(_ message: MCAPMessage) throws(LogReadError.Code) -> Bool {
    guard let channel = topics.channels[message.channelID] else {
      loseUnknown(message)
      return false
    }
    if channel.topic == effectiveLabelTopic(channel) {
      handleLabel(message, route(channel))
      return false
    }
    if let topic, channel.topic != topic { return false }
    let decoder: any MessageDecoder
    do {
      decoder = try makeDecoder(channel)
    } catch {
      switch error {
      case .reason(let text): throw .undecodableTopic(channel.topic, reason: text)
      case .badMessage(let code):
        records.add(code, detail: channel.topic)
        counted.lostMessages += 1
        return false
      case .noNumbers:
        if topic == nil { return false }
        throw .noChannels
      case .tooManyChannels(let count): throw .tooManyChannels(count: count, limit: options.maximumChannels)
      case .unknownField(let name, let known): throw .unknownField(name, known: known)
      case .impossible(let text): throw .invalidOption(text)
      }
    }
    topic = channel.topic
    labelTopic = effectiveLabelTopic(channel)
    route(channel).purpose = .frames(decoder)
    capture = MessageCapture(channelCount: decoder.channels.count)
    let labelChannelExists = topics.contains(labelTopic ?? "") || channel.metadata["label.topic"] != nil
    schema = LogSchema(
      channels: decoder.channels.map { named($0, by: channel) },
      nominalRateHz: channel.metadata["rate_hz"].flatMap(Double.init),
      hasLabels: decoder.usesLabel || labelChannelExists, hasSegments: decoder.usesSegment, topic: channel.topic)
    return true
  }

  private func effectiveLabelTopic(_ channel: MCAPChannel) -> String {
    if let stated = options.labelTopic ?? channel.metadata["label.topic"] ?? labelTopic { return stated }
    // A frame's topic may call itself /label only if it was asked for by name.
    return topic == "/label" ? "" : "/label"
  }

  /// The name and unit that the file's metadata or the options give a field.
  private func named(_ channel: Channel, by source: MCAPChannel) -> Channel {
    let name = source.metadata["name.\(channel.name)"] ?? channel.name
    let unit = options.units[name] ?? source.metadata["unit.\(name)"] ?? source.metadata["unit.\(channel.name)"]
    return Channel(name: name, unit: unit ?? channel.unit)
  }

  private func makeDecoder(_ channel: MCAPChannel) throws(MessageDecoders.Failure) -> any MessageDecoder {
    let schema = topics.schema(of: channel)
    var selection = FieldSelection(maximumChannels: options.maximumChannels)
    selection.channels = options.channels.map { wanted in wanted.map { fieldName($0, channel) } }
    selection.time = options.time
    selection.segmentField = options.segmentField
    // With a label topic the field option is about that topic.
    selection.labelField = options.labelTopic == nil ? options.labelField : nil
    // JSON bridges keep the fields of sensor_msgs/Imu and shorten its name.
    selection.isImu = schema?.name.split(separator: "/").last?.lowercased() == "imu"
    return try MessageDecoders.make(
      channel, &topics, firstMessage: records.payload, selection: selection, timeUnit: options.timeUnit)
  }

  /// Channels may be asked for by the name that the metadata give them.
  private func fieldName(_ name: String, _ channel: MCAPChannel) -> String {
    let renamed = channel.metadata.first { $0.key.hasPrefix("name.") && $0.value == name }
    return renamed.map { String($0.key.dropFirst(5)) } ?? name
  }

  // MARK: Reading

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: schema.channels.count)
    counted.missingValues += try batch.appendFrames(maximum: maximumFrames) {
      (room: inout FrameRoom) throws(LogReadError) in
      if let message = pending {
        pending = nil
        handle(message, into: &room)
      }
      while room.hasRoom {
        if let message = records.nextMessage() {
          handle(message, into: &room)
          continue
        }
        guard let event = try nextEvent() else { return false }
        switch event {
        case .message(let message): handle(message, into: &room)
        case .record(let record): note(record)
        }
      }
      return true
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  private func note(_ record: MCAPRecord) {
    switch record {
    case .schema(let schema):
      if let refusal = topics.refusal(adding: schema) { refuse(refusal, schema.name) }
    case .channel(let channel):
      if let refusal = topics.refusal(adding: channel) { return refuse(refusal, channel.topic) }
      // Known before the first frame, so that a label that precedes it is not missed.
      if labelTopic == nil, topic == nil || topic == channel.topic { labelTopic = channel.metadata["label.topic"] }
    default: break
    }
  }

  private func refuse(_ refusal: LogLoss.Code, _ name: String) {
    records.add(refusal, detail: name.shortened(to: 60))
    guard refusal == .definitionChanged else { return }
    // What was known of the channels holds no longer.
    for id in topics.redefinedChannels { routes[id] = nil }
    lastRoute = nil
    if topics.redefinedChannels.contains(frameChannelID) { frameDecoder = nil }
  }

  private func loseUnknown(_ message: MCAPMessage) {
    let isRedefined = topics.redefinedChannels.contains(message.channelID)
    records.add(
      .unknownChannel, detail: "channel \(message.channelID)\(isRedefined ? ", declared again as another" : "")")
    counted.lostMessages += 1
  }

  private func route(_ channel: MCAPChannel) -> Route {
    if let known = routes[channel.id] { return known }
    let created = Route(channel)
    routes[channel.id] = created
    return created
  }

  @inline(__always)
  private func handle(_ message: MCAPMessage, into room: inout FrameRoom) {
    // Nearly always a frame of the channel that gave the last one.
    if message.channelID == frameChannelID, let frameDecoder { return handleFrame(message, frameDecoder, into: &room) }
    handleOther(message, into: &room)
  }

  @inline(never)
  private func handleOther(_ message: MCAPMessage, into room: inout FrameRoom) {
    let route: Route
    if let lastRoute, lastRouteID == message.channelID {
      route = lastRoute
    } else {
      guard let channel = topics.channels[message.channelID] else { return loseUnknown(message) }
      route = self.route(channel)
      lastRoute = route
      lastRouteID = message.channelID
    }
    if case .undecided = route.purpose { decide(route) }
    switch route.purpose {
    case .ignored, .undecided: break
    case .labels: handleLabel(message, route)
    case .frames(let decoder):
      frameDecoder = decoder
      frameChannelID = message.channelID
      framesHaveLabels = decoder.usesLabel
      handleFrame(message, decoder, into: &room)
    }
  }

  /// Called with a message of the route at hand.
  private func decide(_ route: Route) {
    let channel = route.channel
    if channel.topic == labelTopic { return decideLabel(route) }
    guard channel.topic == topic else {
      route.purpose = .ignored
      return
    }
    // A second channel on the same topic must give the same frames.
    do {
      let decoder = try makeDecoder(channel)
      guard decoder.channels.map({ named($0, by: channel) }) == schema.channels else {
        records.add(.layoutChanged, detail: "channel \(channel.id) of \(channel.topic)")
        route.purpose = .ignored
        return
      }
      route.purpose = .frames(decoder)
    } catch {
      records.add(.undecodableMessage, detail: channel.topic)
      counted.lostMessages += 1
      if case .badMessage = error { return }
      route.purpose = .ignored
    }
  }

  private func decideLabel(_ route: Route) {
    var selection = FieldSelection(maximumChannels: options.maximumChannels)
    selection.isLabelTopic = true
    selection.labelField = options.labelField
    do {
      let decoder = try MessageDecoders.make(
        route.channel, &topics, firstMessage: records.payload, selection: selection, timeUnit: nil)
      route.purpose = .labels(decoder)
    } catch {
      records.add(.undecodableMessage, detail: route.channel.topic)
      counted.lostMessages += 1
      if case .badMessage = error { return }
      route.purpose = .ignored
    }
  }

  /// - Precondition: The room has room, and `decoder` those channels that it is for.
  private func handleFrame(_ message: MCAPMessage, _ decoder: any MessageDecoder, into room: inout FrameRoom) {
    if let problem = decoder.decode(records.payload, into: capture) { return loseFrame(problem) }
    guard let time = time(of: message, capture), let segment = Int32(exactly: capture.segment) else {
      return loseFrame(.undecodableMessage, ": its time is missing, or time or segment out of range")
    }
    room.missingValues += capture.missingValues
    let label = framesHaveLabels ? labelIndex(capture) : events.label(at: time)
    if lateReference != nil { noteLateLabel(before: time) }
    lastFrameTime = time
    // SAFETY: both have a place for each channel; `capture` was made for the channels of the batch's schema.
    room.nextValues.update(from: capture.values.baseAddress!, count: capture.values.count)
    room.finishFrame(time: time, label: label, segment: segment)
  }

  @inline(never)
  private func loseFrame(_ problem: LogLoss.Code, _ what: String = "") {
    records.add(problem, detail: (topic ?? "") + what)
    counted.lostMessages += 1
  }

  @inline(never)
  private func noteLateLabel(before time: Int64) {
    // Where time has stepped back since, the event was not late but belongs to what follows.
    if let reference = lateReference, time >= reference { records.add(.lateLabel, detail: topic ?? "") }
    lateReference = nil
  }

  @inline(__always)
  private func time(of message: MCAPMessage, _ capture: MessageCapture) -> Int64? {
    switch clock {
    case .log: return Int64(exactly: message.logTime)
    case .publish: return Int64(exactly: message.publishTime)
    case .field:
      if capture.hasTime { return capture.time }
      guard let whole = capture.seconds, let rest = capture.nanoseconds else { return nil }
      let (seconds, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
      let (time, overflow2) = seconds.addingReportingOverflow(rest)
      return overflow || overflow2 ? nil : time
    }
  }

  private func handleLabel(_ message: MCAPMessage, _ route: Route) {
    if case .undecided = route.purpose { decideLabel(route) }
    guard case .labels(let decoder) = route.purpose else { return }
    if let problem = decoder.decode(records.payload, into: labelCapture) {
      records.add(problem, detail: route.channel.topic)
      counted.lostMessages += 1
      return
    }
    guard let time = Int64(exactly: options.time == .publish ? message.publishTime : message.logTime) else {
      records.add(.undecodableMessage, detail: route.channel.topic + ": time out of range")
      counted.lostMessages += 1
      return
    }
    if time < lastFrameTime { lateReference = lastFrameTime }
    guard events.add(labelIndex(labelCapture), at: time) else {
      records.add(.tooManyLabels, detail: "label events that wait for their time")
      return
    }
  }

  /// The index of the label that a message carries, as text or as a number.
  private func labelIndex(_ capture: MessageCapture) -> Int32 {
    if let text = capture.labelText {
      if let index = labels.index(of: text) { return index }
    } else if let number = capture.labelNumber {
      if number < 0 { return -1 }
      if let last = lastLabelNumber, last.number == number { return last.index }
      if let index = labels.index(of: String(number)) {
        lastLabelNumber = (number, index)
        return index
      }
    } else {
      return -1
    }
    records.add(labels.refusal)
    return -1
  }
}
