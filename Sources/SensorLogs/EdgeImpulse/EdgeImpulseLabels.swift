/// Labels of several recordings in one folder: `structured_labels.labels`.
enum EdgeImpulseLabels {
  static let fileName = "structured_labels.labels"

  /// Rows from one to another that have a label, both included.
  struct Range: Equatable {
    var first: Int64
    var last: Int64
    var label: String
  }

  /// Adds the labels of a recording, by row.
  ///
  /// - Returns: false where there is no such file, or none for this recording.
  static func read(
    beside path: String, into held: inout HeldLabels, _ labels: inout LabelTable, _ losses: inout LogLosses
  ) throws(LogReadError) -> Bool {
    let companions = CompanionFiles(beside: path)
    guard let input = try companions.openIfPresent(fileName) else { return false }
    let tokens = JSONTokens(TokenSource(try ByteStream(input, windowLogMaximum: 23), key: nil))
    var expected: Int64 = 0
    var isFound = false
    let problem = try forEach(tokens) { (file, range) throws(LogReadError) in
      guard file == companions.mainName else { return }
      isFound = true
      guard let range else { return }
      // The format knows no gaps: what is missing was lost.
      if range.first != expected || range.last < range.first {
        losses.add(
          LogLoss(
            .malformedRecord, byteOffset: 0, record: Int(clamping: range.first),
            detail: "\(fileName): row \(range.first) follows row \(expected - 1)"))
      }
      expected = range.last == .max ? .max : range.last + 1
      guard let index = labels.index(of: range.label), held.add(index, from: range.first, to: expected) else {
        losses.add(LogLoss(.tooManyLabels, byteOffset: 0, detail: fileName))
        return
      }
    }
    if let problem { losses.add(LogLoss(.missingFile, byteOffset: 0, detail: "\(fileName): \(problem)")) }
    return isFound
  }

  /// Calls for every range of every file, and with nil for a file at its beginning.
  ///
  /// - Returns: What is wrong with the document, or nil.
  static func forEach(
    _ tokens: JSONTokens, _ body: (String, Range?) throws(LogReadError) -> Void
  ) throws(LogReadError) -> String? {
    guard try tokens.next() == .beginMap else { return "it is no map" }
    while case .key(let key) = try tokens.next() {
      let value = try tokens.next()
      guard key == "structuredLabels", value == .beginMap else {
        if try tokens.skip(value) != nil { return "it ends too early" }
        continue
      }
      while case .key(let file) = try tokens.next() {
        try body(file, nil)
        guard try tokens.next() == .beginList else { return "the labels of a file are no list" }
        while true {
          let token = try tokens.next()
          if token == .endList { break }
          guard token == .beginMap, let range = try range(tokens) else { return "a label cannot be read" }
          try body(file, range)
        }
      }
    }
    return try tokens.next() == .end ? nil : "it ends too early"
  }

  private static func range(_ tokens: JSONTokens) throws(LogReadError) -> Range? {
    var first: Int64?
    var last: Int64?
    var label: String?
    while true {
      let token = try tokens.next()
      if token == .endMap { break }
      guard case .key(let key) = token else { return nil }
      let value = try tokens.next()
      switch (key, value) {
      case ("startIndex", .number(let number)): first = Int64(exactly: number)
      case ("endIndex", .number(let number)): last = Int64(exactly: number)
      case ("label", .text(let text)): label = text
      default: if try tokens.skip(value) != nil { return nil }
      }
    }
    guard let first, let last, let label, first >= 0 else { return nil }
    return Range(first: first, last: last, label: label)
  }
}
