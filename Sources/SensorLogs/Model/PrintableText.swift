/// Text of files, which may hold anything, made fit for one line of a report on a terminal.
extension String {
  /// With what would steer a terminal or reorder a line shown as U+FFFD.
  package var printable: String {
    guard unicodeScalars.contains(where: \.steersTerminal) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0.steersTerminal ? "\u{FFFD}" : $0 }))
  }

  /// The same of a text of several lines, whose breaks stay.
  package var printableLines: String {
    guard unicodeScalars.contains(where: { $0.steersTerminal && $0 != "\n" }) else { return self }
    return split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
  }

  /// At most so many characters, the last of them an ellipsis where some were cut.
  func shortened(to maximumCharacters: Int) -> String {
    // One character can have any number of combining marks.
    let start = String(unicodeScalars.prefix(maximumCharacters * 4))
    if start.utf8.count == utf8.count, start.count <= maximumCharacters { return self }
    return start.prefix(maximumCharacters - 1) + "…"
  }
}

extension Unicode.Scalar {
  /// Control characters, marks that change the direction of writing, and line and paragraph separators.
  fileprivate var steersTerminal: Bool {
    switch value {
    case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
