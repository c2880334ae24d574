extension RawLayout {
  /// Reads the frame's parts from one line, as a command line gives them.
  ///
  /// Parts are separated by commas: `name:type`, then optionally `[unit]`, `*scale` and `+offset` or `-offset`, as in
  /// `acc_x:int16[g]*0.001,temp:int16[degC]*0.1-273.15`. `time:uint32[ms]` is the time, `label:uint8` the label,
  /// `segment:int32` the segment, `skip:4` leaves out four bytes.
  ///
  /// - Throws: ``LogReadError/Code/invalidOption(_:)`` with the part that cannot be read.
  public init(
    text: String, byteOrder: ByteOrder = .little, headerBytes: Int = 0, rateHz: Double? = nil, startTime: Int64 = 0
  ) throws(LogReadError) {
    var parts: [Part] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      parts.append(try Self.part(String(part).trimmingSpaces()))
    }
    self.init(parts, byteOrder: byteOrder, headerBytes: headerBytes, rateHz: rateHz, startTime: startTime)
    if let mistake { throw LogReadError(.invalidOption("the raw layout cannot be used: \(mistake)"), path: text) }
  }

  private static func part(_ text: String) throws(LogReadError) -> Part {
    func fail(_ reason: String) -> LogReadError {
      LogReadError(.invalidOption("'\(text)' in the raw layout \(reason)"), path: text)
    }
    guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
      throw fail("needs a name and a type, such as acc_x:int16")
    }
    let name = String(text[..<colon]).trimmingSpaces()
    var rest = text[text.index(after: colon)...]
    let typeText = rest.prefix { $0.isLetter || $0.isNumber }
    rest = rest.dropFirst(typeText.count)
    if name == "skip", let bytes = Int(typeText), rest.isEmpty { return .skipped(bytes: bytes) }
    guard let type = BinaryNumber(rawValue: String(typeText)) else {
      throw fail("has no type among \(BinaryNumber.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    var field = Field(name, type)
    if rest.first == "[" {
      guard let close = rest.firstIndex(of: "]") else { throw fail("does not close its bracket") }
      field.unit = String(rest[rest.index(after: rest.startIndex)..<close])
      rest = rest[rest.index(after: close)...]
    }
    if rest.first == "*" {
      let number = numberText(rest.dropFirst())
      guard let scale = Double(number) else { throw fail("needs a number behind '*'") }
      field.scale = scale
      rest = rest.dropFirst(1 + number.count)
    }
    if let sign = rest.first, sign == "+" || sign == "-" {
      guard let offset = Double(rest) else { throw fail("needs a number behind '\(sign)'") }
      field.offset = offset
      rest = ""
    }
    guard rest.isEmpty else { throw fail("goes on with '\(rest)'") }
    switch name {
    case "time":
      guard let unit = TimeUnit(symbol: field.unit ?? "s") else { throw fail("needs a unit s, ms, us or ns") }
      field.role = .time(unit)
      field.unit = nil
    case "label": field.role = .label
    case "segment": field.role = .segment
    default: break
    }
    return .field(field)
  }

  /// The longest beginning that looks like a number: a sign only at its start or behind an exponent.
  private static func numberText(_ text: Substring) -> Substring {
    var previous: Character = "e"
    return text.prefix { character in
      defer { previous = character }
      if character == "+" || character == "-" { return previous == "e" || previous == "E" }
      return character.isNumber || character == "." || character == "e" || character == "E"
    }
  }
}
