/// Writes EDF+ or BDF+: values as whole numbers of 16 or 24 bits, labels as annotations with a duration.
///
/// Frames must follow each other at one rate. A recording with gaps becomes a discontinuous file, whose records are as
/// long as divides every stretch, so that no sample has to be made up. Changes of segment are annotations without a
/// duration.
final class EDFWriter: LogWriter {
  private let path: String
  private let schema: LogSchema
  private let variant: EDFHeader.Variant
  private let metadata: [String: String]
  private let spool: FrameSpool
  private var finders: [ScaleFinder]
  private var grid: RegularGrid?
  private var stretches: [Stretch] = []
  private var notes: [Note] = []
  private var label = ""
  private var segment: Int32?
  private(set) var bytesWritten = 0

  /// Frames without a gap between them, by their place on the grid.
  private struct Stretch {
    var start: Int
    var count: Int
  }

  private struct Note {
    var start: Int
    /// The place behind the last frame; nil for an instant.
    var end: Int?
    var text: String
  }

  private static let maximumNotes = 1 << 20
  private static let maximumRecordBytes = 61_440

  init(
    path: String, schema: LogSchema, options: LogWriteOptions, variant: EDFHeader.Variant
  ) throws(LogReadError) {
    self.path = path
    self.schema = schema
    self.variant = variant
    metadata = options.metadata
    guard schema.channels.count < 4096 else {
      throw LogReadError(.tooManyChannels(count: schema.channels.count, limit: 4095), path: path)
    }
    finders = schema.channels.map { _ in ScaleFinder() }
    spool = try FrameSpool(beside: path, width: schema.channels.count)
  }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    let width = schema.channels.count
    precondition(batch.channelCount == width, "the batch has other channels than the file")
    if batch.isEmpty { return }
    var grid: RegularGrid
    if let known = self.grid {
      grid = known
    } else {
      grid = try RegularGrid(schema, firstFrames: batch, path: path)
    }
    for index in 0..<batch.count {
      let place = try grid.index(of: batch.times[index], path: path)
      if let last = stretches.last, last.start + last.count == place {
        stretches[stretches.count - 1].count += 1
      } else {
        guard stretches.count < Self.maximumNotes else { throw tooMuch("gaps") }
        stretches.append(Stretch(start: place, count: 1))
      }
      let labelIndex = batch.labels[index]
      try note(label: !schema.hasLabels || labelIndex < 0 ? "" : labelNames[Int(labelIndex)], at: place)
      if schema.hasSegments, segment != batch.segments[index] {
        if segment != nil || batch.segments[index] != 0 {
          try add(Note(start: place, end: nil, text: "segment \(batch.segments[index])"))
        }
        segment = batch.segments[index]
      }
      let values = batch.values[(index * width)..<((index + 1) * width)]
      for (slot, value) in values.enumerated() { finders[slot].add(value) }
      try spool.append(values)
    }
    self.grid = grid
  }

  /// Labels end where another begins, and at a gap.
  private func note(label text: String, at place: Int) throws(LogReadError) {
    let isStart = stretches.last?.start == place
    if let last = openNote {
      // A gap ends the label where the frames did.
      if text == label, !isStart { notes[last].end = place + 1 } else { openNote = nil }
    }
    label = text
    if openNote == nil, !text.isEmpty {
      try add(Note(start: place, end: place + 1, text: text))
      openNote = notes.count - 1
    }
  }

  private var openNote: Int?

  private func add(_ note: Note) throws(LogReadError) {
    guard notes.count < Self.maximumNotes else { throw tooMuch("changes of label") }
    guard note.text.utf8.count <= 1024 else {
      throw LogReadError(.cannotWrite(reason: "a label of more than 1024 bytes fits no annotation"), path: path)
    }
    notes.append(note)
  }

  private func tooMuch(_ what: String) -> LogReadError {
    LogReadError(.cannotWrite(reason: "more than \(Self.maximumNotes) \(what)"), path: path)
  }

  func finish() throws(LogReadError) {
    for (slot, finder) in finders.enumerated() where finder.hasInfinite || finder.hasMissing {
      throw LogReadError(
        .cannotWrite(
          reason: "channel '\(schema.channels[slot].name)' lacks values, which EDF cannot say; fill the gaps first"),
        path: path)
    }
    guard let grid else {
      throw LogReadError(.cannotWrite(reason: "there is no frame to write"), path: path)
    }
    var scales: [EDFScale] = []
    for (slot, finder) in finders.enumerated() {
      guard let scale = EDFScale(finder, digitalLimit: Double(variant.digitalLimit)) else {
        throw LogReadError(
          .cannotWrite(
            reason:
              "the range of channel '\(schema.channels[slot].name)' does not fit the 8 characters of an EDF header; "
              + "change its unit"),
          path: path)
      }
      scales.append(scale)
    }
    let plan = RecordPlan(
      stretches: stretches.map(\.count), rateHz: grid.rateHz,
      frameBytes: schema.channels.count * variant.sample.byteCount, maximumBytes: Self.maximumRecordBytes)
    let output = try OutputFile(path: path)
    try writeRecords(to: output, scales, plan, grid)
    try output.finish()
    bytesWritten = output.position
  }

  private func writeRecords(
    to output: OutputFile, _ scales: [EDFScale], _ plan: RecordPlan, _ grid: RegularGrid
  ) throws(LogReadError) {
    // Whole seconds go to the header; what is left of the first frame's time goes to the records'.
    let (days, ofDay) = CivilDate.split(grid.start)
    let fraction = ofDay % 1_000_000_000
    let clock = SampleClock(rateHz: grid.rateHz)
    let starts = recordStarts(plan.framesPerRecord)
    let isDiscontinuous = stretches.count > 1 || !plan.isExact
    let lists = annotationLists(starts, plan, clock, fraction: fraction)
    let sampleBytes = variant.sample.byteCount
    let annotationSamples = max(8, ((lists.map(\.count).max() ?? 0) + sampleBytes - 1) / sampleBytes)
    try output.write(
      header(
        scales, plan, records: starts.count, annotationSamples: annotationSamples, days: days, ofDay: ofDay,
        isDiscontinuous: isDiscontinuous))
    var columns = [[UInt8]](repeating: [], count: scales.count)
    var inRecord = 0
    var record = 0
    try spool.forEach { (values) throws(LogReadError) in
      for (slot, value) in values.enumerated() {
        _ = variant.sample.append(scales[slot].stored(value), .little, to: &columns[slot])
      }
      inRecord += 1
      guard inRecord == plan.framesPerRecord else { return }
      inRecord = 0
      for slot in columns.indices {
        try output.write(columns[slot])
        columns[slot].removeAll(keepingCapacity: true)
      }
      let list = lists[record]
      try output.write(list + [UInt8](repeating: 0, count: annotationSamples * sampleBytes - list.count))
      record += 1
    }
  }

  private func recordStarts(_ framesPerRecord: Int) -> [Int] {
    stretches.flatMap { stretch in
      stride(from: stretch.start, to: stretch.start + stretch.count, by: framesPerRecord)
    }
  }

  /// The annotations of each record: its own time, then what begins within it.
  private func annotationLists(
    _ starts: [Int], _ plan: RecordPlan, _ clock: SampleClock, fraction: Int64
  ) -> [[UInt8]] {
    let sorted = notes.indices.sorted { (notes[$0].start, $0) < (notes[$1].start, $1) }.map { notes[$0] }
    var next = 0
    return starts.enumerated().map { index, start in
      var bytes = Array("+".utf8)
      DecimalText.addSeconds(clock.time(start) + fraction, to: &bytes)
      bytes += [0x14, 0x14, 0]
      let isLast = index == starts.count - 1
      while next < sorted.count, isLast || sorted[next].start < start + plan.framesPerRecord {
        let note = sorted[next]
        bytes.append(UInt8(ascii: "+"))
        let onset = clock.time(note.start)
        DecimalText.addSeconds(onset + fraction, to: &bytes)
        if let end = note.end {
          bytes.append(0x15)
          DecimalText.addSeconds(clock.time(end) - onset, to: &bytes)
        }
        bytes.append(0x14)
        // These bytes have a meaning of their own in a list.
        bytes += note.text.utf8.map { $0 == 0 || $0 == 0x14 || $0 == 0x15 ? UInt8(ascii: " ") : $0 }
        bytes += [0x14, 0]
        next += 1
      }
      return bytes
    }
  }

  private func header(
    _ scales: [EDFScale], _ plan: RecordPlan, records: Int, annotationSamples: Int, days: Int64, ofDay: Int64,
    isDiscontinuous: Bool
  ) -> [UInt8] {
    let date = CivilDate.date(days: days)
    let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    let seconds = Int(ofDay / 1_000_000_000)
    let count = scales.count + 1
    let plus = variant == .edf ? "EDF+" : "BDF+"
    var bytes = variant.magic
    bytes += EDFNumber.field("X X X X", 80)
    let year = String(10_000 + max(0, min(9999, date.year))).dropFirst()
    let recording = metadata["recording"].map { " \($0)" } ?? ""
    bytes += EDFNumber.field("Startdate \(twoDigits(date.day))-\(months[date.month - 1])-\(year) X X X\(recording)", 80)
    bytes += EDFNumber.field("\(twoDigits(date.day)).\(twoDigits(date.month)).\(year.suffix(2))", 8)
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { twoDigits($0) }.joined(separator: ".")
    bytes += EDFNumber.field(clock, 8)
    bytes += EDFNumber.field("\(256 * (count + 1))", 8)
    bytes += EDFNumber.field(plus + (isDiscontinuous ? "D" : "C"), 44)
    bytes += EDFNumber.field("\(records)", 8)
    bytes += EDFNumber.field(plan.durationText, 8)
    bytes += EDFNumber.field("\(count)", 4)
    let limit = variant.digitalLimit
    func column(_ width: Int, _ last: String, _ value: (Int) -> String) {
      for slot in scales.indices { bytes += EDFNumber.field(value(slot), width) }
      bytes += EDFNumber.field(last, width)
    }
    column(16, variant.annotationLabel) { schema.channels[$0].name }
    column(80, "") { _ in "" }
    column(8, "") { schema.channels[$0].unit ?? "" }
    column(8, "-1") { scales[$0].physicalMinimum.text }
    column(8, "1") { scales[$0].physicalMaximum.text }
    column(8, "\(-limit - 1)") { "\(-Int(scales[$0].digitalLimit))" }
    column(8, "\(limit)") { "\(Int(scales[$0].digitalLimit))" }
    column(80, "") { _ in "" }
    column(8, "\(annotationSamples)") { _ in "\(plan.framesPerRecord)" }
    column(32, "") { _ in "" }
    return bytes
  }
}

