@testable import SensorLogs

extension FuzzTarget {
  /// ROS 2 schemas with CDR messages, and JSON messages: a schema, a first message, another one.
  static let messages = FuzzTarget(name: "messages", maximumBytes: 4096) {
    let schema = """
      std_msgs/Header header
      geometry_msgs/Vector3[2] v   # two
      uint8[<=3] few
      float32[] many
      string<=8 name
      int16 K=3
      bool ok false
      ================================================================================
      MSG: std_msgs/Header
      builtin_interfaces/Time stamp
      string frame_id
      ================================================================================
      MSG: geometry_msgs/Vector3
      float64 x
      float64 y
      float64 z
      """
    var message: [UInt8] = [0, 1, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 65, 0, 0, 0, 0, 0, 0, 0]
    message += [UInt8](repeating: 63, count: 48)
    message += [2, 0, 0, 0, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0, 128, 63, 3, 0, 0, 0, 66, 67, 0, 1]
    let json = Array("{\"t\":1.5,\"a\":[1,2],\"b\":{\"c\":\"\\u0041\",\"d\":null},\"label\":\"x\"}".utf8)
    let cut = [UInt8].cut
    return [
      [0] + Array(schema.utf8) + cut + message + cut + message, [1] + cut + json + cut + json,
      [0] + Array("float64 x\nint8 y".utf8) + cut + [0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9] + cut,
    ]
  } check: { input in
    let (choice, rest) = input.choiceAndRest
    let parts = rest.parts(3)
    if choice & 1 != 0 { return try checkJSON(parts) }
    try checkCDR(parts, channels: choice & 2 != 0 ? ["v"] : nil)
  }

  private static var selection: FieldSelection { FieldSelection(maximumChannels: 64) }
  private static let mostText = 1 << 16

  private static func checkCDR(_ parts: [[UInt8]], channels: [String]?) throws {
    guard let schema = try? ROS2Schema(name: "p/M", text: String(decoding: parts[0], as: UTF8.self)) else { return }
    let texts = CDRTextDecoder(schema: schema, maximumTextBytes: mostText)
    for part in parts[1...] {
      var text: [UInt8] = [64]
      do {
        try part.withUnsafeBytes { try texts.add($0, to: &text) }
        try require(isJSON(text[1...]), "the text of a message is no JSON: \(String(decoding: text, as: UTF8.self))")
        try require(text.count <= mostText + 1, "a text of \(text.count) bytes")
      } catch is CDRTextDecoder.Problem {
        try require(text == [64], "a message that cannot be read leaves text behind")
      }
    }
    var selection = selection
    selection.channels = channels
    let decoder: CDRDecoder
    do {
      decoder = try parts[1].withUnsafeBytes {
        try CDRDecoder(schema: schema, firstMessage: $0, selection: selection, timeUnit: nil)
      }
    } catch { return }
    try check(decoder, parts)
  }

  private static func checkJSON(_ parts: [[UInt8]]) throws {
    let texts = MCAPMessageText(maximumTextBytes: mostText)
    texts.add(MCAPChannel(id: 1, schemaID: 0, topic: "/j", messageEncoding: "json"))
    for part in parts {
      var text: [UInt8] = [64]
      let message = MCAPMessage(channelID: 1, sequence: 0, logTime: 0, publishTime: 0)
      if part.withUnsafeBytes({ texts.write(message, payload: $0, to: &text) }) == .written {
        try require(isJSON(text[1...]), "the text of a message is no JSON")
        try require(!text.contains(10) && !text.contains(13), "the text of a message has several lines")
      } else {
        try require(text == [64], "a message that cannot be read leaves text behind")
      }
    }
    let decoder: JSONMessageDecoder
    do {
      decoder = try parts[1].withUnsafeBytes {
        try JSONMessageDecoder(firstMessage: $0, selection: selection, timeUnit: nil)
      }
    } catch { return }
    try check(decoder, parts)
  }

  /// Decoding is repeatable, and the message that gave the layout has it.
  private static func check(_ decoder: any MessageDecoder, _ parts: [[UInt8]]) throws {
    let capture = MessageCapture(channelCount: decoder.channels.count)
    func decode(_ part: [UInt8]) -> (LogLoss.Code?, [UInt64], [UInt8]?) {
      part.withUnsafeBytes { bytes in
        let code = decoder.decode(bytes, into: capture)
        guard code == nil else { return (code, [], nil) }
        // The label may lie in the message itself.
        return (nil, capture.values.map(\.bitPattern), capture.labelText.map { Array($0) })
      }
    }
    let first = decode(parts[1])
    // What its bytes mean may still be no time, label or segment: these are whole numbers within limits.
    let isLimited = decoder.usesLabel || decoder.usesSegment || capture.hasTime
    try require(
      first.0 == nil || (isLimited && first.0 == .undecodableMessage),
      "the first message does not have the layout that it gave: \(first.0 as Any)")
    _ = decode(parts[2])
    let again = decode(parts[1])
    try require(first == again, "a message decodes to something else the second time")
  }

  private static func isJSON(_ text: ArraySlice<UInt8>) -> Bool {
    var check = AnyLeaves()
    return Array(text).withUnsafeBytes { bytes in
      guard var scanner = JSONScanner(bytes) else { return false }
      return scanner.scan(&check)
    }
  }
}

private struct AnyLeaves: JSONLeafHandler {
  mutating func enter(key: UnsafeBufferPointer<UInt8>) {}
  mutating func enter(index: Int) {}
  mutating func leave() {}
  mutating func number(_ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>, path: UInt64) {}
  mutating func oddNumber(_ value: Double, path: UInt64) {}
  mutating func boolean(_ value: Bool, path: UInt64) {}
  mutating func text(_ bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool, path: UInt64) {}
  mutating func null(path: UInt64) {}
}
