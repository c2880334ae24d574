/// Writes EDF+ or BDF+: values as whole numbers of 16 or 24 bits, labels as annotations with a duration.
///
/// Frames must follow each other at one rate. A recording with gaps becomes a discontinuous file. Records are as long as
/// divides every stretch where that gives a sensible length; else the last record of a stretch is filled up, which an
/// annotation says (``EDFPadding``). Changes of segment are annotations without a duration.
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
  struct Stretch {
    var start: Int
    var count: Int

    init(start: Int, count: Int) {
      self.start = start
      self.count = count
    }
  }

  private struct Note {
    var start: Int
    /// The place behind the last frame; nil for an instant.
    var end: Int?
    var text: String
  }

  /// As many as ``EDFReader`` takes.
  private static let maximumNotes = 1 << 18
  private static let maximumStretches = 1 << 20
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
    try EDFNames.check(schema.channels, path: path)
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
        guard stretches.count < Self.maximumStretches else { throw tooMuch("gaps", Self.maximumStretches) }
        stretches.append(Stretch(start: place, count: 1))
      }
      let labelIndex = batch.labels[index]
      try note(label: !schema.hasLabels || labelIndex < 0 ? "" : labelNames[Int(labelIndex)], at: place)
      if schema.hasSegments, segment != batch.segments[index] {
        if segment != nil || batch.segments[index] != 0 {
          try add(Note(start: place, end: nil, text: SegmentMarks.text(batch.segments[index])))
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
    guard notes.count < Self.maximumNotes else { throw tooMuch("changes of label", Self.maximumNotes) }
    guard note.text.utf8.count <= 1024 else {
      throw LogReadError(.cannotWrite(reason: "a label of more than 1024 bytes fits no annotation"), path: path)
    }
    notes.append(note)
  }

  private func tooMuch(_ what: String, _ limit: Int) -> LogReadError {
    LogReadError(.cannotWrite(reason: "more than \(limit) \(what); cut the recording into pieces"), path: path)
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
      stretches: stretches, rateHz: grid.rateHz,
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
    let isDiscontinuous = stretches.count > 1 || !plan.isExact
    var lists = Lists(clock: clock, fraction: fraction)
    let sampleBytes = variant.sample.byteCount
    // The header says how long the longest list is, so all are made twice; keeping them would take memory for each record.
    let longest = try forEachRecord(plan) { (record) throws(LogReadError) in addList(of: record, plan, &lists) }
    let annotationSamples = max(8, (longest.bytes + sampleBytes - 1) / sampleBytes)
    try output.write(
      header(
        scales, plan, records: longest.records, annotationSamples: annotationSamples, days: days, ofDay: ofDay,
        isDiscontinuous: isDiscontinuous))
    lists = Lists(clock: clock, fraction: fraction)
    var columns = [[UInt8]](repeating: [], count: scales.count)
    var inRecord = 0
    var stretch = 0
    var inStretch = 0
    try spool.forEach { (values) throws(LogReadError) in
      inRecord += 1
      inStretch += 1
      let isLast = inStretch == stretches[stretch].count
      // What fills a record up repeats its last frame.
      let copies = isLast ? 1 + plan.framesPerRecord - inRecord : 1
      for (slot, value) in values.enumerated() {
        let stored = scales[slot].stored(value)
        for _ in 0..<copies { _ = variant.sample.append(stored, .little, to: &columns[slot]) }
      }
      guard isLast || inRecord == plan.framesPerRecord else { return }
      for slot in columns.indices {
        try output.write(columns[slot])
        columns[slot].removeAll(keepingCapacity: true)
      }
      let record = Record(
        start: stretches[stretch].start + inStretch - inRecord, count: inRecord,
        isLast: isLast && stretch == stretches.count - 1)
      addList(of: record, plan, &lists)
      try output.write(lists.bytes + [UInt8](repeating: 0, count: annotationSamples * sampleBytes - lists.bytes.count))
      inRecord = 0
      if isLast {
        stretch += 1
        inStretch = 0
      }
    }
  }

  /// A record by the place of its first frame, and how many of its frames were recorded.
  private struct Record {
    var start: Int
    var count: Int
    var isLast: Bool
  }

  /// Goes over the records that the stretches give.
  ///
  /// - Parameter body: Gives the bytes of a record's annotations.
  /// - Returns: how many records there are, and the most bytes of annotations in one.
  private func forEachRecord(
    _ plan: RecordPlan, _ body: (Record) throws(LogReadError) -> Int
  ) throws(LogReadError) -> (records: Int, bytes: Int) {
    var (records, bytes) = (0, 0)
    for (index, stretch) in stretches.enumerated() {
      var start = 0
      while start < stretch.count {
        let count = min(plan.framesPerRecord, stretch.count - start)
        let isLast = index == stretches.count - 1 && start + count == stretch.count
        bytes = max(bytes, try body(Record(start: stretch.start + start, count: count, isLast: isLast)))
        records += 1
        start += count
      }
    }
    return (records, bytes)
  }

  /// The annotations of one record after another.
  private struct Lists {
    let clock: SampleClock
    let fraction: Int64
    var bytes: [UInt8] = []
    /// The first note that no record has had so far.
    var next = 0

    mutating func begin(_ place: Int) {
      bytes.removeAll(keepingCapacity: true)
      bytes.append(UInt8(ascii: "+"))
      DecimalText.addSeconds(clock.time(place) + fraction, to: &bytes)
      bytes += [0x14, 0x14, 0]
    }

    mutating func add(_ text: String, from start: Int, to end: Int?) {
      bytes.append(UInt8(ascii: "+"))
      let onset = clock.time(start)
      DecimalText.addSeconds(onset + fraction, to: &bytes)
      if let end {
        bytes.append(0x15)
        DecimalText.addSeconds(clock.time(end) - onset, to: &bytes)
      }
      bytes.append(0x14)
      // These bytes have a meaning of their own in a list.
      bytes += text.utf8.map { $0 == 0 || $0 == 0x14 || $0 == 0x15 ? UInt8(ascii: " ") : $0 }
      bytes += [0x14, 0]
    }
  }

  /// Makes the annotations of a record: its own time, then what begins within it. Notes are in the order of their starts.
  ///
  /// - Returns: how many bytes they take.
  @discardableResult
  private func addList(of record: Record, _ plan: RecordPlan, _ lists: inout Lists) -> Int {
    lists.begin(record.start)
    while lists.next < notes.count, record.isLast || notes[lists.next].start < record.start + record.count {
      let note = notes[lists.next]
      lists.add(note.text, from: note.start, to: note.end)
      lists.next += 1
    }
    if record.count < plan.framesPerRecord {
      lists.add(EDFPadding.text, from: record.start + record.count, to: record.start + plan.framesPerRecord)
    }
    return lists.bytes.count
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
    column(16, variant.annotationLabel) { EDFNames.ascii(schema.channels[$0].name) }
    column(80, "") { _ in "" }
    column(8, "") { EDFNames.ascii(schema.channels[$0].unit ?? "") }
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
