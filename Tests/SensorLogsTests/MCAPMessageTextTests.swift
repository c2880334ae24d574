import Foundation
import Testing

@testable import SensorLogs

@Suite struct MCAPMessageTextTests {
  private let schemaText = """
    bool on
    byte b
    char c
    int8 i8
    uint16 u16
    int32[2] pair
    uint64 u64
    int64 i64
    float32 f32
    float64[<=3] levels
    string<=10 title
    string[] names
    uint8[] raw
    demo/Point[] points
    Empty nothing
    int8 last
    ================================================================================
    MSG: demo/msg/Point
    float32 x
    float64 y
    ================================================================================
    MSG: demo/Empty
    uint8 CONSTANT=3
    """

  private func payload(_ kind: UInt8, points: Int = 2) -> [UInt8] {
    var text = CDRText(kind: kind)
    text.add(UInt8(1))
    text.add(UInt8(200))
    text.add(UInt8(65))
    text.add(Int8(-128))
    text.add(UInt16(65_535))
    text.add(Int32(-7))
    text.add(Int32.max)
    text.add(UInt64.max)
    text.add(Int64.min)
    text.add(Float(0.1))
    text.add(UInt32(3))
    for value in [0.1, .nan, -.infinity] { text.add(value) }
    text.add("a\"\n\u{e9}")
    text.add(UInt32(2))
    text.add("x")
    text.add(UInt32(0))
    text.add(UInt32(3))
    for value: UInt8 in [0, 127, 255] { text.add(value) }
    text.add(UInt32(points))
    for point in 0..<points {
      text.add(Float(point) + 0.5)
      text.add(Double(point) * 1e300)
    }
    text.add(UInt8(0))
    text.add(Int8(-1))
    return text.bytes
  }

  private let expected =
    #"{"on":true,"b":200,"c":65,"i8":-128,"u16":65535,"pair":[-7,2147483647],"u64":18446744073709551615,"#
    + #""i64":-9223372036854775808,"f32":0.1,"levels":[0.1,null,-1e999],"title":"a\"\u000a"# + "\u{e9}"
    + #"","names":["x",""],"raw":[0,127,255],"points":[{"x":0.5,"y":0},{"x":1.5,"y":1e+300}],"nothing":{},"last":-1}"#

  private func texts(
    schema: String = "ros2msg", text: String? = nil, encoding: String = "cdr"
  ) -> MCAPMessageText {
    let texts = MCAPMessageText()
    texts.add(
      MCAPSchema(id: 1, name: "demo/msg/Thing", encoding: schema, data: Array((text ?? schemaText).utf8)))
    texts.add(MCAPChannel(id: 1, schemaID: 1, topic: "/t", messageEncoding: encoding))
    return texts
  }

  private func write(_ texts: MCAPMessageText, _ payload: [UInt8]) -> (MCAPMessageText.Outcome, String) {
    var text: [UInt8] = [UInt8(ascii: ">")]
    let message = MCAPMessage(channelID: 1, sequence: 0, logTime: 0, publishTime: 0)
    let outcome = payload.withUnsafeBytes { texts.write(message, payload: $0, to: &text) }
    return (outcome, String(decoding: text.dropFirst(), as: UTF8.self))
  }

  @Test(arguments: [0, 1, 6, 7, 0x10, 0x11] as [UInt8]) func everyFieldIsWritten(kind: UInt8) throws {
    let (outcome, text) = write(texts(), payload(kind))
    #expect(outcome == .written && text == expected)
  }

  @Test func aCutMessageIsDamagedWhereverItIsCut() {
    let whole = payload(1)
    let texts = texts()
    for count in 0..<whole.count {
      let (outcome, text) = write(texts, Array(whole.prefix(count)))
      #expect(outcome == .damaged && text.isEmpty, "cut at \(count)")
    }
  }

  @Test func anyFlippedByteIsSurvived() throws {
    let whole = payload(1)
    let texts = texts()
    for place in whole.indices {
      for bit in 0..<8 {
        var damaged = whole
        damaged[place] ^= 1 << bit
        let (outcome, text) = write(texts, damaged)
        if outcome == .written {
          // Numbers beyond what a double holds are refused by Foundation's reader, which is not the text's fault.
          let plain = text.replacing("1e999", with: "0")
          #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(plain.utf8)) }
        } else {
          #expect(text.isEmpty)
        }
      }
    }
  }

