/// Writes frames as CSV or TSV in decimals that read back as the same numbers.
///
/// Columns: `time_s`, the channels with their units in brackets, `segment` and `label` where the recording has them.
final class TableWriter: LogWriter {
  private let output: CompressedOutput
  private let schema: LogSchema
  private let delimiter: UInt8

  var bytesWritten: Int { output.bytesWritten }

  init(_ output: CompressedOutput, schema: LogSchema, delimiter: UInt8) {
    self.output = output
    self.schema = schema
    self.delimiter = delimiter
    add("time_s")
    for channel in schema.channels {
      output.text.append(delimiter)
      add(channel.unit.map { "\(channel.name)[\($0)]" } ?? channel.name)
    }
    if schema.hasSegments {
      output.text.append(delimiter)
      add("segment")
    }
    if schema.hasLabels {
      output.text.append(delimiter)
      add("label")
    }
    output.text.append(UInt8(ascii: "\n"))
  }

  /// A cell of text, quoted where it has to be. A line break in it becomes a space: rows are lines.
  private func add(_ cell: String) {
    let needsQuotes =
      cell.utf8.contains { $0 == delimiter || $0 == UInt8(ascii: "\"") || $0 < 32 } || cell.first == " "
      || cell.last == " "
    guard needsQuotes else { return output.text.append(contentsOf: cell.utf8) }
    output.text.append(UInt8(ascii: "\""))
    for byte in cell.utf8 {
      if byte == UInt8(ascii: "\"") { output.text.append(byte) }
      output.text.append(byte == 10 || byte == 13 ? UInt8(ascii: " ") : byte)
    }
    output.text.append(UInt8(ascii: "\""))
  }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    let width = schema.channels.count
    precondition(batch.channelCount == width, "the batch has other channels than the file")
    for index in 0..<batch.count {
      DecimalText.addSeconds(batch.times[index], to: &output.text)
      for slot in 0..<width {
        output.text.append(delimiter)
        DecimalText.add(batch.values[index * width + slot], to: &output.text)
      }
      if schema.hasSegments {
        output.text.append(delimiter)
        let segment = batch.segments[index]
        if segment < 0 { output.text.append(UInt8(ascii: "-")) }
        DecimalText.addWhole(UInt64(segment.magnitude), to: &output.text)
      }
      if schema.hasLabels {
        output.text.append(delimiter)
        let label = batch.labels[index]
        add(label < 0 ? "-1" : labelNames[Int(label)])
      }
      output.text.append(UInt8(ascii: "\n"))
      try output.flushIfFull()
    }
  }

  func finish() throws(LogReadError) {
    try output.finish()
  }
}
