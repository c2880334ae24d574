#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a WFDB record: a header, a signal file and, where there are labels, annotations.
///
/// Values become whole numbers with the smallest decimal gain that loses nothing, else with the largest that fits. NaN
/// becomes the invalid sample. Frames must follow each other at one rate; gaps are filled with invalid samples. A change
/// of label is a rhythm annotation with the label as its text, a change of segment a note.
final class WFDBWriter: LogWriter {
  private let headerPath: String
  private let name: String
  private let companions: CompanionFiles
  private let schema: LogSchema
  private let format: WFDBSampleFormat
  private let spool: FrameSpool
  private var finders: [ScaleFinder]
  private var grid: RegularGrid?
  private var frameCount = 0
  private var annotations = WFDBAnnotationText()
  private var label = ""
  private var segment: Int32?
  private(set) var bytesWritten = 0

  /// What a header says for signals without a unit.
  static let noUnit = "NU"

  /// A longer gap is more likely a fault of the clock than a pause.
  private static let maximumFill = 1 << 24

  init(path: String, schema: LogSchema, options: LogWriteOptions) throws(LogReadError) {
    headerPath = path
    companions = CompanionFiles(beside: path)
    guard path.lowercased().hasSuffix(".hea") else {
      throw LogReadError(
        .invalidOption("a WFDB record is named by its header, so the name must end in .hea"), path: path)
    }
    name = Self.recordName(companions)
    self.schema = schema
    format = options.wfdbFormat
    let isAllowed = name.utf8.allSatisfy { byte in
      let character = Character(Unicode.Scalar(byte))
      return byte < 128 && (character.isLetter || character.isNumber || character == "_" || character == "-")
    }
    guard isAllowed, !name.isEmpty else {
      throw LogReadError(
        .invalidOption("the name of a WFDB record may hold letters, digits, '_' and '-' only"), path: path)
    }
    guard format != .differences8 else {
      throw LogReadError(.invalidOption("WFDB format 8 is read, not written; take 16 or 212"), path: path)
    }
    finders = schema.channels.map { _ in ScaleFinder() }
    spool = try FrameSpool(beside: path, width: schema.channels.count)
  }

