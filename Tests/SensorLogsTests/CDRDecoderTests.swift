import Testing

@testable import SensorLogs

/// Lays out a CDR payload as the standard asks, for tests.
struct CDRText {
  var bytes: [UInt8]
  let isLittleEndian: Bool
  let largestAlignment: Int

  init(kind: UInt8 = 1) {
    bytes = [0, kind, 0, 0]
    isLittleEndian = kind & 1 == 1
    largestAlignment = kind < 2 ? 8 : 4
  }

  mutating func add<T: FixedWidthInteger>(_ value: T) {
    while (bytes.count - 4) % min(MemoryLayout<T>.size, largestAlignment) != 0 { bytes.append(0xEE) }
    withUnsafeBytes(of: isLittleEndian ? value.littleEndian : value.bigEndian) { bytes.append(contentsOf: $0) }
  }
  mutating func add(_ value: Double) { add(value.bitPattern) }
  mutating func add(_ value: Float) { add(value.bitPattern) }
  mutating func add(_ text: String) {
    add(UInt32(text.utf8.count + 1))
    bytes += Array(text.utf8) + [0]
  }
}

private let schemaText = """
  # A comment
  uint8 KIND=3
  string NAME = "x # y"
  bool on
  geometry/Point[2] pair   # fixed array of a nested type
  string<=10 title "some default"
  float32[<=4] levels
  Extra[] extras
  Empty nothing
  int64 big 7
  int16[3] triple [1, 2, 3]
  byte last
  ================================================================================
  MSG: geometry/msg/Point
  float64 x
  float64 y
  ================================================================================
  MSG: demo/Extra
  uint8 small
  uint16[] inner
  ================================================================================
  MSG: demo/msg/Empty
  """

private func message(
  _ kind: UInt8 = 1, title: String = "hi", levels: [Float] = [0.5, -2], inner: [UInt16] = [7]
) -> [UInt8] {
  var text = CDRText(kind: kind)
  text.add(UInt8(1))
  for value in [1.5, 2.5, 3.5, 4.5] { text.add(value) }
  text.add(title)
  text.add(UInt32(levels.count))
  for level in levels { text.add(level) }
  text.add(UInt32(1))
  text.add(UInt8(9))
  text.add(UInt32(inner.count))
  for value in inner { text.add(value) }
  text.add(UInt8(0))
  text.add(Int64(-5))
  for value: Int16 in [-1, 2, -3] { text.add(value) }
  text.add(UInt8(200))
  return text.bytes
}

private let allValues: [Double] = [1, 1.5, 2.5, 3.5, 4.5, 0.5, -2, 9, 7, -5, -1, 2, -3, 200]

private func decoder(_ fields: [String]? = nil, first: [UInt8] = message()) throws -> CDRDecoder {
  var selection = FieldSelection(maximumChannels: 100)
  selection.channels = fields
  let schema = try ROS2Schema(name: "demo/msg/Thing", text: schemaText)
  return try first.withUnsafeBytes {
    try CDRDecoder(schema: schema, firstMessage: $0, selection: selection, timeUnit: nil)
  }
}

private func decode(_ decoder: CDRDecoder, _ bytes: [UInt8]) -> ([Double], LogLoss.Code?) {
  let capture = MessageCapture(channelCount: decoder.channels.count)
  let problem = bytes.withUnsafeBytes { decoder.decode($0, into: capture) }
  return (Array(capture.values.prefix(decoder.channels.count)), problem)
}

