/// Reads a WFDB record: signals of one or of several files, perhaps in segments, with annotations.
///
/// Channels of another rate than most are left out, and a note says so; ask for them by name. Samples that are marked as
/// invalid are NaN. Gaps between segments are gaps in time.
final class WFDBReader: LogReader {
  let path: String
  let format = LogFormat.wfdb
  let schema: LogSchema
  private var ownLosses = LogLosses()
  private(set) var notes: [LogNote] = []
  private var counted = LogCounters()
  private var annotations: WFDBLabels
  private let options: LogReadOptions
  private let companions: CompanionFiles
  private let header: WFDBHeader
  /// Names as the header that lists all signals gives them, for the channels in use.
  private let names: [String]
  private let samplesPerFrame: Int
  private let clock: SampleClock
  private let frame: UnsafeMutablePointer<Double>

  private var segments: [WFDBHeader.Segment]
  private var nextSegment = 0
  private var segmentStart = 0
  private var current: WFDBSegmentReader?
  private var currentLength = 0
  private var slots: [Slot?] = []
  /// Frame within the segment and sample within the frame.
  private var frameInSegment = 0
  private var sample = 0
  private var verified = 0

  /// Where a channel's samples lie, and what they mean.
  private struct Slot {
    var signal: Int
    var gain: Double
    var baseline: Double
    var missing: Int32?
  }

  var losses: LogLosses { ownLosses }
  var labelNames: [String] { annotations.labels.names }
  var events: [LogEvent] { annotations.events(clock) }
  var totalBytes: Int? { segments.count == 1 ? current?.totalBytes : nil }
  var compression: LogCompression { current?.compression ?? .none }
  var counters: LogCounters {
    var result = counted
    result.bytesRead += current?.bytesRead ?? 0
    result.bytesDecoded += current?.bytesDecoded ?? 0
    return result
  }

  init(headerPath: String, options: LogReadOptions) throws(LogReadError) {
    path = headerPath
    self.options = options
    let companions = CompanionFiles(beside: headerPath)
    self.companions = companions
    let header = try Self.header(named: companions.mainName, companions, options)
    self.header = header
    segments = header.segments
    var described = header
    if header.isMultiSegment {
      described = try Self.layout(of: header, companions, options, &ownLosses)
    } else {
      segments = [.init(name: header.recordName, frameCount: header.frameCount ?? Int.max)]
    }
    let all = Self.channels(of: described)
    let chosen = try Self.choice(all, described, options, &notes, path: headerPath)
    names = chosen.map { all[$0].name }
    samplesPerFrame = described.signals[chosen[0]].samplesPerFrame
    let rate = header.frameHz * Double(samplesPerFrame)
    clock = SampleClock(rateHz: rate, start: header.startTime ?? 0)
    let uncalibrated = chosen.filter { !described.signals[$0].isCalibrated }.map { all[$0].name }
    if !uncalibrated.isEmpty {
      notes.append(LogNote(.uncalibrated, detail: uncalibrated.prefix(12).joined(separator: ", ")))
    }
    annotations = try WFDBLabels(
      companions, frameHz: header.frameHz, sampleHz: rate, options: options, losses: &ownLosses)
    schema = LogSchema(
      channels: ChannelChoice.withUnits(chosen.map { all[$0] }, options: options), nominalRateHz: rate,
      hasLabels: annotations.isLabelling, hasSegments: !annotations.segments.isEmpty)
    frame = .allocate(capacity: chosen.count)
    frame.initialize(repeating: .nan, count: chosen.count)
    if !header.isMultiSegment {
      // Without its signals there is nothing to read at all.
      try begin(header, length: header.frameCount ?? Int.max)
      nextSegment = 1
    }
  }

  deinit { frame.deallocate() }

  /// The path of the header, where a path means a WFDB record: it ends in `.hea`, or is a header's name without that.
  static func headerPath(of path: String, options: LogReadOptions) -> String? {
    if path.lowercased().hasSuffix(".hea") { return path }
    guard options.format == nil || options.format == .wfdb, path != "-" else { return nil }
    // Opening is no way to ask: a pipe gives its bytes to who opens it first, and lets its writer go when it is closed.
    let header = "\(path).hea"
    return !FileInput.exists(path) && FileInput.size(of: header) != nil ? header : nil
  }

  /// The header that lists the signals of a record in segments: that of a first segment without frames, else of the
  /// first segment that can be opened.
  private static func layout(
    of record: WFDBHeader, _ companions: CompanionFiles, _ options: LogReadOptions, _ losses: inout LogLosses
  ) throws(LogReadError) -> WFDBHeader {
    var problem: LogReadError?
    for segment in record.segments where segment.name != "~" {
      do throws(LogReadError) {
        let found = try header(named: "\(segment.name).hea", companions, options)
        if !found.isMultiSegment { return found }
        throw LogReadError(.malformedHeader(reason: "a segment has segments"), path: companions.folder + segment.name)
      } catch {
        // A forbidden name is an attack or a mistake that should not pass as a missing file.
        if case .forbiddenName = error.code { throw error }
        problem = problem ?? error
        // Those with frames are reported where their frames are missing.
        if segment.frameCount == 0 {
          losses.add(LogLoss(.missingFile, byteOffset: 0, record: 0, detail: error.description))
        }
      }
    }
    throw problem
      ?? LogReadError(
        .malformedHeader(reason: "all of its segments are gaps"), path: companions.folder + companions.mainName)
  }