  /// The name of the record, without the ending of its header.
  static func recordName(_ companions: CompanionFiles) -> String { String(companions.mainName.dropLast(4)) }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    let width = schema.channels.count
    precondition(batch.channelCount == width, "the batch has other channels than the file")
    if batch.isEmpty { return }
    var grid: RegularGrid
    if let known = self.grid {
      grid = known
    } else {
      grid = try RegularGrid(schema, firstFrames: batch, path: headerPath)
    }
    for index in 0..<batch.count {
      let place = try grid.index(of: batch.times[index], path: headerPath)
      guard place - frameCount <= Self.maximumFill else {
        throw LogReadError(
          .cannotWrite(reason: "the gap before \(batch.times[index]) ns is too long to be filled"), path: headerPath)
      }
      while frameCount < place { try append(ArraySlice(repeating: .nan, count: width)) }
      if schema.hasLabels {
        let index = batch.labels[index]
        try note(label: index < 0 ? "" : labelNames[Int(index)])
      }
      if schema.hasSegments, segment != batch.segments[index] {
        let number = batch.segments[index]
        if segment != nil || number != 0 {
          try annotations.add(
            type: WFDBAnnotation.note, sample: frameCount, text: SegmentMarks.text(number), path: headerPath)
        }
        segment = number
      }
      try append(batch.values[(index * width)..<((index + 1) * width)])
    }
    self.grid = grid
  }

  private func append(_ values: ArraySlice<Double>) throws(LogReadError) {
    for (slot, value) in values.enumerated() { finders[slot].add(value) }
    try spool.append(values)
    frameCount += 1
  }

  private func note(label text: String) throws(LogReadError) {
    guard text != label else { return }
    label = text
    try annotations.add(type: WFDBAnnotation.rhythm, sample: frameCount, text: text, path: headerPath)
  }

  func finish() throws(LogReadError) {
    for (slot, finder) in finders.enumerated() where finder.hasInfinite {
      throw LogReadError(
        .cannotWrite(reason: "channel '\(schema.channels[slot].name)' holds an infinity, which WFDB cannot"),
        path: headerPath)
    }
    let scales = finders.map { $0.scale(limit: Double(format.maximum)) }
    let (signals, sums, first) = try writeSignals(scales)
    var outputs = [signals]
    let annotationPath = try companions.path(of: "\(name).atr")
    if !annotations.isEmpty {
      let output = try OutputFile(path: annotationPath)
      try output.write(annotations.finished())
      outputs.append(output)
    }
    let header = try OutputFile(path: headerPath)
    try header.write(Array(headerText(scales, sums, first).utf8))
    outputs.append(header)
    bytesWritten = header.position
    // A full disk is met before anything is replaced.
    for output in outputs { _ = try output.settle() }
    try Self.clear(headerPath, keepsAnnotations: !annotations.isEmpty)
    for output in outputs { try output.finish() }
  }

  /// Makes room for a record: its header goes first and comes last, for without it there is no record, and no old
  /// header describes new samples. Nor do the labels of another recording label this one.
  ///
  /// - Parameter keepsAnnotations: Whether the annotation file will be replaced.
  static func clear(_ headerPath: String, keepsAnnotations: Bool) throws(LogReadError) {
    // A link stays, and what it leads to goes.
    if case .file(let target) = try OutputTarget(headerPath) { try remove(target) }
    if !keepsAnnotations { try remove("\(headerPath.dropLast(4)).atr") }
  }

  private static func remove(_ path: String) throws(LogReadError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw LogReadError(.cannotWrite(reason: FileInput.lastReason()), path: path)
    }
  }

  private func writeSignals(
    _ scales: [StoredScale]
  ) throws(LogReadError) -> (OutputFile, sums: [UInt16], first: [Int32]) {
    let output = try OutputFile(path: companions.path(of: "\(name).dat"))
    var packer = WFDBSamplePacker(format)
    var sums = [UInt16](repeating: 0, count: scales.count)
    var first = [Int32](repeating: 0, count: scales.count)
    var isFirst = true
    let limit = Double(format.maximum)
    try spool.forEach { (values) throws(LogReadError) in
      for (slot, value) in values.enumerated() {
        let stored = value.isNaN ? format.missing! : Int32(scales[slot].stored(value, limit: limit))
        if isFirst { first[slot] = stored }
        sums[slot] &+= UInt16(truncatingIfNeeded: stored)
        packer.add(stored)
      }
      isFirst = false
      if packer.bytes.count >= 64 << 10 { try output.write(packer.take()) }
    }
    packer.finish()
    try output.write(packer.take())
    return (output, sums, first)
  }

  private func headerText(_ scales: [StoredScale], _ sums: [UInt16], _ first: [Int32]) -> String {
    let rate = grid?.rateHz ?? schema.nominalRateHz ?? 250
    var text = "\(name) \(schema.channels.count) \(Int(exactly: rate).map { "\($0)" } ?? "\(rate)") \(frameCount)"
    if let start = grid?.start, start != 0 { text += Self.startText(start) }
    text += "\n"
    let bits = format == .packed12 ? 12 : format == .offset8 ? 8 : format == .bits24 ? 24 : format == .bits32 ? 32 : 16
    for (slot, channel) in schema.channels.enumerated() {
      let scale = scales[slot]
      let unit = channel.unit.map { Self.word($0) } ?? Self.noUnit
      text += "\(name).dat \(format.rawValue) \(scale.gain)(\(Int(scale.baseline)))/\(unit) \(bits) 0 "
      text += "\(first[slot]) \(Int16(bitPattern: sums[slot])) 0 \(Self.line(channel.name))\n"
    }
    return text
  }

  /// Time and date of the first frame, to the microsecond.
  private static func startText(_ start: Int64) -> String {
    let (days, ofDay) = CivilDate.split(start)
    let date = CivilDate.date(days: days)
    guard (1...9999).contains(date.year) else { return "" }
    let seconds = Int(ofDay / 1_000_000_000)
    let micro = Int(ofDay % 1_000_000_000 / 1000)
    let fraction = micro == 0 ? "" : ".\(String(1_000_000 + micro).dropFirst())"
    let clock = "\(twoDigits(seconds / 3600)):\(twoDigits(seconds / 60 % 60)):\(twoDigits(seconds % 60))\(fraction)"
    let year = String(10_000 + date.year).dropFirst()
    return " \(clock) \(twoDigits(date.day))/\(twoDigits(date.month))/\(year)"
  }

  /// Without spaces and signs that have a meaning there.
  private static func word(_ text: String) -> String {
    String(text.map { $0.isWhitespace ? "_" : $0 })
  }

  private static func line(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }
}