  @Test func whatCannotBeReadIsNamedWithTheReason() {
    let service = "int64 a\n---\nint64 sum\n"
    let cases: [(MCAPMessageText, String)] = [
      (texts(text: service), "its schema is that of a service, not of a message"),
      (texts(encoding: "wrong_format"), "message encoding 'wrong_format' cannot be read; json and cdr can"),
      (texts(schema: "ros2idl"), "cdr needs a ros2msg schema, found 'ros2idl'"),
      (texts(text: "wstring w\n"), "wstring has no agreed encoding"),
      (texts(text: "Missing m\n"), "its schema does not define 'demo/Missing'"),
    ]
    for (texts, reason) in cases {
      #expect(texts.reasonAgainst(channelID: 1) == reason)
      #expect(write(texts, payload(1)) == (.undecodable(reason: reason), ""))
    }
    #expect(texts().reasonAgainst(channelID: 1) == nil)
    #expect(texts().reasonAgainst(channelID: 9) != nil)
    #expect(write(texts(), [0, 3, 0, 0, 1]).0 == .undecodable(reason: "CDR encapsulation 0x3 cannot be read"))
  }

  @Test func jsonIsPassedThroughOnOneLine() {
    let texts = texts(schema: "jsonschema", encoding: "json")
    #expect(write(texts, Array("{\"a\":\n [1, \"x\\n\"]}\r\n\0".utf8)) == (.written, "{\"a\":  [1, \"x\\n\"]}"))
    for bad in ["", "{", "{\"a\":1}}", "[1,]"] { #expect(write(texts, Array(bad.utf8)) == (.damaged, "")) }
  }

  @Test func aMessageThatWouldFillTheMemoryIsRefused() {
    let name = String(repeating: "n", count: 5_000)
    let texts = MCAPMessageText(maximumTextBytes: 1 << 20)
    let text = "demo/P[] p\n===\nMSG: demo/P\nuint8 \(name)\n"
    texts.add(MCAPSchema(id: 1, name: "demo/T", encoding: "ros2msg", data: Array(text.utf8)))
    texts.add(MCAPChannel(id: 1, schemaID: 1, topic: "/t", messageEncoding: "cdr"))
    var bomb = CDRText()
    bomb.add(UInt32(1_000_000))
    bomb.bytes += [UInt8](repeating: 1, count: 1_000_000)
    guard case .undecodable = write(texts, bomb.bytes).0 else {
      Issue.record("written")
      return
    }
  }
}

@Suite(.enabled(if: External.vectors != nil, "set MARTLET_VECTORS to the folder of files that others wrote"))
struct RosbagMessageTests {
  /// Channels of these files that are no ordinary messages.
  private static func isSpecial(_ channel: MCAPChannel) -> Bool {
    channel.topic.hasSuffix("/_service_event") || channel.messageEncoding == "wrong_format"
  }

  @Test func everyStandardMessageOfEveryRecordingIsDecoded() throws {
    let files = try External.files(in: try #require(External.vectors) + "/rosbag2", suffix: ".mcap")
    #expect(files.count == 20)
    var (decoded, special) = (0, 0)
    for file in files {
      for order in [MCAPOrder.stored, .logTime] {
        var options = MCAPReadOptions()
        options.order = order
        let reader = try MCAPReader(file, options: options)
        let texts = MCAPMessageText()
        var text: [UInt8] = []
        while let element = try reader.next() {
          switch element {
          case .schema(let schema): texts.add(schema)
          case .channel(let channel):
            texts.add(channel)
            let reason = texts.reasonAgainst(channelID: channel.id)
            #expect((reason != nil) == Self.isSpecial(channel), "\(channel.topic): \(reason ?? "")")
          case .message(let message):
            text.removeAll(keepingCapacity: true)
            let outcome = texts.write(message, payload: reader.payload, to: &text)
            if let channel = reader.channels[message.channelID], Self.isSpecial(channel) {
              special += 1
            } else {
              #expect(outcome == .written, "\(file)")
              decoded += 1
            }
          case .attachment, .metadata: break
          }
        }
        #expect(reader.losses.isEmpty && reader.usedIndex == (order == .logTime), "\(file) \(reader.notes)")
        #expect(!reader.channels.isEmpty)
      }
    }
    #expect(decoded == 2 * 9_749 && special == 2 * 33)
  }
}
