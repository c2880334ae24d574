/// Names and units of channels as an EDF header can hold them: printable ASCII of a fixed width.
enum EDFNames {
  private static let nameCharacters = 16
  private static let unitCharacters = 8

  /// The signs of units that ASCII lacks, as EDF files commonly write them.
  static func ascii(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\u{B5}", "\u{3BC}": result += "u"
      case "\u{B0}": result += "deg"
      case "\u{B2}": result += "2"
      case "\u{B3}": result += "3"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// - Throws: where a name or unit would be cut or lose characters.
  static func check(_ channels: [Channel], path: String) throws(LogReadError) {
    for channel in channels {
      guard fits(channel.name, nameCharacters) else {
        throw LogReadError(
          .cannotWrite(
            reason: "the name of channel '\(channel.name.shortened(to: 60))' does not fit the \(nameCharacters) "
              + "characters of ASCII that an EDF header has for it; rename the channel, or write another format"),
          path: path)
      }
      guard fits(channel.unit ?? "", unitCharacters) else {
        throw LogReadError(
          .cannotWrite(
            reason:
              "the unit '\((channel.unit ?? "").shortened(to: 60))' of channel '\(channel.name)' does not fit the "
              + "\(unitCharacters) characters of ASCII that an EDF header has for it; give another one by --unit"),
          path: path)
      }
    }
  }

  private static func fits(_ text: String, _ characters: Int) -> Bool {
    let scalars = ascii(text).unicodeScalars
    return scalars.count <= characters && scalars.allSatisfy { $0.value >= 32 && $0.value < 127 }
  }
}
