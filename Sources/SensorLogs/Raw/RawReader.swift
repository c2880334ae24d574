/// Reads frames of equal length, as a ``RawLayout`` describes them, plain or compressed.
final class RawReader: LogReader {
  let path: String
  let format = LogFormat.raw
  let schema: LogSchema
  private(set) var losses = LogLosses()
  private var counted = LogCounters()
  private var labels: NumberedLabels
  private let stream: ByteStream
  private var decoder: RawFrameDecoder
  private let clock: SampleClock?
  private let frame: UnsafeMutablePointer<Double>
  private var frameIndex = 0
  private var hasEnded = false

  var labelNames: [String] { labels.names }
  var totalBytes: Int? { stream.totalBytes }
  var compression: LogCompression { stream.compression }
  var counters: LogCounters {
    var result = counted
    result.bytesRead = stream.bytesRead
    result.bytesDecoded = stream.position
    return result
  }

  init(_ stream: ByteStream, layout: RawLayout, options: LogReadOptions) throws(LogReadError) {
    self.stream = stream
    path = stream.path
    var layout = layout
    if layout.rateHz == nil { layout.rateHz = options.rateHz }
    if let mistake = layout.mistake {
      throw LogReadError(.invalidOption("the raw layout cannot be used: \(mistake)"), path: stream.path)
    }
    decoder = try RawFrameDecoder(layout, options: options, path: stream.path)
    labels = NumberedLabels(maximumCount: options.maximumLabels)
    clock = decoder.hasTime ? nil : layout.rateHz.map { SampleClock(rateHz: $0, start: layout.startTime) }
    schema = LogSchema(
      channels: decoder.channels, nominalRateHz: decoder.hasTime ? nil : layout.rateHz, hasLabels: decoder.hasLabels,
      hasSegments: decoder.hasSegments)
    frame = .allocate(capacity: decoder.channels.count)
    frame.initialize(repeating: .nan, count: decoder.channels.count)
    try stream.skip(layout.headerBytes)
    // Something has to be there, or any file at all would count as a recording.
    guard try stream.ensure(1) else {
      if let damage = stream.damage {
        throw LogReadError(.damaged(damage.code), path: path, byteOffset: damage.byteOffset)
      }
      throw LogReadError(.empty, path: path, byteOffset: stream.storedOffset())
    }
  }

  deinit { frame.deallocate() }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: schema.channels.count)
    let width = decoder.frameBytes
    while batch.count < maximumFrames, !hasEnded {
      guard try stream.ensure(width) else {
        end()
        break
      }
      let window = stream.window
      var used = 0
      while used + width <= window.count, batch.count < maximumFrames {
        decode(window.baseAddress! + used, ahead: used, into: &batch)
        used += width
      }
      stream.advance(used)
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  @inline(__always)
  private func decode(_ pointer: UnsafeRawPointer, ahead: Int, into batch: inout FrameBatch) {
    let index = frameIndex
    frameIndex += 1
    guard let time = clock?.time(index) ?? decoder.time(at: pointer) else {
      counted.lostRows += 1
      losses.add(LogLoss(.badTime, byteOffset: stream.storedOffset(ahead: ahead), record: index))
      return
    }
    decoder.values(at: pointer, into: frame)
    var label: Int32 = -1
    if decoder.hasLabels {
      if let known = labels.index(of: decoder.label(at: pointer)) {
        label = known
      } else {
        losses.add(LogLoss(.tooManyLabels, byteOffset: stream.storedOffset(ahead: ahead), record: index))
      }
    }
    let segment = decoder.hasSegments ? decoder.segment(at: pointer) : 0
    batch.append(time: time, frame: frame, label: label, segment: segment)
  }

  private func end() {
    hasEnded = true
    let rest = stream.window.count
    if rest > 0 {
      counted.lostRows += 1
      losses.add(
        LogLoss(
          .partialFrame, byteOffset: stream.storedOffset(), record: frameIndex,
          detail: "\(rest) of \(decoder.frameBytes) bytes"))
    }
    if let damage = stream.damage { losses.add(damage) }
  }
}

/// Labels that are numbers, each made a text once.
struct NumberedLabels {
  private var table: LabelTable
  private var last: (number: Int64, index: Int32)?

  var names: [String] { table.names }

  init(maximumCount: Int) {
    table = LabelTable(maximumCount: maximumCount)
  }

  /// -1 for a negative number, nil when there are too many.
  mutating func index(of number: Int64) -> Int32? {
    if number < 0 { return -1 }
    if let last, last.number == number { return last.index }
    guard let index = table.index(of: String(number)) else { return nil }
    last = (number, index)
    return index
  }
}

extension ByteStream {
  /// Leaves out bytes, as many as there are.
  func skip(_ count: Int) throws(LogReadError) {
    var rest = count
    while rest > 0 {
      let step = min(rest, window.count)
      advance(step)
      rest -= step
      if rest > 0, try !fill() { return }
    }
  }
}
