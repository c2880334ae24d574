/// Reads Edge Impulse's data acquisition format, JSON or CBOR, value by value.
///
/// Labels come from `structured_labels.labels` beside the file, else from the file's name up to its first dot. A
/// signature is verified where a key is given.
final class EdgeImpulseReader: LogReader {
  let path: String
  let format = LogFormat.edgeImpulse
  let schema: LogSchema
  private(set) var losses = LogLosses()
  private(set) var notes: [LogNote] = []
  private var counted = LogCounters()
  private var labels: LabelTable
  private var held = HeldLabels()
  private var fileLabel: Int32 = -1
  private let tokens: any ValueTokens
  private var header: EdgeImpulseHeader
  private var place = EdgeImpulseHeader.Place.start
  private let clock: SampleClock
  private let sensorCount: Int
  private let slots: [Int]
  private let slotOfSensor: [Int?]
  private let frame: UnsafeMutablePointer<Double>
  private var rowIndex = 0
  private var hasEnded = false
  private let verifies: Bool
  private let maximumChannels: Int

  private var stream: ByteStream { tokens.source.stream }
  var labelNames: [String] { labels.names }
  var totalBytes: Int? { stream.totalBytes }
  var compression: LogCompression { stream.compression }
  var counters: LogCounters {
    var result = counted
    result.bytesRead = stream.bytesRead
    result.bytesDecoded = stream.position
    return result
  }

  static func tokens(_ stream: ByteStream, key: String?) throws(LogReadError) -> any ValueTokens {
    let source = TokenSource(stream, key: key)
    if try isCBOR(stream) { return CBORTokens(source) }
    return JSONTokens(source)
  }

  init(_ stream: ByteStream, options: LogReadOptions) throws(LogReadError) {
    path = stream.path
    labels = LabelTable(maximumCount: options.maximumLabels)
    verifies = options.signingKey != nil
    maximumChannels = options.maximumChannels
    tokens = try Self.tokens(stream, key: options.signingKey)
    header = try Self.readHeader(tokens, &place, options: options)
    guard let interval = header.intervalMilliseconds, interval > 0, interval.isFinite else {
      throw LogReadError(.malformedHeader(reason: "'interval_ms' is missing or not above zero"), path: path)
    }
    guard let sensors = header.sensors, !sensors.isEmpty else { throw LogReadError(.noChannels, path: path) }
    clock = SampleClock(periodNanoseconds: interval * 1e6)
    sensorCount = sensors.count
    slots = try ChannelChoice.indices(of: sensors, options: options, path: path)
    var slotOfSensor = [Int?](repeating: nil, count: sensors.count)
    for (slot, sensor) in slots.enumerated() { slotOfSensor[sensor] = slot }
    self.slotOfSensor = slotOfSensor
    frame = .allocate(capacity: slots.count)
    frame.initialize(repeating: .nan, count: slots.count)
    var isLabelled = false
    let label = options.fileLabel ?? (stream.isFile ? Self.prefix(ofFileAt: path) : nil)
    if stream.isFile, try EdgeImpulseLabels.read(beside: path, into: &held, &labels, &losses) {
      isLabelled = true
    } else if let label, let index = labels.index(of: label) {
      fileLabel = index
      isLabelled = index >= 0
    }
    schema = LogSchema(
      channels: ChannelChoice.withUnits(slots.map { sensors[$0] }, options: options), nominalRateHz: 1000 / interval,
      hasLabels: isLabelled)
  }

  deinit { frame.deallocate() }

  /// The label that the name of a file states without being asked: ``LabelSource/label(ofFile:)``, where more than the
  /// endings follow it. `walk.3.json` is a take of `walk`; `recording.json` says nothing.
  static func prefix(ofFileAt path: String) -> String? {
    let label = LabelSource.label(ofFile: path)
    return label.isEmpty || LogFileName(path).stem == label ? nil : label
  }

