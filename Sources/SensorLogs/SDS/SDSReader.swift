/// Reads synchronous data streams: records of a time slot, a size and samples, described by a YAML file beside them.
///
/// The samples of a record are spread evenly from its slot on: by the stated sample rate, else by the stated rate of
/// records, else up to the next record. A record of size 0 says that its slot has no sample.
final class SDSReader: LogReader {
  let path: String
  let format = LogFormat.sds
  let schema: LogSchema
  private(set) var losses = LogLosses()
  private var counted = LogCounters()
  private var labels: LabelTable
  private let fileLabel: Int32
  private let stream: ByteStream
  private let metadata: SDSMetadata
  private let fields: [SDSMetadata.Field]
  private let labelField: SDSMetadata.Field?
  private let segmentField: SDSMetadata.Field?
  private var labelIndices: [Int32?]
  private let frame: UnsafeMutablePointer<Double>

  private var slots = WrappingCounter(bitCount: 32)
  private var record = 0
  private var block: Block?
  private var lastBlockNanoseconds = 0.0
  private var hasEnded = false

  /// The record whose samples are being read.
  private struct Block {
    var start: Int64
    var samplePeriod: Double
    var restBytes: Int
    var index = 0
  }

  private static let headerBytes = 8

  var labelNames: [String] { labels.names }
  var totalBytes: Int? { stream.totalBytes }
  var compression: LogCompression { stream.compression }
  var counters: LogCounters {
    var result = counted
    result.bytesRead = stream.bytesRead
    result.bytesDecoded = stream.position
    return result
  }

  init(
    _ stream: ByteStream, metadata: SDSMetadata, label: String?, options: LogReadOptions
  ) throws(LogReadError) {
    self.stream = stream
    self.metadata = metadata
    path = stream.path
    labels = LabelTable(maximumCount: options.maximumLabels)
    // Only files of this program have labels and segments among their values.
    let isOwn = !metadata.labelNames.isEmpty
    let label32 = isOwn ? metadata.fields.first { $0.name == "label" && $0.bits == nil } : nil
    let segment32 = metadata.fields.first { $0.name == "segment" && $0.type == .int32 && $0.bits == nil }
    let values = metadata.fields.filter { $0 != label32 && $0 != segment32 }
    labelField = label32
    segmentField = segment32
    let all = ChannelChoice.unique(values.map { Channel(name: $0.name, unit: $0.unit, range: $0.range) })
    let chosen = try ChannelChoice.indices(of: all, options: options, path: stream.path)
    fields = chosen.map { values[$0] }
    labelIndices = metadata.labelNames.map { _ in nil }
    fileLabel = labels.index(ofFileLabel: options.fileLabel ?? label)
    schema = LogSchema(
      channels: ChannelChoice.withUnits(chosen.map { all[$0] }, options: options), nominalRateHz: metadata.sampleHz,
      hasLabels: labelField != nil || fileLabel >= 0, hasSegments: segmentField != nil)
    frame = .allocate(capacity: fields.count)
    frame.initialize(repeating: .nan, count: fields.count)
  }

