/// Edge Impulse's file of labels, for several recordings at once:
/// `{"version": 1, "type": "structured-labels", "structuredLabels": {file: [{"startIndex", "endIndex", "label"}, …]}}`.
///
/// Both indices are of frames and included; each entry begins where the one before it ended, plus one.
enum StructuredLabels {
  static func track(_ path: String, recording: String) throws(LogReadError) -> LabelTrack {
    try track(FileInput(path: path), recording: recording)
  }

  static func track(_ input: any ByteInput, recording: String) throws(LogReadError) -> LabelTrack {
    let stream = try ByteStream(input, windowLogMaximum: 23)
    while stream.window.count <= maximumBytes, try stream.fill() {}
    guard stream.window.count <= maximumBytes else {
      throw LogReadError(.badLabels(reason: "the file has more than \(maximumBytes) bytes"), path: input.path)
    }
    let name = recording.split(separator: "/").last.map(String.init) ?? recording
    var entries = Entries(recording: name)
    guard var scanner = JSONScanner(stream.window), scanner.scan(&entries) else {
      throw LogReadError(.badLabels(reason: "it is no JSON, or cut"), path: input.path)
    }
    guard entries.hasLabels else {
      throw LogReadError(.badLabels(reason: "it has no object 'structuredLabels'"), path: input.path)
    }
    guard entries.isFound else {
      throw LogReadError(.badLabels(reason: "it has no entry for '\(name.shortened(to: 60))'"), path: input.path)
    }
    return track(entries.found, path: input.path)
  }

  private static let maximumBytes = 4 << 20

  private static func track(_ entries: [Entry], path: String) -> LabelTrack {
    var names = LabelTable(maximumCount: 65_536)
    var losses = LogLosses()
    var intervals: [LabelTrack.Interval] = []
    var expected: Int64 = 0
    for (index, entry) in entries.enumerated() {
      func lose(_ code: LogLoss.Code, _ detail: String) {
        losses.add(LogLoss(code, byteOffset: 0, record: index, detail: "labels in \(path): \(detail)"))
      }
      guard let start = entry.start, let last = entry.last, let label = entry.label, start >= 0, last < .max else {
        lose(.malformedRecord, "entry \(index) needs startIndex, endIndex and label")
        continue
      }
      guard start <= last else {
        lose(.invertedLabel, "'\(label)' from \(start) to \(last)")
        continue
      }
      if start != expected {
        lose(
          start < expected ? .overlappingLabels : .labelGap,
          "'\(label)' begins at \(start), \(expected) was to come")
      }
      expected = last + 1
      guard let number = names.index(of: label) else {
        lose(.tooManyLabels, "")
        continue
      }
      intervals.append(.init(start: start, end: expected, label: number))
    }
    var track = LabelTrack(.frame, names: names.names, intervals: intervals.filter { $0.label >= 0 })
    track.losses = losses
    return track
  }

  fileprivate struct Entry {
    var start: Int64?
    var last: Int64?
    var label: String?
  }

  /// Collects the entries of one recording.
  private struct Entries: JSONLeafHandler {
    let recording: String
    var hasLabels = false
    var isFound = false
    var found: [Entry] = []
    private var path: [String] = []

    init(recording: String) {
      self.recording = recording
    }

    mutating func enter(key: UnsafeBufferPointer<UInt8>) {
      path.append(String(decoding: key, as: UTF8.self))
      if path.first == "structuredLabels" { hasLabels = true }
      if path.count == 2, hasLabels, path[1] == recording { isFound = true }
    }

    mutating func enter(index: Int) {
      path.append("")
      if isEntry { found.append(Entry()) }
    }

    mutating func leave() { path.removeLast() }

    private var isEntry: Bool {
      path.count == 3 && path[0] == "structuredLabels" && path[1] == recording
    }

    /// The field of the entry that a leaf is, if it is one.
    private var field: String? {
      path.count == 4 && path[0] == "structuredLabels" && path[1] == recording && !found.isEmpty ? path[3] : nil
    }

    mutating func number(_ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>, path: UInt64) {
      guard let field else { return }
      let whole = decimal.nanoseconds(unitExponent: 0)
      switch field {
      case "startIndex": found[found.count - 1].start = whole
      case "endIndex": found[found.count - 1].last = whole
      case "label": found[found.count - 1].label = String(decoding: text, as: UTF8.self)
      default: break
      }
    }

    mutating func text(_ bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool, path: UInt64) {
      if field == "label" { found[found.count - 1].label = String(decoding: bytes, as: UTF8.self) }
    }

    func oddNumber(_ value: Double, path: UInt64) {}
    func boolean(_ value: Bool, path: UInt64) {}
    func null(path: UInt64) {}
  }
}
