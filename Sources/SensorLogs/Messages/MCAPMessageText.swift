/// Turns the messages of a recording into JSON text, each on one line.
///
/// It reads `json` messages and `cdr` messages whose schema is `ros2msg`. A channel that it cannot read is told of with
/// the reason and stops no other.
public final class MCAPMessageText {
  /// What became of a message.
  public enum Outcome: Sendable, Hashable {
    /// Its text was appended.
    case written
    /// No message of its channel can be read, or none of this kind: why.
    case undecodable(reason: String)
    /// The message contradicts its schema or is no JSON.
    case damaged
  }

  private enum Decoder {
    case json
    case cdr(CDRTextDecoder)
    case none(reason: String)
  }

  private var topics = MCAPTopics()
  private var decoders: [UInt16: Decoder] = [:]
  private var keptFields = 0
  private let maximumTextBytes: Int

  /// - Parameter maximumTextBytes: The longest text of one message.
  public init(maximumTextBytes: Int = 16 << 20) {
    self.maximumTextBytes = maximumTextBytes
  }

  public func add(_ schema: MCAPSchema) {
    _ = topics.add(schema)
  }

  public func add(_ channel: MCAPChannel) {
    _ = topics.add(channel)
  }

  /// Why the messages of a channel cannot be read; nil where they can.
  public func reasonAgainst(channelID: UInt16) -> String? {
    if case .none(let reason) = decoder(channelID) { reason } else { nil }
  }

  /// Appends a message as JSON, without a line break.
  ///
  /// - Parameter text: Left as it was where the outcome is not ``Outcome/written``.
  public func write(
    _ message: MCAPMessage, payload: UnsafeRawBufferPointer, to text: inout [UInt8]
  ) -> Outcome {
    switch decoder(message.channelID) {
    case .none(let reason): return .undecodable(reason: reason)
    case .json: return Self.writeJSON(payload, to: &text, limit: maximumTextBytes)
    case .cdr(let decoder):
      do {
        try decoder.add(payload, to: &text)
        return .written
      } catch {
        switch error {
        case .damaged: return .damaged
        case .encapsulation(let kind):
          return .undecodable(reason: "CDR encapsulation 0x\(String(kind, radix: 16)) cannot be read")
        case .textTooLong: return .undecodable(reason: "its text has more than \(maximumTextBytes) bytes")
        }
      }
    }
  }

  private func decoder(_ channelID: UInt16) -> Decoder {
    if let known = decoders[channelID] { return known }
    guard let channel = topics.channels[channelID] else { return .none(reason: "its channel is not declared") }
    let made: Decoder
    switch channel.messageEncoding {
    case "json": made = .json
    case "cdr":
      do {
        let schema = try topics.ros2Schema(of: channel)
        keptFields += schema.fieldCount
        if keptFields > ROS2Schema.keptFields {
          decoders.removeAll()
          keptFields = schema.fieldCount
        }
        made = .cdr(CDRTextDecoder(schema: schema, maximumTextBytes: maximumTextBytes))
      } catch {
        made = .none(reason: error.sentence)
      }
    case let other: made = .none(reason: MessageDecoders.unknownEncoding(other))
    }
    decoders[channelID] = made
    return made
  }

  /// As it is, on one line, where it is JSON.
  private static func writeJSON(
    _ payload: UnsafeRawBufferPointer, to text: inout [UInt8], limit: Int
  ) -> Outcome {
    guard payload.count <= limit else { return .undecodable(reason: "its text has more than \(limit) bytes") }
    var check = JSONCheck()
    guard var scanner = JSONScanner(payload), scanner.scan(&check) else { return .damaged }
    // Some writers end a text in NUL; line breaks stand only between values.
    let end = payload.lastIndex { $0 > 32 }.map { $0 + 1 } ?? 0
    text.append(contentsOf: payload[..<end].lazy.map { $0 == 10 || $0 == 13 ? 32 : $0 })
    return .written
  }
}

/// Takes the leaves of a JSON text and does nothing with them.
private struct JSONCheck: JSONLeafHandler {
  mutating func enter(key: UnsafeBufferPointer<UInt8>) {}
  mutating func enter(index: Int) {}
  mutating func leave() {}
  mutating func number(_ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>, path: UInt64) {}
  mutating func oddNumber(_ value: Double, path: UInt64) {}
  mutating func boolean(_ value: Bool, path: UInt64) {}
  mutating func text(_ bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool, path: UInt64) {}
  mutating func null(path: UInt64) {}
}