  deinit { frame.deallocate() }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: schema.channels.count)
    while batch.count < maximumFrames, !hasEnded {
      if block != nil {
        try readSamples(into: &batch, maximumFrames: maximumFrames)
      } else {
        try beginBlock()
      }
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  private func beginBlock() throws(LogReadError) {
    guard try stream.ensure(Self.headerBytes) else { return end(missing: stream.window.count > 0) }
    let window = stream.window
    let slot = UInt32(littleEndian: window.loadUnaligned(as: UInt32.self))
    let size = Int(UInt32(littleEndian: window.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    let offset = stream.storedOffset()
    stream.advance(Self.headerBytes)
    record += 1
    let tick = slots.unwrap(UInt64(slot))
    guard let start = nanoseconds(tick) else {
      losses.add(LogLoss(.badTime, byteOffset: offset, record: record - 1))
      return try stream.skip(size)
    }
    if size == 0 {
      counted.emptySlots += 1
      return
    }
    let count = size / metadata.sampleBytes
    if count * metadata.sampleBytes != size {
      losses.add(
        LogLoss(
          .malformedRecord, byteOffset: offset, record: record - 1,
          detail: "\(size) bytes are no whole samples of \(metadata.sampleBytes)"))
    }
    let period = try samplePeriod(tick: tick, samples: count, size: size)
    block = Block(start: start, samplePeriod: period, restBytes: size)
  }

  /// Nanoseconds from one sample of a record to the next.
  private func samplePeriod(tick: Int64, samples: Int, size: Int) throws(LogReadError) -> Double {
    guard samples > 1 else { return 0 }
    if let rate = metadata.sampleHz { return 1e9 / rate }
    if let rate = metadata.blockHz { return 1e9 / rate / Double(samples) }
    // The next record tells, if it is near enough to look at.
    let needed = size + Self.headerBytes
    if size <= 1 << 20, try stream.ensure(needed) {
      let next = UInt32(littleEndian: stream.window.loadUnaligned(fromByteOffset: size, as: UInt32.self))
      let ticks = next &- UInt32(truncatingIfNeeded: tick)
      if ticks < UInt32.max / 2 { lastBlockNanoseconds = Double(ticks) * 1e9 / metadata.tickHz }
    }
    return lastBlockNanoseconds / Double(samples)
  }

  private func readSamples(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) {
    guard var current = block else { return }
    let width = metadata.sampleBytes
    while current.restBytes >= width, batch.count < maximumFrames {
      guard try stream.ensure(width) else { return end(missing: true) }
      let pointer = stream.window.baseAddress!
      for slot in fields.indices { frame[slot] = value(of: fields[slot], at: pointer) }
      let offset = (Double(current.index) * current.samplePeriod).rounded()
      let time = current.start.addingReportingOverflow(offset.magnitude < 0x1p62 ? Int64(offset) : 0).partialValue
      batch.append(time: time, frame: frame, label: label(at: pointer), segment: segment(at: pointer))
      stream.advance(width)
      current.index += 1
      current.restBytes -= width
    }
    block = current
    if current.restBytes < width {
      let position = stream.position
      try stream.skip(current.restBytes)
      if stream.position - position < current.restBytes { return end(missing: true) }
      block = nil
    }
  }

  @inline(__always)
  private func value(of field: SDSMetadata.Field, at pointer: UnsafeRawPointer) -> Double {
    let stored: Double
    if let bits = field.bits, let whole = field.type.wholeBits(at: pointer + field.byteOffset) {
      let lifted = whole << UInt64(64 - bits.first - bits.count)
      stored =
        field.type.isSigned
        ? Double(Int64(bitPattern: lifted) >> Int64(64 - bits.count)) : Double(lifted >> UInt64(64 - bits.count))
    } else {
      stored = field.type.value(at: pointer + field.byteOffset, .little)
    }
    return field.scale == 1 && field.offset == 0 ? stored : stored * field.scale + field.offset
  }

  private func label(at pointer: UnsafeRawPointer) -> Int32 {
    guard let labelField, let number = labelField.type.whole(at: pointer + labelField.byteOffset, .little),
      number >= 0, number < metadata.labelNames.count
    else { return fileLabel }
    if let known = labelIndices[Int(number)] { return known }
    let index = labels.index(of: metadata.labelNames[Int(number)]) ?? -1
    labelIndices[Int(number)] = index
    return index
  }

  private func segment(at pointer: UnsafeRawPointer) -> Int32 {
    guard let segmentField else { return 0 }
    return Int32(segmentField.type.value(at: pointer + segmentField.byteOffset, .little))
  }

  private func nanoseconds(_ tick: Int64) -> Int64? {
    if let hertz = Int64(exactly: metadata.tickHz) {
      let (seconds, rest) = tick.quotientAndRemainder(dividingBy: hertz)
      let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      let (sum, overflow2) = whole.addingReportingOverflow(Int64(Double(rest) * 1e9 / metadata.tickHz))
      let (time, overflow3) = sum.addingReportingOverflow(metadata.startTime)
      return overflow || overflow2 || overflow3 ? nil : time
    }
    let time = (Double(tick) * 1e9 / metadata.tickHz).rounded()
    guard time.magnitude < 0x1p62 else { return nil }
    let (sum, overflow) = Int64(time).addingReportingOverflow(metadata.startTime)
    return overflow ? nil : sum
  }

  private func end(missing: Bool) {
    hasEnded = true
    block = nil
    if let damage = stream.damage {
      losses.add(damage)
    } else if missing {
      losses.add(LogLoss(.truncated, byteOffset: stream.storedOffset(), record: max(0, record - 1)))
    }
  }
}

extension BinaryNumber {
  /// The stored bits of a whole number, little-endian.
  @inline(__always)
  func wholeBits(at pointer: UnsafeRawPointer) -> UInt64? {
    switch self {
    case .int8, .uint8: UInt64(pointer.load(as: UInt8.self))
    case .int16, .uint16: UInt64(UInt16(littleEndian: pointer.loadUnaligned(as: UInt16.self)))
    case .int24, .uint24: UInt64(BinaryNumber.uint24.value(at: pointer, .little))
    case .int32, .uint32: UInt64(UInt32(littleEndian: pointer.loadUnaligned(as: UInt32.self)))
    case .int64, .uint64: UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
    case .float32, .float64: nil
    }
  }
}
