/// Edge Impulse's file of labels, for several recordings at once, `structured_labels.labels`:
/// `{"version": 1, "type": "structured-labels", "structuredLabels": {file: [{"startIndex", "endIndex", "label"}, …]}}`.
///
/// Both indices are of rows and included; each entry begins where the one before it ended, plus one.
enum StructuredLabels {
  static let fileName = "structured_labels.labels"

  /// Rows from one to another that have a label, both included.
  struct Range: Equatable {
    var first: Int64
    var last: Int64
    var label: String
  }

  /// What a file's list of labels holds.
  enum Element {
    case beginning
    case range(Range)
    /// A row's number or the label is missing.
    case incomplete
  }

  /// The labels of one recording, by row.
  ///
  /// - Throws: where the file is none of its kind, or has no entry for the recording.
  static func track(_ path: String, recording: String) throws(LogReadError) -> LabelTrack {
    try track(FileInput(path: path), recording: recording)
  }

  static func track(_ input: any ByteInput, recording: String) throws(LogReadError) -> LabelTrack {
    let name = recording.split(separator: "/").last.map(String.init) ?? recording
    let tokens = JSONTokens(TokenSource(try ByteStream(input, windowLogMaximum: 23), key: nil))
    var names = LabelTable(maximumCount: 4096)
    var entries = Entries(detail: "labels in \(input.path)")
    var intervals: [LabelTrack.Interval] = []
    let problem = try forEach(tokens) { (file, element) throws(LogReadError) in
      guard file == name, let range = entries.next(element) else { return }
      guard intervals.count < maximumRanges else { return entries.lose(.tooManyLabels) }
      guard let label = names.index(of: range.label) else { return entries.lose(names.refusal) }
      if label >= 0 { intervals.append(.init(start: range.first, end: range.last + 1, label: label)) }
    }
    if let problem { throw LogReadError(.badLabels(reason: problem), path: input.path) }
    guard entries.isFound else {
      throw LogReadError(.badLabels(reason: "it has no entry for '\(name.shortened(to: 60))'"), path: input.path)
    }
    var track = LabelTrack(.frame, names: names.names, intervals: intervals)
    track.losses = entries.losses
    return track
  }

  /// 6 MiB of intervals.
  private static let maximumRanges = 1 << 18

  /// Looks at the entries of one recording in their order.
  struct Entries {
    let detail: String
    private(set) var losses = LogLosses()
    private(set) var isFound = false
    private var expected: Int64 = 0
    private var count = 0

    init(detail: String) {
      self.detail = detail
    }

    mutating func lose(_ code: LogLoss.Code, _ what: String = "") {
      losses.add(LogLoss(code, byteOffset: 0, record: count - 1, detail: what.isEmpty ? detail : "\(detail): \(what)"))
    }

    /// - Returns: A range that labels something. The format knows no gaps: what is missing was lost.
    mutating func next(_ element: Element) -> Range? {
      isFound = true
      if case .beginning = element { return nil }
      count += 1
      guard case .range(let range) = element else {
        lose(.malformedRecord, "entry \(count - 1) needs startIndex, endIndex and label")
        return nil
      }
      guard range.first <= range.last, range.last < .max else {
        lose(.invertedLabel, "'\(range.label)' from \(range.first) to \(range.last)")
        return nil
      }
      if range.first != expected {
        lose(
          range.first < expected ? .overlappingLabels : .labelGap,
          "'\(range.label)' begins at \(range.first), \(expected) was to come")
      }
      expected = range.last + 1
      return range
    }
  }

  /// Calls for every file at its beginning, and for each of its labels.
  ///
  /// - Returns: What is wrong with the document, or nil.
  static func forEach(
    _ tokens: JSONTokens, _ body: (String, Element) throws(LogReadError) -> Void
  ) throws(LogReadError) -> String? {
    guard try tokens.next() == .beginMap else { return "it is no map" }
    var hasLabels = false
    while case .key(let key) = try tokens.next() {
      let value = try tokens.next()
      guard key == "structuredLabels", value == .beginMap else {
        if try tokens.skip(value) != nil { return "it ends too early" }
        continue
      }
      hasLabels = true
      while case .key(let file) = try tokens.next() {
        try body(file, .beginning)
        guard try tokens.next() == .beginList else { return "the labels of a file are no list" }
        while true {
          let token = try tokens.next()
          if token == .endList { break }
          guard token == .beginMap, let element = try element(tokens) else { return "a label cannot be read" }
          try body(file, element)
        }
      }
    }
    guard try tokens.next() == .end else { return "it ends too early" }
    return hasLabels ? nil : "it has no object 'structuredLabels'"
  }

  private static func element(_ tokens: JSONTokens) throws(LogReadError) -> Element? {
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
    guard let first, let last, let label, first >= 0 else { return .incomplete }
    return .range(Range(first: first, last: last, label: label))
  }
}
