/// A table of labels: intervals or events.
///
/// It may be compressed, and be of any delimiter that recordings may have. Rows that cannot be used are left out and
/// counted, with the table's name, for their offsets are places in the table.
struct LabelFile {
  private let path: String
  private let position: LabelTrack.Position
  private let lines: TextLines
  private let delimiter: UInt8
  private let columns: [String]
  private var labels: LabelTable
  private var clock: TextClock
  private var losses = LogLosses()

  /// 6 MiB of intervals.
  private static let maximumRows = 1 << 18

  init(_ path: String, position: LabelTrack.Position, options: LogReadOptions) throws(LogReadError) {
    try self.init(FileInput(path: path), position: position, options: options)
  }

  init(_ input: any ByteInput, position: LabelTrack.Position, options: LogReadOptions) throws(LogReadError) {
    path = input.path
    self.position = position
    labels = LabelTable(maximumCount: options.maximumLabels)
    lines = TextLines(try ByteStream(input, options: options), maximumLineBytes: options.maximumLineBytes)
    guard let first = try lines.next() else { throw LogReadError(.empty, path: path, byteOffset: 0) }
    var heading = UnsafeBufferPointer(start: first.start, count: first.end - first.start)
    if heading.starts(with: [0xEF, 0xBB, 0xBF]) { heading = .init(rebasing: heading.dropFirst(3)) }
    if heading.last == UInt8(ascii: "\r") { heading = .init(rebasing: heading.dropLast()) }
    delimiter = [UInt8(ascii: "\t"), UInt8(ascii: ","), UInt8(ascii: ";")].first { heading.contains($0) } ?? 44
    let cells = TableHeading.cells(of: heading, delimiter: delimiter).map { Channel(heading: $0) }
    columns = cells.map(\.name)
    let time = cells.first { Self.isTime($0.name) }
    clock = TextClock(
      unit: position == .frame
        ? .nanoseconds
        : time?.unit.flatMap { TimeUnit(symbol: $0) } ?? time.flatMap { TimeUnit(nameSuffix: $0.name) }
          ?? (position == .sinceFirstFrame ? .seconds : nil))
  }

  private static let starts = ["start", "begin", "from", "onset", "start_time"]
  private static let ends = ["end", "stop", "to", "end_time"]
  private static let durations = ["duration"]
  private static let events = ["time", "timestamp", "t", "at", "frame"]
  private static let texts = ["label", "class", "name", "description", "trial_type", "event"]

  private static func isTime(_ name: String) -> Bool {
    [starts, ends, durations, events].contains { isNamed(name, $0) }
  }

  /// A name, or one with a unit behind it: `start`, `Start_ms`.
  private static func isNamed(_ name: String, _ names: [String]) -> Bool {
    let lowered = name.lowercased()
    return names.contains { name in
      lowered == name || (lowered.hasPrefix("\(name)_") && TimeUnit(nameSuffix: lowered) != nil)
    }
  }

  /// Whether rows have a beginning and an end.
  var holdsIntervals: Bool { column(Self.starts) != nil && (column(Self.ends) ?? column(Self.durations)) != nil }

  private func column(_ names: [String]) -> Int? { columns.firstIndex { Self.isNamed($0, names) } }

  private func required(_ names: [String]) throws(LogReadError) -> Int {
    guard let index = column(names) else { throw LogReadError(.unknownColumn(names[0], known: columns), path: path) }
    return index
  }

  /// The cells of the next row that is not empty, or nil at the end.
  private mutating func row() throws(LogReadError) -> [String]? {
    while let line = try lines.next() {
      var text = UnsafeBufferPointer(start: line.start, count: line.end - line.start)
      if text.last == UInt8(ascii: "\r") { text = .init(rebasing: text.dropLast()) }
      if text.isEmpty { continue }
      let cells = TableHeading.cells(of: text, delimiter: delimiter)
      if cells.count >= columns.count { return cells }
      lose(.shortRow)
    }
    return nil
  }

