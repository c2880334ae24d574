/// Writes frames as a synchronous data stream, one record each, and the YAML file that describes them.
///
/// Values are doubles. Labels and segments are values of their own, named in an entry `martlet` of the description. A
/// description that is there for other files of the stream stays as it is: frames that need another one are refused.
final class SDSWriter: LogWriter {
  private let output: CompressedOutput
  private let path: String
  private let metadataPath: String
  private let name: SDSFileName
  private let schema: LogSchema
  private let tickHz: Int64
  private var bytes: [UInt8] = []
  private var start: Int64?
  private var lastTick: Int64 = 0
  private var labelNames: [String] = []

  private static let blockBytes = 128 << 10

  /// A reader takes a longer step for one backwards, so that empty slots stand in between.
  private static let longestStep: Int64 = 1 << 30

  var bytesWritten: Int { output.bytesWritten }

  init(path: String, schema: LogSchema, options: LogWriteOptions, compression: LogCompression) throws(LogReadError) {
    guard (1...1_000_000_000).contains(options.sdsTickHz) else {
      throw LogReadError(.invalidOption("ticks a second must be 1 to 1000000000"), path: path)
    }
    let companions = CompanionFiles(beside: path)
    guard let name = SDSFileName(companions.mainName) else {
      throw LogReadError(.invalidOption("the name must end in .sds or .sds.zst"), path: path)
    }
    self.path = path
    self.name = name
    self.schema = schema
    tickHz = Int64(options.sdsTickHz)
    metadataPath = try companions.path(of: SDSDescription.name(ofStream: name.stream))
    output = try CompressedOutput(path: path, compression: compression, level: options.compressionLevel)
  }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    precondition(batch.channelCount == schema.channels.count, "the batch has other channels than the file")
    let width = batch.channelCount
    let size = width * 8 + (schema.hasSegments ? 4 : 0) + (schema.hasLabels ? 4 : 0)
    for index in 0..<batch.count {
      try writeSlot(of: batch.times[index], size: size)
      for value in batch.values[(index * width)..<((index + 1) * width)] {
        _ = BinaryNumber.float64.append(value, .little, to: &bytes)
      }
      if schema.hasSegments { _ = BinaryNumber.int32.append(batch.segments[index], .little, to: &bytes) }
      if schema.hasLabels {
        let label = batch.labels[index]
        let number = label < 0 ? -1 : try self.number(of: labelNames[Int(label)])
        _ = BinaryNumber.int32.append(number, .little, to: &bytes)
      }
      if bytes.count >= Self.blockBytes { try flush() }
    }
  }

  private var labelNumbers: [String: Int] = [:]

  private func number(of label: String) throws(LogReadError) -> Int {
    if let known = labelNumbers[label] { return known }
    guard labelNames.count < 4096 else {
      throw LogReadError(.cannotWrite(reason: "more than 4096 labels"), path: output.path)
    }
    labelNumbers[label] = labelNames.count
    labelNames.append(label)
    return labelNames.count - 1
  }

  private func writeSlot(of time: Int64, size: Int) throws(LogReadError) {
    if start == nil {
      start = time
      // Better now than behind the last frame.
      let head = Array(yamlWithoutLabels.utf8)
      try SDSDescription.check(beside: path, stream: name.stream) { $0.starts(with: head) }
    }
    let first = start ?? time
    let (offset, overflow) = time.subtractingReportingOverflow(first)
    guard !overflow else {
      throw LogReadError(.cannotWrite(reason: "the times of the frames lie too far apart"), path: output.path)
    }
    let tick = Self.ticks(offset, tickHz)
    guard tick - lastTick > -Self.longestStep else {
      throw LogReadError(
        .cannotWrite(reason: "time steps back by more than SDS can tell; sort the recording"), path: output.path)
    }
    guard (tick - lastTick) / Self.longestStep <= 1 << 16 else {
      throw LogReadError(
        .cannotWrite(reason: "a gap is longer than SDS can tell at \(tickHz) ticks a second"), path: output.path)
    }
    while tick - lastTick > Self.longestStep {
      lastTick += Self.longestStep
      addHeader(lastTick, size: 0)
    }
    lastTick = tick
    addHeader(tick, size: size)
  }

  /// Nanoseconds as ticks, rounded to nearest.
  private static func ticks(_ nanoseconds: Int64, _ hertz: Int64) -> Int64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return seconds * hertz + Int64((Double(rest) * Double(hertz) / 1e9).rounded())
  }

  private func addHeader(_ tick: Int64, size: Int) {
    _ = BinaryNumber.uint32.append(tick & 0xFFFF_FFFF, .little, to: &bytes)
    _ = BinaryNumber.uint32.append(size, .little, to: &bytes)
  }

  private func flush() throws(LogReadError) {
    try output.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  func finish() throws(LogReadError) {
    try flush()
    let text = Array(yaml.utf8)
    guard text.count <= SDSMetadata.maximumBytes else {
      throw LogReadError(
        .cannotWrite(reason: "names of labels and channels take more than \(SDSMetadata.maximumBytes) bytes"),
        path: path)
    }
    try CompanionFiles(beside: path).withLockedFolder { () throws(LogReadError) in
      try SDSDescription.check(beside: path, stream: name.stream) { $0 == text }
      let description = try OutputFile(path: metadataPath)
      try description.write(text)
      try output.finish()
      try description.finish()
    }
  }

  private var yamlWithoutLabels: String {
    var text = "sds:\n  name: \(Self.quoted(name.stream))\n"
    if let rate = schema.nominalRateHz { text += "  sample-frequency: \(rate)\n" }
    text += "  tick-frequency: \(tickHz)\n  content:\n"
    for channel in schema.channels {
      text += "  - value: \(Self.quoted(channel.name))\n    type: double\n"
      if let unit = channel.unit { text += "    unit: \(Self.quoted(unit))\n" }
    }
    if schema.hasSegments { text += "  - value: segment\n    type: int32_t\n" }
    if schema.hasLabels { text += "  - value: label\n    type: int32_t\n" }
    text += "martlet:\n  start-ns: \(start ?? 0)\n"
    return text
  }

  private var yaml: String {
    var text = yamlWithoutLabels
    if schema.hasLabels {
      // Without a name in the list a reader could not know the value for a label.
      let names = labelNames.isEmpty ? ["-1"] : labelNames
      text += "  labels: [\(names.map(Self.quoted).joined(separator: ", "))]\n"
    }
    return text
  }

  /// JSON's strings are YAML's too.
  private static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    JSONText.add(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
