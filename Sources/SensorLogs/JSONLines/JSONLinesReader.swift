/// Reads JSON Lines: an object a line, each a frame.
///
/// Fields of objects in objects are named with dots, elements of arrays with their index: `acc.x`, `acc[0]`. The first
/// line that has a time and numbers says what the channels are, unless the options name them.
final class JSONLinesReader: LogReader {
  let path: String
  let format = LogFormat.jsonLines
  let schema: LogSchema
  private var counted = LogCounters()
  private let lines: TextLines
  private let fields: JSONLineFields
  private let capture: JSONLineCapture
  /// nil: the lines have times of their own.
  private let lineClock: SampleClock?
  private var lineIndex = 0

  var losses: LogLosses { lines.losses }
  var lastRow: UnsafeRawBufferPointer { lines.lastLine }
  var labelNames: [String] { capture.labels.names }
  var totalBytes: Int? { lines.stream.totalBytes }
  var compression: LogCompression { lines.stream.compression }
  var counters: LogCounters {
    var result = counted
    result.lostRows = lines.lostLines
    result.bytesRead = lines.stream.bytesRead
    result.bytesDecoded = lines.stream.position
    result.unknownFields = capture.unknownFields
    return result
  }

  /// Whether a stream begins with an object, behind a byte order mark or spaces if there are any.
  static func recognizes(_ stream: ByteStream) throws(LogReadError) -> Bool {
    _ = try stream.ensure(4)
    return JSONLineSurvey.content(of: stream.window).first == UInt8(ascii: "{")
  }

  init(_ stream: ByteStream, options: LogReadOptions) throws(LogReadError) {
    path = stream.path
    if let rate = options.rateHz, !(rate > 0 && rate.isFinite) {
      throw LogReadError(.invalidOption("a rate must be greater than zero"), path: path)
    }
    fields = try JSONLineSurvey.fields(of: stream, options: options)
    lines = TextLines(stream, maximumLineBytes: options.maximumLineBytes)
    capture = JSONLineCapture(fields, options: options)
    lineClock = fields.hasTime ? nil : options.rateHz.map { SampleClock(rateHz: $0) }
    schema = LogSchema(
      channels: fields.channels, nominalRateHz: fields.hasTime ? nil : options.rateHz,
      hasLabels: fields.uses.contains(.label), hasSegments: fields.uses.contains(.segment))
  }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: schema.channels.count)
    counted.missingValues += try batch.appendFrames(maximum: maximumFrames) {
      (room: inout FrameRoom) throws(LogReadError) in
      while room.hasRoom {
        guard let line = try lines.next() else { return false }
        parse(line, into: &room)
      }
      return true
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  private func parse(_ line: TextLines.Line, into room: inout FrameRoom) {
    let content = JSONLineSurvey.content(of: .init(start: line.start, count: line.end - line.start))
    // An empty line is no frame.
    if content.isEmpty { return }
    capture.begin(room.nextValues)
    guard content.first == UInt8(ascii: "{"), var scanner = JSONScanner(content), scanner.scan(&capture.handler)
    else {
      return lose(line.isTorn ? .tornLine : .malformedLine, content)
    }
    // Only now is it sure that the line is whole, so that what it says may be reported.
    let handler = capture.handler
    if let problem = handler.problem { return lose(problem.code, content, field: problem.field) }
    if handler.valueFields == 0 { return lose(.noValues, content) }
    if handler.repeated >= 0 { lines.note(.repeatedField, detail: "field \(fields.names[handler.repeated])") }
    if let refusal = capture.labelRefusal { lines.note(refusal) }
    var time = capture.time
    if let lineClock {
      time = lineClock.time(lineIndex)
    } else {
      guard let found = capture.wholeTime else { return lose(.badTime, content) }
      time = found
    }
    lineIndex += 1
    room.missingValues += fields.channels.count - handler.presentValues
    room.finishFrame(time: time, label: capture.label, segment: capture.segment)
  }

  @inline(never)
  private func lose(_ code: LogLoss.Code, _ content: UnsafeRawBufferPointer, field: Int? = nil) {
    lineIndex += 1
    let place = field.map { "field \(fields.names[$0]): " } ?? ""
    lines.lose(code, detail: "\(place)'\(String(decoding: content.prefix(40), as: UTF8.self).printable)'")
  }
}
