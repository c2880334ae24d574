/// Writes frames as messages of one topic, and a label event on another at every change of the label.
///
/// A frame is a message of `float64` fields, one for each channel, and `int32 segment` where there are segments. Names
/// that are no field names are kept in the channel's metadata as `name.<field>`, units as `unit.<channel>`, the label
/// topic as `label.topic`.
final class MCAPFrameWriter: LogWriter {
  private let output: OutputFile
  private let writer: MCAPWriter
  private let schema: LogSchema
  private let options: LogWriteOptions
  private let fields: [String]
  private var frameCount: UInt32 = 0
  private var labelCount: UInt32 = 0

  private static let frameChannel: UInt16 = 0
  private static let labelChannel: UInt16 = 1
  private var label = ""
  private var lastLabelIndex: Int32 = -1

  var bytesWritten: Int { writer.bytesWritten }

  init(path: String, schema: LogSchema, options: LogWriteOptions) throws(LogReadError) {
    guard !options.topic.isEmpty, options.topic != options.labelTopic else {
      throw LogReadError(.invalidOption("frames and labels need topics that differ"), path: path)
    }
    output = try OutputFile(path: path)
    var container = MCAPWriteOptions()
    container.profile = options.encoding == .cdr ? "ros2" : ""
    container.compressionLevel = options.compressionLevel
    container.chunkBytes = options.chunkBytes
    writer = try MCAPWriter(output, options: container)
    self.schema = schema
    self.options = options
    fields = Self.fieldNames(schema.channels.map(\.name))
    if !options.metadata.isEmpty { try writer.add(MCAPMetadata(name: "dataset", entries: options.metadata)) }
    var metadata: [String: String] = [:]
    for (field, channel) in zip(fields, schema.channels) {
      if field != channel.name { metadata["name.\(field)"] = channel.name }
      if let unit = channel.unit { metadata["unit.\(channel.name)"] = unit }
    }
    if schema.hasLabels { metadata["label.topic"] = options.labelTopic }
    if let rate = schema.nominalRateHz { metadata["rate_hz"] = "\(rate)" }
    try writer.add(
      MCAPSchema(
        id: 1, name: "martlet_msgs/msg/Frame", encoding: options.encoding == .cdr ? "ros2msg" : "jsonschema",
        data: Array(Self.schemaText(fields, hasSegments: schema.hasSegments, options.encoding).utf8)))
    try writer.add(
      MCAPChannel(
        id: Self.frameChannel, schemaID: 1, topic: options.topic, messageEncoding: options.encoding.rawValue,
        metadata: metadata))
  }

  /// Letters, digits and single underscores, beginning with a letter, each once.
  static func fieldNames(_ names: [String]) -> [String] {
    var taken: Set<String> = ["segment", "label", "header"]
    return names.map { name in
      var field = ""
      for scalar in name.unicodeScalars {
        let isAllowed = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        if isAllowed {
          field.unicodeScalars.append(scalar)
        } else if !field.isEmpty, field.last != "_" {
          field += "_"
        }
      }
      while field.last == "_" { field.removeLast() }
      if field.first.map({ !$0.isLetter }) ?? true { field = "channel_\(field)" }
      var unique = field
      var number = 2
      while !taken.insert(unique).inserted {
        unique = "\(field)_\(number)"
        number += 1
      }
      return unique
    }
  }