  private static func readHeader(
    _ tokens: any ValueTokens, _ place: inout EdgeImpulseHeader.Place, options: LogReadOptions
  ) throws(LogReadError) -> EdgeImpulseHeader {
    var header = EdgeImpulseHeader()
    var ended = try header.read(tokens, &place, keepsValues: true, maximumChannels: options.maximumChannels)
    if ended == nil, !header.isComplete {
      // What the values mean stands behind them: the file is read twice.
      let stream = tokens.source.stream
      guard let again = try stream.reopened(windowLogMaximum: options.zstdWindowLogMaximum) else {
        throw LogReadError(
          .malformedHeader(reason: "the sensors stand behind their values, which only a file can be read for"),
          path: stream.path)
      }
      let second = try self.tokens(again, key: nil)
      var start = EdgeImpulseHeader.Place.start
      var whole = EdgeImpulseHeader()
      ended = try whole.read(second, &start, keepsValues: false, maximumChannels: options.maximumChannels)
      header.intervalMilliseconds = whole.intervalMilliseconds
      header.sensors = whole.sensors
      if ended == .end || whole.isComplete { ended = nil }
    }
    guard let ended else { return header }
    let stream = tokens.source.stream
    switch ended {
    case .malformed(let reason):
      throw LogReadError(.malformedHeader(reason: reason), path: stream.path, byteOffset: stream.storedOffset())
    case .end: throw LogReadError(.malformedHeader(reason: "'payload' has no list 'values'"), path: stream.path)
    default:
      let code = stream.damage?.code ?? .truncated
      throw LogReadError(.damaged(code), path: stream.path, byteOffset: stream.storedOffset())
    }
  }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: slots.count)
    while batch.count < maximumFrames, !hasEnded {
      let offset = stream.storedOffset()
      switch try tokens.next() {
      case .beginList: try readRow(offset, into: &batch)
      case .number(let value) where sensorCount == 1:
        frame[0] = value
        append(into: &batch)
      case .endList: try readRest()
      case let token: try readOdd(token, offset)
      }
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  private func readRow(_ offset: Int, into batch: inout FrameBatch) throws(LogReadError) {
    var sensor = 0
    var isBad = false
    while true {
      let token = try tokens.next()
      switch token {
      case .number(let value): store(value, sensor)
      case .null:
        store(.nan, sensor)
        counted.missingValues += 1
      case .endList:
        if isBad || sensor != sensorCount {
          let code: LogLoss.Code = isBad ? .badCell : sensor < sensorCount ? .shortRow : .longRow
          return lose(code, offset)
        }
        return append(into: &batch)
      case .cut, .malformed, .end: return end(token, offset)
      default:
        isBad = true
        if let ended = try tokens.skip(token) { return end(ended, offset) }
      }
      sensor += 1
    }
  }

  @inline(__always)
  private func store(_ value: Double, _ sensor: Int) {
    if sensor < sensorCount, let slot = slotOfSensor[sensor] { frame[slot] = value }
  }

  private func append(into batch: inout FrameBatch) {
    let label = held.isEmpty ? fileLabel : held.label(at: Int64(rowIndex))
    batch.append(time: clock.time(rowIndex), frame: frame, label: label, segment: 0)
    rowIndex += 1
  }

  private func lose(_ code: LogLoss.Code, _ offset: Int) {
    losses.add(LogLoss(code, byteOffset: offset, record: rowIndex))
    counted.lostRows += 1
    rowIndex += 1
  }

  /// A row that is none.
  private func readOdd(_ token: ValueToken, _ offset: Int) throws(LogReadError) {
    switch token {
    case .cut, .malformed, .end: return end(token, offset)
    case .text(let text):
      losses.add(LogLoss(.badCell, byteOffset: offset, record: rowIndex, detail: text.shortened(to: 40)))
      counted.lostRows += 1
      rowIndex += 1
    default:
      if let ended = try tokens.skip(token) { return end(ended, offset) }
      lose(.badCell, offset)
    }
  }

  /// What stands behind the values, up to the end of the document.
  private func readRest() throws(LogReadError) {
    let ended = try header.read(tokens, &place, keepsValues: false, maximumChannels: maximumChannels)
    end(ended ?? .end, stream.storedOffset())
  }

  private func end(_ token: ValueToken, _ offset: Int) {
    hasEnded = true
    switch token {
    case .end: verify()
    case .malformed(let reason):
      losses.add(LogLoss(.malformedRecord, byteOffset: stream.storedOffset(), record: rowIndex, detail: reason))
    default:
      losses.add(stream.damage ?? LogLoss(.truncated, byteOffset: offset, record: rowIndex))
    }
  }

  private func verify() {
    guard let signature = header.signature, header.algorithm == "HS256" else { return }
    guard verifies, let expected = tokens.source.signature() else {
      notes.append(LogNote(.signatureNotVerified))
      return
    }
    if expected == signature.lowercased() {
      notes.append(LogNote(.signatureVerified))
    } else {
      losses.add(LogLoss(.signatureDiffers, byteOffset: stream.storedOffset()))
    }
  }

  /// Whether bytes are a document of this format.
  static func recognizes(_ stream: ByteStream) throws(LogReadError) -> Bool {
    _ = try stream.ensure(64)
    let window = stream.window
    if try isCBOR(stream) { return true }
    let text = String(decoding: window.prefix(256), as: UTF8.self).filter { !$0.isWhitespace }
    return ["{\"protected\":", "{\"signature\":", "{\"payload\":"].contains { text.hasPrefix($0) }
  }

  /// A map, perhaps tagged as CBOR, whose first key is one of the format's.
  private static func isCBOR(_ stream: ByteStream) throws(LogReadError) -> Bool {
    _ = try stream.ensure(24)
    var rest = stream.window[...]
    if rest.starts(with: [0xD9, 0xD9, 0xF7]) { rest = rest.dropFirst(3) }
    guard let first = rest.first, first >> 5 == 5 else { return false }
    let skipped = first & 31 < 24 || first & 31 == 31 ? 1 : first & 31 == 24 ? 2 : first & 31 == 25 ? 3 : 5
    let key = rest.dropFirst(skipped)
    return ["protected", "signature", "payload"].contains { name in
      key.starts(with: [0x60 + UInt8(name.utf8.count)] + Array(name.utf8))
    }
  }
}
