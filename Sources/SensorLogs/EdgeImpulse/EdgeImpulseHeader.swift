/// What a recording in Edge Impulse's data acquisition format says before its values.
struct EdgeImpulseHeader {
  var deviceName: String?
  var deviceType: String?
  var intervalMilliseconds: Double?
  var sensors: [Channel]?
  var algorithm: String?
  var signature: String?

  var isComplete: Bool { intervalMilliseconds != nil && sensors != nil }

  /// Reads on, up to the list of values or the end of the document.
  ///
  /// - Parameters:
  ///   - place: Where the last call stopped; begin with `.start`.
  ///   - keepsValues: Whether to stop at the values, with their opening bracket taken; else they are left out.
  /// - Returns: nil at the values, else the token by which the document ended.
  mutating func read(
    _ tokens: any ValueTokens, _ place: inout Place, keepsValues: Bool, maximumChannels: Int
  ) throws(LogReadError) -> ValueToken? {
    while true {
      let token = try tokens.next()
      switch (place, token) {
      case (_, .end), (_, .cut), (_, .malformed): return token
      case (.start, .beginMap): place = .document
      case (.start, _): return .malformed("it is no map")
      case (.document, .key("payload")):
        let value = try tokens.next()
        guard value == .beginMap else { return .malformed("'payload' is no map") }
        place = .payload
      case (.document, .key("protected")):
        if let ended = try readProtected(tokens) { return ended }
      case (.document, .key("signature")):
        tokens.source.masksNextText = true
        let value = try tokens.next()
        tokens.source.masksNextText = false
        if case .text(let text) = value { signature = text } else if let ended = try tokens.skip(value) { return ended }
      case (.payload, .key("values")):
        let value = try tokens.next()
        if keepsValues {
          guard value == .beginList else { return .malformed("the values are no list") }
          return nil
        }
        if let ended = try tokens.skip(value) { return ended }
      case (.payload, .key(let key)):
        if let ended = try readPayload(key, tokens, maximumChannels: maximumChannels) { return ended }
      case (.payload, .endMap): place = .document
      case (.document, .endMap): place = .end
      default:
        // Keys that mean nothing here, with their values.
        let value = if case .key = token { try tokens.next() } else { token }
        if let ended = try tokens.skip(value) { return ended }
      }
    }
  }

  private static let maximumNameBytes = 4096

  enum Place {
    case start
    case document
    case payload
    case end
  }

  private mutating func readProtected(_ tokens: any ValueTokens) throws(LogReadError) -> ValueToken? {
    var value = try tokens.next()
    guard value == .beginMap else { return try tokens.skip(value) }
    while true {
      let token = try tokens.next()
      guard case .key(let key) = token else { return token == .endMap ? nil : token }
      value = try tokens.next()
      if key == "alg", case .text(let text) = value {
        algorithm = text
      } else if let ended = try tokens.skip(value) {
        return ended
      }
    }
  }

  private mutating func readPayload(
    _ key: String, _ tokens: any ValueTokens, maximumChannels: Int
  ) throws(LogReadError) -> ValueToken? {
    let value = try tokens.next()
    switch (key, value) {
    case ("device_name", .text(let text)): deviceName = text
    case ("device_type", .text(let text)): deviceType = text
    case ("interval_ms", .number(let number)): intervalMilliseconds = number
    // Once is enough: what stands behind the values again is left out unread.
    case ("sensors", .beginList) where sensors == nil: return try readSensors(tokens, maximumChannels: maximumChannels)
    default: return try tokens.skip(value)
    }
    return nil
  }

  private mutating func readSensors(
    _ tokens: any ValueTokens, maximumChannels: Int
  ) throws(LogReadError) -> ValueToken? {
    var found: [Channel] = []
    while true {
      let token = try tokens.next()
      if token == .endList { break }
      guard token == .beginMap, found.count <= maximumChannels else {
        if case .cut = token { return token }
        return .malformed("the sensors cannot be read")
      }
      var channel = Channel(name: "")
      while true {
        let entry = try tokens.next()
        if entry == .endMap { break }
        guard case .key(let key) = entry else { return entry == .cut ? .cut : .malformed("a sensor cannot be read") }
        let value = try tokens.next()
        if case .text(let text) = value, text.utf8.count > Self.maximumNameBytes {
          return .malformed("a text of a sensor has more than \(Self.maximumNameBytes) bytes")
        }
        switch (key, value) {
        case ("name", .text(let text)): channel.name = text
        case ("units", .text(let text)): channel.unit = text.isEmpty ? nil : text
        default: if let ended = try tokens.skip(value) { return ended }
        }
      }
      found.append(channel)
    }
    sensors = ChannelChoice.unique(found)
    return nil
  }
}
