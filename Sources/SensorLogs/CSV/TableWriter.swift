/// Writes frames as CSV, plain or zstd, in decimals that read back as the same numbers.
///
/// Columns: `time_s`, the channels with their units in brackets, `segment` and `label` where the recording has them.
final class TableWriter: LogWriter {
  private let output: OutputFile
  private let schema: LogSchema
  private let delimiter: UInt8
  private let isCompressed: Bool
  private var compressor: ZstdCompressor
  private var text: [UInt8] = []
  private var compressed: [UInt8] = []

  private static let blockBytes = 128 << 10

  var bytesWritten: Int { output.position }

  init(
    path: String, schema: LogSchema, options: LogWriteOptions, isCompressed: Bool, delimiter: UInt8
  ) throws(LogReadError) {
    output = try OutputFile(path: path)
    guard let created = ZstdCompressor(level: options.compressionLevel) else {
      throw LogReadError(.cannotWrite(reason: "no memory for compression"), path: path)
    }
    compressor = created
    self.schema = schema
    self.isCompressed = isCompressed
    self.delimiter = delimiter
    add("time_s")
    for channel in schema.channels {
      text.append(delimiter)
      add(channel.unit.map { "\(channel.name)[\($0)]" } ?? channel.name)
    }
    if schema.hasSegments {
      text.append(delimiter)
      add("segment")
    }
    if schema.hasLabels {
      text.append(delimiter)
      add("label")
    }
    text.append(UInt8(ascii: "\n"))
  }

  /// A cell of text, quoted where it has to be. A line break in it becomes a space: rows are lines.
  private func add(_ cell: String) {
    let needsQuotes =
      cell.utf8.contains { $0 == delimiter || $0 == UInt8(ascii: "\"") || $0 < 32 } || cell.first == " "
      || cell.last == " "
    guard needsQuotes else { return text.append(contentsOf: cell.utf8) }
    text.append(UInt8(ascii: "\""))
    for byte in cell.utf8 {
      if byte == UInt8(ascii: "\"") { text.append(byte) }
      text.append(byte == 10 || byte == 13 ? UInt8(ascii: " ") : byte)
    }
    text.append(UInt8(ascii: "\""))
  }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    let width = schema.channels.count
    precondition(batch.channelCount == width, "the batch has other channels than the file")
    for index in 0..<batch.count {
      DecimalText.addSeconds(batch.times[index], to: &text)
      for slot in 0..<width {
        text.append(delimiter)
        DecimalText.add(batch.values[index * width + slot], to: &text)
      }
      if schema.hasSegments {
        text.append(delimiter)
        let segment = batch.segments[index]
        if segment < 0 { text.append(UInt8(ascii: "-")) }
        DecimalText.addWhole(UInt64(segment.magnitude), to: &text)
      }
      if schema.hasLabels {
        text.append(delimiter)
        let label = batch.labels[index]
        add(label < 0 ? "-1" : labelNames[Int(label)])
      }
      text.append(UInt8(ascii: "\n"))
      if text.count >= Self.blockBytes { try flush(endsFrame: false) }
    }
  }

  private func flush(endsFrame: Bool) throws(LogReadError) {
    if isCompressed {
      compressed.removeAll(keepingCapacity: true)
      let isDone = text.withUnsafeBytes { compressor.compress($0, into: &compressed, endsFrame: endsFrame) }
      guard isDone else { throw LogReadError(.cannotWrite(reason: "compression failed"), path: output.path) }
      try output.write(compressed)
    } else {
      try output.write(text)
    }
    text.removeAll(keepingCapacity: true)
  }

  func finish() throws(LogReadError) {
    try flush(endsFrame: true)
    try output.finish()
  }
}