  private static func header(
    named name: String, _ companions: CompanionFiles, _ options: LogReadOptions
  ) throws(LogReadError) -> WFDBHeader {
    let input = try companions.open(name)
    let stream = try ByteStream(input, options: options)
    let bytes = try stream.wholeText(maximumBytes: WFDBHeader.maximumBytes, what: "a WFDB header")
    return try WFDBHeader(bytes, path: input.path, maximumSignals: max(options.maximumChannels, 1) * 4)
  }

  private static func channels(of header: WFDBHeader) -> [Channel] {
    ChannelChoice.unique(
      header.signals.enumerated().map { index, signal in
        Channel(
          name: signal.description.isEmpty ? "signal \(index)" : signal.description,
          unit: signal.units == WFDBWriter.noUnit ? nil : signal.units, range: signal.range)
      })
  }

  private static func choice(
    _ channels: [Channel], _ header: WFDBHeader, _ options: LogReadOptions, _ notes: inout [LogNote], path: String
  ) throws(LogReadError) -> [Int] {
    let rates = header.signals.map { Double($0.samplesPerFrame) * header.frameHz }
    return try CommonRate.choose(channels, rates: rates, options: options, notes: &notes, path: path)
  }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: names.count)
    while batch.count < maximumFrames {
      guard let reader = current else {
        if try !beginNext() { break }
        continue
      }
      if sample == 0 {
        guard try reader.advance() else {
          try finishSegment(reader)
          continue
        }
      }
      addFrame(reader, into: &batch)
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  @inline(__always)
  private func addFrame(_ reader: WFDBSegmentReader, into batch: inout FrameBatch) {
    for (index, slot) in slots.enumerated() {
      if let slot, let stored = reader.value(signal: slot.signal, sample: sample), stored != slot.missing {
        frame[index] = (Double(stored) - slot.baseline) / slot.gain
      } else {
        frame[index] = .nan
        counted.missingValues += 1
      }
    }
    let index = (segmentStart + frameInSegment) * samplesPerFrame + sample
    batch.append(
      time: clock.time(index), frame: frame, label: annotations.label(at: index),
      segment: annotations.segment(at: index))
    sample += 1
    if sample == samplesPerFrame {
      sample = 0
      frameInSegment += 1
    }
  }

  private func finishSegment(_ reader: WFDBSegmentReader) throws(LogReadError) {
    try reader.finish()
    ownLosses.add(contentsOf: reader.losses)
    verified += reader.verifiedSignals
    counted.bytesRead += reader.bytesRead
    counted.bytesDecoded += reader.bytesDecoded
    current = nil
    segmentStart += header.isMultiSegment ? currentLength : frameInSegment
    frameInSegment = 0
    if nextSegment == segments.count, verified > 0 {
      notes.append(LogNote(.checksumsVerified, detail: "\(verified)"))
      verified = 0
    }
  }

  private func beginNext() throws(LogReadError) -> Bool {
    while nextSegment < segments.count {
      let segment = segments[nextSegment]
      nextSegment += 1
      if segment.frameCount == 0 { continue }
      if segment.name == "~" {
        segmentStart += segment.frameCount
        continue
      }
      do throws(LogReadError) {
        var header = try Self.header(named: "\(segment.name).hea", companions, options)
        guard !header.isMultiSegment, header.frameHz == self.header.frameHz else {
          throw LogReadError(.malformedHeader(reason: "it has segments or another rate"), path: segment.name)
        }
        header.frameCount = min(header.frameCount ?? segment.frameCount, segment.frameCount)
        try begin(header, length: segment.frameCount)
        return true
      } catch {
        // A forbidden name is an attack or a mistake that should not pass as a missing file.
        if case .forbiddenName = error.code { throw error }
        if case .cancelled = error.code { throw error }
        ownLosses.add(
          LogLoss(
            .missingFile, byteOffset: 0, record: segmentStart, count: segment.frameCount, detail: error.description))
        counted.lostRows += segment.frameCount
        segmentStart += segment.frameCount
      }
    }
    return false
  }

  private func begin(_ header: WFDBHeader, length: Int) throws(LogReadError) {
    let channels = Self.channels(of: header)
    let reader = try WFDBSegmentReader(header, companions, options: options)
    slots = names.map { name in
      guard let index = channels.firstIndex(where: { $0.name == name }),
        header.signals[index].samplesPerFrame == samplesPerFrame
      else { return nil }
      let signal = header.signals[index]
      return Slot(
        signal: index, gain: signal.gain, baseline: Double(signal.baseline), missing: signal.format.missing)
    }
    currentLength = length
    current = reader
  }
}