  private mutating func lose(_ code: LogLoss.Code, _ detail: String = "") {
    losses.add(
      LogLoss(
        code, byteOffset: lines.stream.storedOffset(), record: lines.number,
        detail: detail.isEmpty ? "labels in \(path)" : "labels in \(path): \(detail)"))
  }

  private mutating func number(_ cell: String) -> Int64? {
    var copy = cell
    if let time = copy.withUTF8({ clock.nanoseconds($0) }) { return time }
    guard delimiter != UInt8(ascii: ","), cell.contains(",") else { return nil }
    // Where cells are not separated by commas, a number may have one.
    var point = String(cell.map { $0 == "," ? "." : $0 })
    return point.withUTF8 { clock.nanoseconds($0) }
  }

  private mutating func label(_ cell: String) -> Int32? {
    if let index = labels.index(of: cell) { return index }
    lose(labels.refusal)
    return nil
  }

  mutating func intervals() throws(LogReadError) -> LabelTrack {
    let start = try required(Self.starts)
    let end = column(Self.ends)
    let duration = end == nil ? column(Self.durations) : nil
    guard let last = end ?? duration else {
      throw LogReadError(.unknownColumn(Self.ends[0], known: columns), path: path)
    }
    let text = try required(Self.texts)
    var found: [LabelTrack.Interval] = []
    while let cells = try row() {
      guard let from = number(cells[start]), let second = number(cells[last]) else {
        lose(.badTime, "'\(cells[start])', '\(cells[last])'")
        continue
      }
      let (sum, overflow) = from.addingReportingOverflow(second)
      guard duration == nil || !overflow else {
        lose(.badTime, "'\(cells[last])'")
        continue
      }
      let to = duration == nil ? second : sum
      guard from < to else {
        lose(.invertedLabel, "'\(cells[text])' from \(cells[start]) to \(cells[last])")
        continue
      }
      guard let label = label(cells[text]), label >= 0 else { continue }
      guard found.count < Self.maximumRows else {
        lose(.tooManyLabels, "more than \(Self.maximumRows) rows")
        break
      }
      found.append(.init(start: from, end: to, label: label))
    }
    noteOverlaps(found)
    return finished(LabelTrack(position, names: labels.names, intervals: found))
  }

  private mutating func noteOverlaps(_ intervals: [LabelTrack.Interval]) {
    var lastEnd = Int64.min
    for interval in intervals.sorted(by: { $0.start < $1.start }) {
      if interval.start < lastEnd {
        let name = labels.names[Int(interval.label)]
        losses.add(
          LogLoss(
            .overlappingLabels, byteOffset: 0,
            detail: "labels in \(path): '\(name)' begins at \(interval.start), before \(lastEnd)"))
      }
      lastEnd = max(lastEnd, interval.end)
    }
  }

  mutating func events(toleranceSeconds: Double?) throws(LogReadError) -> LabelTrack {
    let time = try required(Self.events)
    let text = try required(Self.texts)
    var found: [LabelTrack.Change] = []
    while let cells = try row() {
      guard let at = number(cells[time]) else {
        lose(.badTime, "'\(cells[time])'")
        continue
      }
      guard let label = label(cells[text]) else { continue }
      guard found.count < Self.maximumRows else {
        lose(.tooManyLabels, "more than \(Self.maximumRows) rows")
        break
      }
      found.append(.init(position: at, label: label))
    }
    let tolerance = toleranceSeconds.map { Int64(($0 * 1e9).rounded()) }
    return finished(LabelTrack(position, names: labels.names, events: found, tolerance: tolerance))
  }

  private func finished(_ track: LabelTrack) -> LabelTrack {
    var track = track
    track.losses = losses
    for loss in lines.losses.first {
      var named = loss
      named.detail = "labels in \(path)" + (loss.detail.isEmpty ? "" : ": \(loss.detail)")
      track.losses.add(named)
    }
    track.losses.addCounts(of: lines.losses, beyond: lines.losses.first.count)
    return track
  }
}
