/// Reads a text table (CSV, TSV, semicolons) row by row.
///
/// A row is a line: a line break ends it even inside quotes, so that one lost quote costs one row and not the
/// rest of the file. Rows that cannot be read are left out and counted.
final class TableReader: LogReader {
  let path: String
  let format: LogFormat
  let schema: LogSchema
  private var counted = LogCounters()
  // Checks of exclusive access would cost as much as reading a number, and `read` is not called from within itself.
  @exclusivity(unchecked) private var labels: LabelTable

  private let lines: TextLines
  private let heading: TableHeading
  private let delimiter: UInt8
  @exclusivity(unchecked) private var clock: TextClock
  /// nil: the rows have times of their own.
  private let rowClock: SampleClock?
  @exclusivity(unchecked) private var rowIndex = 0
  /// What each column is for: the slot of its channel, or one of the uses below, read for every cell.
  private let uses: UnsafeMutablePointer<Int>
  /// How many columns from each one on are channels with slots that follow each other.
  private let runs: UnsafeMutablePointer<Int>
  private let columnCount: Int
  private let powers = EightDigits.powers
  /// nil: rows are read where they stand.
  @exclusivity(unchecked) private var rewriting: RewrittenRows?

  private enum Use {
    static let time = -1
    static let label = -2
    static let segment = -3
    static let ignored = -4
  }

  var losses: LogLosses { lines.losses }
  var lastRow: UnsafeRawBufferPointer { lines.lastLine }
  var labelNames: [String] { labels.names }
  var totalBytes: Int? { lines.stream.totalBytes }
  var compression: LogCompression { lines.stream.compression }
  var counters: LogCounters {
    var result = counted
    result.lostRows = lines.lostLines
    result.bytesRead = lines.stream.bytesRead
    result.bytesDecoded = lines.stream.position
    return result
  }

  init(_ stream: ByteStream, options: LogReadOptions) throws(LogReadError) {
    path = stream.path
    labels = LabelTable(maximumCount: options.maximumLabels)
    if let rate = options.rateHz, !(rate > 0 && rate.isFinite) {
      throw LogReadError(.invalidOption("a rate must be greater than zero"), path: path)
    }
    lines = TextLines(stream, maximumLineBytes: options.maximumLineBytes)
    heading = try Self.readHeading(lines, options: options)
    delimiter = heading.delimiter
    rewriting = try RewrittenRows(heading, options: options, path: path)
    clock = TextClock(unit: heading.timeUnit)
    rowClock = heading.hasTime ? nil : options.rateHz.map { SampleClock(rateHz: $0) }
    format = heading.delimiter == UInt8(ascii: "\t") ? .tsv : .csv
    schema = LogSchema(
      channels: heading.channels, nominalRateHz: heading.hasTime ? nil : options.rateHz,
      hasLabels: heading.roles.contains(.label), hasSegments: heading.roles.contains(.segment))
    columnCount = heading.roles.count
    uses = .allocate(capacity: columnCount)
    for (index, role) in heading.roles.enumerated() {
      let use =
        switch role {
        case .channel(let slot): slot
        case .time: Use.time
        case .label: Use.label
        case .segment: Use.segment
        case .ignored: Use.ignored
        }
      (uses + index).initialize(to: use)
    }
    runs = .allocate(capacity: columnCount)
    for index in (0..<columnCount).reversed() {
      let continues = index + 1 < columnCount && uses[index] >= 0 && uses[index + 1] == uses[index] + 1
      (runs + index).initialize(to: continues ? runs[index + 1] + 1 : 1)
    }
  }

  deinit {
    uses.deallocate()
    runs.deallocate()
  }