@Suite struct CDRDecoderTests {
  @Test(arguments: [0, 1, 6, 7, 0x10, 0x11] as [UInt8])
  func everyPlainEncapsulationGivesTheSameNumbers(kind: UInt8) throws {
    let decoder = try decoder(first: message(kind))
    #expect(
      decoder.channels.map(\.name) == [
        "on", "pair[0].x", "pair[0].y", "pair[1].x", "pair[1].y", "levels[0]", "levels[1]", "extras[0].small",
        "extras[0].inner[0]", "big", "triple[0]", "triple[1]", "triple[2]", "last",
      ])
    #expect(decode(decoder, message(kind)).0 == allValues)
    #expect(decode(decoder, message(kind, title: "another")).0 == allValues)
  }

  @Test func fieldsBehindSequencesOfAnyLengthAreFound() throws {
    let decoder = try decoder(["last", "triple", "pair[1]"])
    for title in ["", "a", "abcdefg"] {
      for levels in 0...4 {
        for inner in 0...5 {
          let bytes = message(
            title: title, levels: .init(repeating: 1, count: levels), inner: .init(repeating: 1, count: inner))
          let (values, problem) = decode(decoder, bytes)
          #expect(problem == nil && values == [200, -1, 2, -3, 3.5, 4.5])
        }
      }
    }
  }

  @Test func aSequenceOfAnotherLengthThanInTheFirstMessageIsAnotherLayout() throws {
    #expect(decode(try decoder(), message(levels: [1])).1 == .layoutChanged)
  }

  @Test func anEmptySequenceIsNotAlignedForElementsItDoesNotHave() throws {
    let schema = try ROS2Schema(name: "p/T", text: "float64[] a\nuint8 b")
    var selection = FieldSelection(maximumChannels: 100)
    selection.channels = ["b"]
    for count in 0...2 {
      var text = CDRText()
      text.add(UInt32(count))
      for _ in 0..<count { text.add(1.5) }
      text.add(UInt8(77))
      let decoder = try text.bytes.withUnsafeBytes {
        try CDRDecoder(schema: schema, firstMessage: $0, selection: selection, timeUnit: nil)
      }
      let (values, problem) = decode(decoder, text.bytes)
      #expect(values == [77] && problem == nil)
    }
  }

  /// A short message never makes a long loop, whatever its schema promises.
  @Test(arguments: ["E[2000000000] x", "uint8[2000000000] x", "string[2000000000] x", "N[2000000000] x"])
  func aFixedArrayLongerThanThePayloadIsRefused(field: String) throws {
    let text = "float64 y\n\(field)\n===\nMSG: p/E\nuint8[] f\n===\nMSG: p/N\n"
    let schema = try ROS2Schema(name: "p/T", text: text)
    var message = CDRText()
    message.add(1.5)
    for _ in 0..<8 { message.add(UInt32(0)) }
    #expect(throws: CDRDecoder.Failure.self) {
      try message.bytes.withUnsafeBytes {
        try CDRDecoder(
          schema: schema, firstMessage: $0, selection: FieldSelection(maximumChannels: 100), timeUnit: nil)
      }
    }
  }

  @Test func aSkippedArrayEndsWithThePayload() throws {
    let schema = try ROS2Schema(name: "p/T", text: "float64 y\nW[] w\n===\nMSG: p/W\nE[1000000000] e\n===\nMSG: p/E\n")
    var first = CDRText()
    first.add(1.5)
    first.add(UInt32(0))
    let decoder = try first.bytes.withUnsafeBytes {
      try CDRDecoder(schema: schema, firstMessage: $0, selection: FieldSelection(maximumChannels: 100), timeUnit: nil)
    }
    #expect(decode(decoder, first.bytes).1 == nil)
    var later = CDRText()
    later.add(1.5)
    later.add(UInt32(1))
    later.bytes += [0, 0, 0]
    #expect(decode(decoder, later.bytes).1 == .undecodableMessage)
  }

  @Test func elementsWithoutValuesAreBounded() throws {
    let schema = try ROS2Schema(name: "p/T", text: "float64 y\nE[] x\n===\nMSG: p/E\n")
    for (count, isRefused) in [(65_536, false), (65_537, true)] {
      var message = CDRText()
      message.add(1.5)
      message.add(UInt32(count))
      message.bytes += [UInt8](repeating: 0, count: count)
      let decoder = message.bytes.withUnsafeBytes { first in
        try? CDRDecoder(
          schema: schema, firstMessage: first, selection: FieldSelection(maximumChannels: 100), timeUnit: nil)
      }
      #expect((decoder == nil) == isRefused)
    }
  }

  @Test func aCutMessageIsRefusedAtEveryLength() throws {
    let bytes = message()
    for fields in [nil, ["last"]] {
      let decoder = try decoder(fields)
      for count in 0..<bytes.count {
        #expect(decode(decoder, Array(bytes.prefix(count))).1 != nil, "\(count) bytes")
        #expect(throws: (any Error).self) { try self.first(Array(bytes.prefix(count))) }
      }
    }
  }

  private func first(_ bytes: [UInt8]) throws { _ = try decoder(first: bytes) }

  @Test func randomBytesNeverTrap() throws {
    let seed: UInt64 = 5
    var generator = SeededGenerator(state: seed)
    let all = try decoder()
    let some = try decoder(["last"])
    for _ in 0..<5_000 {
      var bytes = message()
      for _ in 0..<3 {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[index] = .random(in: 0...255, using: &generator)
      }
      _ = decode(all, bytes)
      _ = decode(some, bytes)
      _ = try? first(bytes)
    }
  }

  @Test func otherEncapsulationsAreRefused() {
    for kind: UInt8 in [2, 3, 8, 9, 10, 11, 0x12, 0xFF] {
      #expect(throws: CDRDecoder.Failure.self) { try self.first(message(kind)) }
    }
  }
}

