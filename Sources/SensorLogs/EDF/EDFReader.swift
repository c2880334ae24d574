/// Reads EDF, EDF+, BDF and BDF+ record by record.
///
/// Frames are those of the rate that most signals have, or of the channels asked for; a note names what was left out.
/// Annotations with a duration label the frames that they cover. The records of a discontinuous file lie where they say.
final class EDFReader: LogReader {
  let path: String
  let format: LogFormat
  let schema: LogSchema
  private(set) var losses = LogLosses()
  private(set) var notes: [LogNote] = []
  private var counted = LogCounters()
  private let stream: ByteStream
  private let header: EDFHeader
  private let slots: [Slot]
  private let samplesPerRecord: Int
  private var labels: EDFLabels
  /// Whether annotations were read before the frames, so that none can come late.
  private var knowsAnnotations: Bool
  private let frame: UnsafeMutablePointer<Double>
  private var record = 0
  private var sample = 0
  /// Samples of the record at hand that were recorded; the rest fills it up.
  private var wholeSamples = 0
  private var recordStart: Int64 = 0
  private var firstFraction: Int64 = 0
  private var hasRecord = false
  private var hasEnded = false
  private var lastTime = Int64.min

  private struct Slot {
    var byteOffset: Int
    var gain: Double
    var offset: Double

    @inline(__always)
    func value(_ stored: Double) -> Double { (stored + offset) * gain }
  }

  var labelNames: [String] { labels.labels.names }
  var events: [LogEvent] { labels.events }
  var totalBytes: Int? { stream.totalBytes }
  var compression: LogCompression { stream.compression }
  var counters: LogCounters {
    var result = counted
    result.bytesRead = stream.bytesRead
    result.bytesDecoded = stream.position
    return result
  }

  init(_ stream: ByteStream, options: LogReadOptions) throws(LogReadError) {
    self.stream = stream
    path = stream.path
    let header = try EDFHeader(stream, maximumRecordBytes: options.maximumRecordBytes)
    self.header = header
    format = header.variant == .edf ? .edf : .bdf
    let signals = header.signals.filter { !$0.isAnnotation && $0.samplesPerRecord > 0 }
    guard !signals.isEmpty else { throw LogReadError(.noChannels, path: path) }
    guard header.recordNanoseconds > 0 else {
      throw LogReadError(.malformedHeader(reason: "a record lasts no time"), path: path)
    }
    let all = ChannelChoice.unique(signals.map { Channel(name: $0.label, unit: $0.unit, range: Self.range($0)) })
    let seconds = header.recordNanoseconds / 1e9
    let rates = signals.map { Double($0.samplesPerRecord) / seconds }
    let chosen = try CommonRate.choose(all, rates: rates, options: options, notes: &notes, path: path)
    samplesPerRecord = signals[chosen[0]].samplesPerRecord
    var slots: [Slot] = []
    for index in chosen { slots.append(try Self.slot(signals[index], path: stream.path)) }
    self.slots = slots
    let uncalibrated = chosen.filter { signals[$0].physicalMinimum == signals[$0].physicalMaximum }.map { all[$0].name }
    if !uncalibrated.isEmpty {
      notes.append(LogNote(.uncalibrated, detail: uncalibrated.prefix(12).joined(separator: ", ")))
    }
    labels = EDFLabels(
      header, periodNanoseconds: header.recordNanoseconds / Double(samplesPerRecord), options: options)
    knowsAnnotations = true
    if header.signals.contains(where: \.isAnnotation) {
      if let again = try stream.reopened(windowLogMaximum: options.zstdWindowLogMaximum) {
        let refused = try Self.readAnnotations(again, header, into: &labels, options: options)
        if refused > 0 { losses.add(LogLoss(.tooManyLabels, byteOffset: header.headerBytes, count: refused)) }
      } else {
        knowsAnnotations = false
      }
    }
    schema = LogSchema(
      channels: ChannelChoice.withUnits(chosen.map { all[$0] }, options: options),
      nominalRateHz: rates[chosen[0]], hasLabels: labels.isLabelling || !knowsAnnotations,
      hasSegments: !labels.segments.isEmpty)
    frame = .allocate(capacity: chosen.count)
    frame.initialize(repeating: .nan, count: chosen.count)
  }

  deinit { frame.deallocate() }

  /// Between the values of the digital limits, by the formula that frames are decoded with.
  private static func range(_ signal: EDFHeader.Signal) -> ClosedRange<Double>? {
    guard let slot = try? slot(signal, path: "") else { return nil }
    return Channel.range(slot.value(signal.digitalMinimum), slot.value(signal.digitalMaximum))
  }

  private static func slot(_ signal: EDFHeader.Signal, path: String) throws(LogReadError) -> Slot {
    let digital = signal.digitalMaximum - signal.digitalMinimum
    let physical = signal.physicalMaximum - signal.physicalMinimum
    guard digital.isFinite, physical.isFinite, digital != 0 else {
      throw LogReadError(
        .malformedHeader(
          reason: "signal '\(signal.label)' has no range of numbers; choose other channels to read the file"),
        path: path)
    }
    // Equal limits say nothing; the numbers as stored do.
    if physical == 0 { return Slot(byteOffset: signal.byteOffset, gain: 1, offset: 0) }
    let gain = physical / digital
    return Slot(
      byteOffset: signal.byteOffset, gain: gain, offset: signal.physicalMaximum / gain - signal.digitalMaximum)
  }