  private static func readHeading(
    _ lines: TextLines, options: LogReadOptions
  ) throws(LogReadError) -> TableHeading {
    let stream = lines.stream
    let first = try lines.next()
    if let loss = lines.losses.first.first {
      guard loss.code == .lineTooLong else {
        throw LogReadError(.damaged(stream.damage?.code ?? loss.code), path: stream.path, byteOffset: loss.byteOffset)
      }
      throw LogReadError(.unsupportedFormat(found: "a file without a first line"), path: stream.path, byteOffset: 0)
    }
    guard let first else { throw LogReadError(.empty, path: stream.path, byteOffset: 0) }
    var line = UnsafeBufferPointer(start: first.start, count: first.end - first.start)
    if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = .init(rebasing: line.dropFirst(3)) }
    if line.last == UInt8(ascii: "\r") { line = .init(rebasing: line.dropLast()) }
    let heading = try TableHeading(line: line, options: options, path: stream.path)
    // Without a heading the first line is a row.
    if options.columns != nil { lines.giveAgain() }
    return heading
  }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: schema.channels.count)
    if rewriting != nil { return try readRewritten(into: &batch, maximumFrames: maximumFrames) }
    counted.missingValues += try batch.appendFrames(maximum: maximumFrames) {
      (room: inout FrameRoom) throws(LogReadError) in
      while room.hasRoom {
        guard let line = try lines.next() else { return false }
        parseRow(line, into: &room)
      }
      return true
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  /// The same for rows that are not written as others, or of which it is not known yet.
  @inline(never)
  private func readRewritten(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    counted.missingValues += try batch.appendFrames(maximum: maximumFrames) {
      (room: inout FrameRoom) throws(LogReadError) in
      while room.hasRoom {
        guard let line = try lines.next() else { return false }
        parseRow(rewriting?.row(line) ?? line, into: &room)
        if rewriting?.isOver == true { rewriting = nil }
      }
      return true
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  @inline(__always)
  private func parseRow(_ line: TextLines.Line, into room: inout FrameRoom) {
    let start = line.start
    var end = line.end
    if end > start, (end - 1).pointee == UInt8(ascii: "\r") { end -= 1 }
    // An empty line is no row.
    if start == end { return }
    let delimiter = self.delimiter
    let uses = self.uses
    let columnCount = self.columnCount
    let powers = self.powers
    let values = room.nextValues
    var time: Int64 = 0
    var label: Int32 = -1
    var segment: Int32 = 0
    var p = start
    var column = 0
    while true {
      var use = uses[column]
      if use >= 0 {
        // All of a run but its last cell, as long as they are plain numbers with a delimiter behind.
        let runEnd = use &+ runs[column] &- 1
        while use < runEnd, let (value, stop) = EightDigits.number(p, powers), stop.pointee == delimiter {
          values[use] = value
          use &+= 1
          p = stop + 1
        }
        column &+= use &- uses[column]
        if let (value, stop) = EightDigits.number(p, powers), stop.pointee == delimiter || stop == end {
          values[use] = value
          p = stop
        } else {
          var missing = 0
          guard let stop = TableCell.terminatedNumber(p, end, delimiter, &values[use], &missing) else {
            return lose(.badCell, column: column, cell: p, end: end, isTorn: line.isTorn)
          }
          room.missingValues += missing
          p = stop
        }
      } else if use == Use.time {
        guard let stop = clock.parse(p, end, delimiter, &time) else {
          return lose(.badTime, column: column, cell: p, end: end, isTorn: line.isTorn)
        }
        p = stop
      } else if use == Use.label {
        p = parseLabel(p, end, &label)
      } else if use == Use.segment {
        guard let stop = TableCell.segment(p, end, delimiter, &segment) else {
          return lose(.badCell, column: column, cell: p, end: end, isTorn: line.isTorn)
        }
        p = stop
      } else {
        p = TableCell.end(p, end, delimiter)
      }
      column &+= 1
      if column == columnCount { break }
      guard p < end else {
        return lose(.shortRow, column: column, cell: p, end: end, isTorn: line.isTorn)
      }
      p += 1
    }
    guard p == end else {
      return lose(.longRow, column: column, cell: p, end: end, isTorn: line.isTorn)
    }
    if let rowClock { time = rowClock.time(rowIndex) }
    rowIndex &+= 1
    room.finishFrame(time: time, label: label, segment: segment)
  }

  @inline(never)
  private func lose(
    _ code: LogLoss.Code, column: Int, cell: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>, isTorn: Bool
  ) {
    // A row without time still takes its place in a table whose times come from a rate.
    rowIndex += 1
    let namesCell = code == .badCell || code == .badTime
    lines.lose(isTorn ? .tornLine : code, detail: namesCell ? description(of: cell, end, column: column) : "")
  }

  private func description(of cell: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, column: Int) -> String {
    let text = UnsafeBufferPointer(start: cell, count: min(40, TableCell.end(cell, end, delimiter) - cell))
    return "column \(heading.names[column]): '\(String(decoding: text, as: UTF8.self).printable)'"
  }

  @inline(__always)
  private func parseLabel(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ label: inout Int32
  ) -> UnsafePointer<UInt8> {
    let after = TableCell.end(start, end, delimiter)
    let text = TableCell.trimmed(start, after)
    if text.first == UInt8(ascii: "\"") {
      let cells = TableHeading.cells(of: text, delimiter: delimiter)
      label = labels.index(of: cells.first ?? "") ?? noteFullTable()
    } else {
      label = labels.index(of: text) ?? noteFullTable()
    }
    return after
  }

  private func noteFullTable() -> Int32 {
    lines.note(labels.refusal)
    return -1
  }
}