@Suite struct ROS2SchemaTests {
  @Test(arguments: [
    ("int32 a\n---\nint32 b", ROS2Schema.Failure.service), ("wstring a", .wideString), ("wstring<=4[] a", .wideString),
    ("Missing a", .unknownType("p/Missing")), ("int32", .badLine("int32")), ("int32[x] a", .badLine("int32[x] a")),
    ("p/T a", .recursive("p/T")), ("uint8[0] f", .badLine("uint8[0] f")), ("uint8[9223372036854775807] f", .tooLarge),
    ("float64 y\nE[4294967295] x\n===\nMSG: p/E\nuint8[0] f", .tooLarge),
    ("float64 y\nE[] x\n===\nMSG: p/E\nF[1000000000000] f\n===\nMSG: p/F\nuint8[0] f", .tooLarge),
    ("E[65537] x\n===\nMSG: p/E\nuint8[0] f", .badLine("uint8[0] f")),
    (String(repeating: "int8 a\n", count: 65_537), .tooLarge),
  ])
  func whatCannotBeDecodedIsNamed(text: String, failure: ROS2Schema.Failure) {
    #expect(throws: failure) { try ROS2Schema(name: "p/msg/T", text: text) }
  }

  @Test func aSchemaThatUnfoldsWithoutBoundIsRefused() {
    var text = "A0 a\n"
    for level in 0..<40 { text += "===\nMSG: p/A\(level)\nA\(level + 1) a\nA\(level + 1) b\n" }
    text += "===\nMSG: p/A40\nint8 x\n"
    #expect(throws: ROS2Schema.Failure.tooLarge) { try ROS2Schema(name: "p/msg/T", text: text) }
  }

  @Test func timesAndLineEndsOfAnyKindAreKnown() throws {
    let schema = try ROS2Schema(name: "p/T", text: "time a\r\nbuiltin_interfaces/Duration b\rint8 c")
    #expect(schema.rootFields.map(\.name) == ["a", "b", "c"])
  }
}

@Suite struct JSONMessageTests {
  private func values(_ texts: [String], _ fields: [String]? = nil) throws -> ([String], [[Double]], [LogLoss.Code?]) {
    var selection = FieldSelection(maximumChannels: 100)
    selection.channels = fields
    let decoder = try Array(texts[0].utf8).withUnsafeBytes {
      try JSONMessageDecoder(firstMessage: $0, selection: selection, timeUnit: nil)
    }
    let capture = MessageCapture(channelCount: decoder.channels.count)
    var rows: [[Double]] = []
    var problems: [LogLoss.Code?] = []
    for text in texts {
      problems.append(Array(text.utf8).withUnsafeBytes { decoder.decode($0, into: capture) })
      rows.append(Array(capture.values.prefix(decoder.channels.count)))
    }
    return (decoder.channels.map(\.name), rows, problems)
  }

  @Test func fieldsAreFoundWhateverTheirOrderSpacingAndEscapes() throws {
    let (names, rows, problems) = try values([
      #"{"header":{"stamp":{"sec":1}},"a":{"x":1,"y":[2,3]},"on":true,"s":"t","n":null}"#,
      "\n{ \"on\" : false , \"n\":7,\t\"a\" : { \"y\" : [ 2e0 , -3.5 ] , \"x\" : 10 } , \"new\":5 } ",
      #"{"a":{"x":NaN,"y":[1]}}"#,
    ])
    #expect(names == ["a.x", "a.y[0]", "a.y[1]", "on", "n"])
    #expect(Array(rows[0].prefix(4)) == [1, 2, 3, 1] && rows[0][4].isNaN)
    #expect(rows[1] == [10, 2, -3.5, 0, 7])
    #expect(rows[2][1] == 1 && rows[2].count { $0.isNaN } == 4)
    #expect(problems == [nil, nil, nil])
    #expect(try values([#"{"a\u0062\"":1}"#, #"{"ab\u0022":2}"#]).1 == [[1], [2]])
  }

  @Test(arguments: [
    "", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "[1,]", "{\"a\":tru}", "{\"a\":\"\\u12\"}", "{} x",
  ])
  func whatIsNoJSONIsRefused(text: String) throws {
    #expect(try values([#"{"a":1}"#, text]).2[1] == .undecodableMessage)
  }

  @Test func deepNestingIsRefused() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(try values([#"{"a":1}"#, deep]).2[1] == .undecodableMessage)
  }
}
