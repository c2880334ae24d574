/// Writes frames as JSON Lines, in decimals that read back as the same numbers.
///
/// Fields: `time_s`, exact to the nanosecond, the channels with their units in brackets, `segment` and `label` where the
/// recording has them. A missing value is null.
final class JSONLinesWriter: LogWriter {
  private let output: CompressedOutput
  private let schema: LogSchema
  /// What stands before each value: a comma, the key and a colon.
  private let keys: [[UInt8]]
  private var labelNames: [String] = []
  /// The same as they are written.
  private var labels: [[UInt8]] = []

  var bytesWritten: Int { output.bytesWritten }

  init(_ output: CompressedOutput, schema: LogSchema) {
    self.output = output
    self.schema = schema
    keys = schema.channels.map { channel in
      var key = [UInt8(ascii: ",")]
      JSONText.add(channel.unit.map { "\(channel.name)[\($0)]" } ?? channel.name, to: &key)
      key.append(UInt8(ascii: ":"))
      return key
    }
  }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    let width = schema.channels.count
    precondition(batch.channelCount == width, "the batch has other channels than the file")
    if labelNames != self.labelNames { quote(labelNames) }
    for index in 0..<batch.count {
      output.text += Self.start
      DecimalText.addSeconds(batch.times[index], to: &output.text)
      for slot in 0..<width {
        output.text += keys[slot]
        JSONText.add(batch.values[index * width + slot], to: &output.text)
      }
      if schema.hasSegments {
        output.text += Self.segment
        let segment = batch.segments[index]
        if segment < 0 { output.text.append(UInt8(ascii: "-")) }
        DecimalText.addWhole(UInt64(segment.magnitude), to: &output.text)
      }
      if schema.hasLabels {
        output.text += Self.label
        let label = batch.labels[index]
        output.text += label < 0 ? Self.null : labels[Int(label)]
      }
      output.text += Self.end
      try output.flushIfFull()
    }
  }

  private func quote(_ names: [String]) {
    labelNames = names
    labels = names.map { name in
      var text: [UInt8] = []
      JSONText.add(name, to: &text)
      return text
    }
  }

  func finish() throws(LogReadError) {
    try output.finish()
  }

  private static let start = Array("{\"time_s\":".utf8)
  private static let segment = Array(",\"segment\":".utf8)
  private static let label = Array(",\"label\":".utf8)
  private static let null = Array("null".utf8)
  private static let end = Array("}\n".utf8)
}
