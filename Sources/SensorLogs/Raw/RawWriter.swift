/// Writes frames as a ``RawLayout`` describes them, plain or zstd.
///
/// A value that its type cannot hold is an error: nothing is clipped in silence.
final class RawWriter: LogWriter {
  private let output: CompressedOutput
  private let layout: RawLayout
  private let schema: LogSchema
  private let slots: [Int]
  private var bytes: [UInt8] = []
  private let grid: SampleClock?
  private var frameIndex = 0

  var bytesWritten: Int { output.bytesWritten }

  private static let blockBytes = 128 << 10

  init(path: String, schema: LogSchema, options: LogWriteOptions, compression: LogCompression) throws(LogReadError) {
    var layout = options.rawLayout ?? RawLayout(holding: schema)
    if layout.rateHz == nil { layout.rateHz = schema.nominalRateHz }
    if let mistake = layout.mistake {
      throw LogReadError(.invalidOption("the raw layout cannot be used: \(mistake)"), path: path)
    }
    var slots: [Int] = []
    for field in layout.fields where field.role == .channel {
      guard let slot = schema.channels.firstIndex(where: { $0.name == field.name }) else {
        throw LogReadError(.unknownField(field.name, known: schema.channels.map(\.name)), path: path)
      }
      slots.append(slot)
    }
    let hasTime = layout.fields.contains { if case .time = $0.role { true } else { false } }
    grid = hasTime ? nil : layout.rateHz.map { SampleClock(rateHz: $0, start: layout.startTime) }
    self.layout = layout
    self.schema = schema
    self.slots = slots
    output = try CompressedOutput(path: path, compression: compression, level: options.compressionLevel)
    bytes = Array(repeating: 0, count: layout.headerBytes)
  }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    precondition(batch.channelCount == schema.channels.count, "the batch has other channels than the file")
    for index in 0..<batch.count {
      var channel = 0
      for part in layout.parts {
        switch part {
        case .skipped(let count): bytes.append(contentsOf: repeatElement(0, count: count))
        case .field(let field):
          let isWritten: Bool
          switch field.role {
          case .channel:
            let value = batch.values[index * batch.channelCount + slots[channel]]
            channel += 1
            // Numbers that are stored as they are keep all bits; an infinity times a scale is no number.
            let stored = field.scale == 1 && field.offset == 0 ? value : (value - field.offset) / field.scale
            isWritten = field.type.append(stored, layout.byteOrder, to: &bytes)
            if !isWritten { throw doesNotFit(field, "\(value)") }
          case .time(let unit): isWritten = try append(time: batch.times[index], unit, field)
          case .label:
            let label = batch.labels[index]
            let name = label < 0 ? "-1" : labelNames[Int(label)]
            guard let number = label < 0 ? -1 : numbers.index(of: name) else { throw doesNotFit(field, name) }
            isWritten = field.type.append(number, layout.byteOrder, to: &bytes)
            if !isWritten { throw doesNotFit(field, name) }
          case .segment:
            isWritten = field.type.append(batch.segments[index], layout.byteOrder, to: &bytes)
          }
          if !isWritten { throw doesNotFit(field, "the one of frame \(frameIndex)") }
        }
      }
      if let grid { try check(batch.times[index], against: grid) }
      frameIndex += 1
      if bytes.count >= Self.blockBytes { try flush() }
    }
  }

  private var numbers = TextNumbers()

  /// The last number of a counter that starts over.
  private var lastCount: Int64?

  private func append(time: Int64, _ unit: TimeUnit, _ field: RawLayout.Field) throws(LogReadError) -> Bool {
    let type = field.type
    let scale = Int64(TimeUnit.scale(exponent: unit.nanosecondsExponent))
    if type.isFloatingPoint { return type.append(Double(time) / Double(scale), layout.byteOrder, to: &bytes) }
    let half = scale / 2
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: scale)
    let count = quotient + (remainder >= half && scale > 1 ? 1 : remainder < -half ? -1 : 0)
    // A counter of few bits starts over, and its reader knows.
    if !type.isSigned, type.byteCount <= 4, count >= 0 {
      let range = Int64(1) << Int64(type.byteCount * 8)
      let reason: String? =
        if let lastCount {
          (-range / 2..<range / 2).contains(count - lastCount)
            ? nil : "lies half a turn of the counter or more from the frame before, so that no reader could tell it"
        } else {
          count < range ? nil : "is more than the counter holds, so that it would begin somewhere else"
        }
      if let reason {
        throw LogReadError(
          .cannotWrite(
            reason: "the time of frame \(frameIndex), \(count) \(unit.rawValue), \(reason); give "
              + "'\(field.name)' a type of more bits than \(type.rawValue), or a coarser unit"), path: output.path)
      }
      lastCount = count
      return type.append(count & (range - 1), layout.byteOrder, to: &bytes)
    }
    return type.append(count, layout.byteOrder, to: &bytes)
  }

  /// Without a field for the time, the frames must lie where their number and the rate say.
  private func check(_ time: Int64, against grid: SampleClock) throws(LogReadError) {
    let expected = grid.time(frameIndex)
    let period = max(2, grid.time(frameIndex + 1) - expected)
    guard (time &- expected).magnitude <= (period / 2).magnitude else {
      throw LogReadError(
        .cannotWrite(
          reason: "frame \(frameIndex) at \(time) ns does not follow the layout's rate; resample, or store the time"),
        path: output.path)
    }
  }

  private func doesNotFit(_ field: RawLayout.Field, _ value: String) -> LogReadError {
    LogReadError(
      .cannotWrite(
        reason: "\(field.type.rawValue) '\(field.name)' cannot hold \(value); change its type, scale or offset"),
      path: output.path)
  }

  private func flush() throws(LogReadError) {
    try output.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  func finish() throws(LogReadError) {
    try flush()
    try output.finish()
  }
}

/// Labels as numbers: their own where all of them are numbers, else their place in the order in which they come.
struct TextNumbers {
  private var numbers: [String: Int64] = [:]
  private(set) var names: [String] = []
  private var hasOwnNumbers = false

  /// nil where there are too many, or where numbers and texts are mixed, which would give two labels one number.
  mutating func index(of text: String) -> Int64? {
    if let known = numbers[text] { return known }
    let own = Int64(text)
    guard names.count < 1 << 16, numbers.isEmpty || hasOwnNumbers == (own != nil) else { return nil }
    hasOwnNumbers = own != nil
    let number = own ?? Int64(names.count)
    numbers[text] = number
    names.append(text)
    return number
  }
}