  private static func schemaText(_ fields: [String], hasSegments: Bool, _ encoding: MessageEncoding) -> String {
    switch encoding {
    case .cdr:
      return fields.map { "float64 \($0)\n" }.joined() + (hasSegments ? "int32 segment\n" : "")
    case .json:
      var properties = fields.map { "\"\($0)\":{\"type\":[\"number\",\"null\"]}" }
      if hasSegments { properties.append("\"segment\":{\"type\":\"integer\"}") }
      return "{\"type\":\"object\",\"properties\":{\(properties.joined(separator: ","))}}"
    }
  }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    let width = schema.channels.count
    precondition(batch.channelCount == width, "the batch has other channels than the file")
    for index in 0..<batch.count {
      guard let time = UInt64(exactly: batch.times[index]) else {
        throw LogReadError(
          .cannotWrite(
            reason: "MCAP has no times before 1970, found \(batch.times[index]) ns; correct the recording's clock, or "
              + "write another format, such as csv.zst"), path: output.path)
      }
      if batch.labels[index] != lastLabelIndex {
        lastLabelIndex = batch.labels[index]
        try writeLabel(lastLabelIndex < 0 ? "" : labelNames[Int(lastLabelIndex)], at: time)
      }
      let message = MCAPMessage(channelID: Self.frameChannel, sequence: frameCount, logTime: time, publishTime: time)
      frameCount &+= 1
      try writer.write(message) { builder in
        let values = batch.values[(index * width)..<((index + 1) * width)]
        let segment = schema.hasSegments ? batch.segments[index] : nil
        switch options.encoding {
        case .cdr: Self.addCDR(values, segment, to: &builder)
        case .json: Self.addJSON(values, fields, segment, to: &builder)
        }
      }
    }
    // Indices mean something else in the next recording.
    if !batch.isEmpty { lastLabelIndex = label.isEmpty ? -1 : Int32.min }
  }

  private func writeLabel(_ text: String, at time: UInt64) throws(LogReadError) {
    guard schema.hasLabels, text != label else { return }
    label = text
    if labelCount == 0 {
      let isCDR = options.encoding == .cdr
      let text = isCDR ? "string data\n" : "{\"type\":\"object\",\"properties\":{\"label\":{\"type\":\"string\"}}}"
      try writer.add(
        MCAPSchema(
          id: 2, name: isCDR ? "std_msgs/msg/String" : "martlet_msgs/msg/Label",
          encoding: isCDR ? "ros2msg" : "jsonschema", data: Array(text.utf8)))
      try writer.add(
        MCAPChannel(
          id: Self.labelChannel, schemaID: 2, topic: options.labelTopic, messageEncoding: options.encoding.rawValue,
          metadata: [:]))
    }
    let message = MCAPMessage(channelID: Self.labelChannel, sequence: labelCount, logTime: time, publishTime: time)
    labelCount &+= 1
    try writer.write(message) { builder in
      switch options.encoding {
      case .cdr:
        builder.bytes += Self.littleEndianCDR
        builder.add(UInt32(text.utf8.count + 1))
        builder.bytes.append(contentsOf: text.utf8)
        builder.bytes.append(0)
      case .json:
        builder.bytes += Array("{\"label\":".utf8)
        JSONText.add(text, to: &builder.bytes)
        builder.bytes.append(UInt8(ascii: "}"))
      }
    }
  }

  private static let littleEndianCDR: [UInt8] = [0, 1, 0, 0]

  private static func addCDR(_ values: ArraySlice<Double>, _ segment: Int32?, to builder: inout RecordBuilder) {
    builder.bytes += littleEndianCDR
    for value in values { builder.add(value.bitPattern) }
    if let segment { builder.add(segment) }
  }

  private static func addJSON(
    _ values: ArraySlice<Double>, _ fields: [String], _ segment: Int32?, to builder: inout RecordBuilder
  ) {
    var separator = UInt8(ascii: "{")
    for (value, field) in zip(values, fields) {
      builder.bytes.append(separator)
      JSONText.add(field, to: &builder.bytes)
      builder.bytes.append(UInt8(ascii: ":"))
      JSONText.add(value, to: &builder.bytes)
      separator = UInt8(ascii: ",")
    }
    if let segment { builder.bytes += Array(",\"segment\":\(segment)".utf8) }
    builder.bytes.append(UInt8(ascii: "}"))
  }

  func finish() throws(LogReadError) {
    try writer.end()
    try output.finish()
  }
}