  /// Annotations may stand in any record, before or behind the frames that they are about.
  ///
  /// - Returns: how many could not be taken.
  private static func readAnnotations(
    _ stream: ByteStream, _ header: EDFHeader, into labels: inout EDFLabels, options: LogReadOptions
  ) throws(LogReadError) -> Int {
    try stream.skip(header.headerBytes)
    var refused = 0
    while try stream.ensure(header.recordBytes) {
      for annotation in list(header, stream.window).annotations where !EDFPadding.isOne(annotation) {
        if !labels.add(annotation) { refused += 1 }
      }
      stream.advance(header.recordBytes)
    }
    return refused
  }

  private static func list(
    _ header: EDFHeader, _ record: UnsafeRawBufferPointer, keepsAnnotations: Bool = true
  ) -> EDFAnnotationList {
    var list = EDFAnnotationList(keepsAnnotations: keepsAnnotations)
    var isFirst = true
    for signal in header.signals where signal.isAnnotation {
      let length = signal.samplesPerRecord * header.variant.sample.byteCount
      list.add(.init(rebasing: record[signal.byteOffset..<(signal.byteOffset + length)]), isFirst: isFirst)
      isFirst = false
    }
    return list
  }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: slots.count)
    while batch.count < maximumFrames, !hasEnded {
      if !hasRecord, try !beginRecord() { break }
      try addFrames(into: &batch, maximumFrames: maximumFrames)
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  private func beginRecord() throws(LogReadError) -> Bool {
    guard try stream.ensure(header.recordBytes) else {
      end()
      return false
    }
    if header.recordCount == record {
      // Records that the header knows nothing of are read, and said to be there.
      losses.add(
        LogLoss(
          .frameCountDiffers, byteOffset: stream.storedOffset(), record: record,
          detail: "records go on behind the \(record) that the header states"))
    }
    var list = EDFAnnotationList()
    if header.isPlus { list = Self.list(header, stream.window, keepsAnnotations: !knowsAnnotations) }
    if list.malformedCount > 0 {
      losses.add(
        LogLoss(
          .malformedRecord, byteOffset: stream.storedOffset(), record: record, count: list.malformedCount,
          detail: "annotations"))
    }
    place(list)
    if !knowsAnnotations {
      for annotation in list.annotations where !EDFPadding.isOne(annotation) {
        if !labels.add(annotation) { losses.add(LogLoss(.tooManyLabels, byteOffset: stream.storedOffset())) }
        if header.startTime.addingReportingOverflow(annotation.onset).partialValue < lastTime {
          losses.add(LogLoss(.lateLabel, byteOffset: stream.storedOffset(), record: record, detail: annotation.text))
        }
      }
    }
    wholeSamples = samplesPerRecord
    if let padding = list.annotations.first(where: EDFPadding.isOne) {
      let (onset, overflow) = padding.onset.addingReportingOverflow(header.startTime)
      let (since, overflow2) = onset.subtractingReportingOverflow(recordStart)
      let step = header.recordNanoseconds / Double(samplesPerRecord)
      if !overflow, !overflow2, since > 0 {
        wholeSamples = Int(min(Double(samplesPerRecord), (Double(since) / step).rounded()))
      }
    }
    hasRecord = true
    sample = 0
    return true
  }

  /// When the record begins.
  private func place(_ list: EDFAnnotationList) {
    let regular = SampleClock(periodNanoseconds: header.recordNanoseconds, start: header.startTime).time(record)
    if header.isDiscontinuous {
      if let onset = list.recordOnset {
        recordStart = header.startTime.addingReportingOverflow(onset).partialValue
        return
      }
      losses.add(
        LogLoss(.badTime, byteOffset: stream.storedOffset(), record: record, detail: "the record states no time"))
    }
    // The first record may begin a fraction of a second behind the header's whole one.
    if record == 0, let onset = list.recordOnset, (0..<1_000_000_000).contains(onset) { firstFraction = onset }
    recordStart = regular.addingReportingOverflow(firstFraction).partialValue
  }

  private func addFrames(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) {
    guard try stream.ensure(header.recordBytes), let base = stream.window.baseAddress else { return end() }
    let type = header.variant.sample
    let step = header.recordNanoseconds / Double(samplesPerRecord)
    while sample < wholeSamples, batch.count < maximumFrames {
      for (index, slot) in slots.enumerated() {
        frame[index] = slot.value(type.value(at: base + slot.byteOffset + sample * type.byteCount, .little))
      }
      let time = recordStart.addingReportingOverflow(Int64((Double(sample) * step).rounded())).partialValue
      lastTime = time
      batch.append(
        time: time, frame: frame, label: labels.label(at: time),
        segment: schema.hasSegments ? labels.segment(at: time) : 0)
      sample += 1
    }
    if sample == wholeSamples {
      stream.advance(header.recordBytes)
      record += 1
      hasRecord = false
    }
  }

  private func end() {
    hasEnded = true
    let rest = stream.window.count
    if let damage = stream.damage {
      losses.add(damage)
    } else if let stated = header.recordCount, record < stated {
      losses.add(
        LogLoss(
          .truncated, byteOffset: stream.storedOffset(), record: record, count: stated - record,
          detail: "\(record) of \(stated) records are whole"))
    } else if rest > 0 {
      let code: LogLoss.Code = header.recordCount == nil ? .truncated : .trailingBytes
      losses.add(LogLoss(code, byteOffset: stream.storedOffset(), record: record, count: rest))
    }
  }
}