/// How many frames share a record.
struct RecordPlan {
  var framesPerRecord: Int
  var durationText: String

  /// Whether the header's eight characters hold the duration exactly enough for records to follow each other by it.
  var isExact: Bool

  /// A number of frames that divides every stretch, lasts about a second at most and keeps records small; one whose
  /// duration can be written exactly, if there is any.
  init(stretches: [Int], rateHz: Double, frameBytes: Int, maximumBytes: Int) {
    var divisor = 0
    for count in stretches {
      var (a, b) = (divisor, count)
      while b != 0 { (a, b) = (b, a % b) }
      divisor = a
    }
    let largest = max(1, min(divisor, Int(min(rateHz.rounded(.up), 1e6)), maximumBytes / max(1, frameBytes)))
    let candidates = (1...largest).reversed().filter { divisor % $0 == 0 }
    let plans = candidates.lazy.map { RecordPlan(frames: $0, rateHz: rateHz) }
    self = plans.first(where: \.isExact) ?? RecordPlan(frames: candidates.first ?? 1, rateHz: rateHz)
  }

  private init(frames: Int, rateHz: Double) {
    framesPerRecord = frames
    let seconds = Double(frames) / rateHz
    let written = EDFNumber.text(seconds) ?? (text: "99999999", value: 99_999_999)
    durationText = written.value > 0 ? written.text : "0.000001"
    isExact = (written.value - seconds).magnitude <= 1e-12 * seconds
  }
}
