#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a text table (CSV, TSV, semicolons), plain or zstd, row by row.
///
/// A row is a line: a line break ends it even inside quotes, so that one lost quote costs one row and not the
/// rest of the file. Rows that cannot be read are left out and counted.
final class TableReader: LogReader {
  let path: String
  let format: LogFormat
  let schema: LogSchema
  private(set) var losses = LogLosses()
  private var counted = LogCounters()
  private var labels: LabelTable

  private let stream: ByteStream
  private let heading: TableHeading
  private let maximumLineBytes: Int
  private var timeUnitExponent: Int?
  private let nanosecondsPerRow: Double?
  private var rowIndex = 0
  private var line = 1
  /// Bytes at the window's start that are known to hold no line break.
  private var searched = 0
  private let frame: UnsafeMutablePointer<Double>
  /// The roles of the heading, read for every cell.
  private let roles: UnsafeMutablePointer<TableHeading.Role>
  private let columnCount: Int
  private var damageNoted = false

  var labelNames: [String] { labels.names }
  var totalBytes: Int? { stream.totalBytes }
  var isCompressed: Bool { stream.isCompressed }
  var counters: LogCounters {
    var result = counted
    result.bytesRead = stream.bytesRead
    result.bytesDecoded = stream.position
    return result
  }

  init(_ stream: ByteStream, options: LogReadOptions) throws(LogReadError) {
    self.stream = stream
    path = stream.path
    labels = LabelTable(maximumCount: options.maximumLabels)
    maximumLineBytes = options.maximumLineBytes
    if let rate = options.rateHz, !(rate > 0 && rate.isFinite) {
      throw LogReadError(.invalidOption("a rate must be greater than zero"), path: path)
    }
    heading = try Self.readHeading(stream, options: options)
    line = 2
    timeUnitExponent = heading.timeUnit?.nanosecondsExponent
    nanosecondsPerRow = heading.hasTime ? nil : options.rateHz.map { 1e9 / $0 }
    format = heading.delimiter == UInt8(ascii: "\t") ? .tsv : .csv
    schema = LogSchema(
      channels: heading.channels, nominalRateHz: heading.hasTime ? nil : options.rateHz,
      hasLabels: heading.roles.contains(.label), hasSegments: heading.roles.contains(.segment))
    frame = .allocate(capacity: max(1, heading.channels.count))
    frame.initialize(repeating: .nan, count: max(1, heading.channels.count))
    columnCount = heading.roles.count
    roles = .allocate(capacity: columnCount)
    for (index, role) in heading.roles.enumerated() { (roles + index).initialize(to: role) }
  }

  deinit {
    frame.deallocate()
    roles.deallocate()
  }

  private static func readHeading(
    _ stream: ByteStream, options: LogReadOptions
  ) throws(LogReadError) -> TableHeading {
    var searched = 0
    while true {
      let window = stream.window
      if let found = window.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
        let heading = try parseHeading(window[..<found], options: options, path: stream.path)
        stream.advance(found + 1)
        return heading
      }
      searched = window.count
      guard searched <= options.maximumLineBytes else {
        throw LogReadError(.unsupportedFormat(found: "a file without a first line"), path: stream.path, byteOffset: 0)
      }
      if try !stream.fill() { break }
    }
    if let damage = stream.damage {
      throw LogReadError(.damaged(damage.code), path: stream.path, byteOffset: damage.byteOffset)
    }
    let window = stream.window
    guard !window.isEmpty else { throw LogReadError(.empty, path: stream.path, byteOffset: 0) }
    let heading = try parseHeading(window[...], options: options, path: stream.path)
    stream.advance(window.count)
    return heading
  }

  private static func parseHeading(
    _ bytes: Slice<UnsafeRawBufferPointer>, options: LogReadOptions, path: String
  ) throws(LogReadError) -> TableHeading {
    var line = UnsafeRawBufferPointer(rebasing: bytes)
    if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = .init(rebasing: line.dropFirst(3)) }
    if line.last == UInt8(ascii: "\r") { line = .init(rebasing: line.dropLast()) }
    return try TableHeading(line: line.bindMemory(to: UInt8.self), options: options, path: path)
  }

  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool {
    precondition(maximumFrames > 0, "a batch holds at least one frame")
    batch.removeAll(channelCount: schema.channels.count)
    while batch.count < maximumFrames {
      let window = stream.window
      let base = window.baseAddress?.assumingMemoryBound(to: UInt8.self)
      if let base, window.count > searched,
        let found = memchr(base + searched, Int32(UInt8(ascii: "\n")), window.count - searched)
      {
        let length = UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base
        searched = 0
        parseRow(base, base + length, isTorn: false, into: &batch)
        stream.advance(length + 1)
        line += 1
        continue
      }
      searched = window.count
      if searched > maximumLineBytes {
        try skipLongLine()
      } else if try !stream.fill() {
        finish(into: &batch)
        break
      }
    }
    counted.frames += batch.count
    return !batch.isEmpty
  }

  private func skipLongLine() throws(LogReadError) {
    losses.add(LogLoss(.lineTooLong, byteOffset: stream.storedOffset(), record: line))
    counted.lostRows += 1
    while true {
      let window = stream.window
      if let found = window.firstIndex(of: UInt8(ascii: "\n")) {
        stream.advance(found + 1)
        break
      }
      stream.advance(window.count)
      if try !stream.fill() { break }
    }
    searched = 0
    line += 1
  }

  /// The last line without a line break, and how the stream ended.
  private func finish(into batch: inout FrameBatch) {
    let window = stream.window
    if let base = window.baseAddress?.assumingMemoryBound(to: UInt8.self), !window.isEmpty {
      // Where the file is known to be cut, the last number may be cut too.
      if stream.damage != nil {
        losses.add(LogLoss(.tornLine, byteOffset: stream.storedOffset(), record: line))
        counted.lostRows += 1
      } else {
        parseRow(base, base + window.count, isTorn: true, into: &batch)
      }
      stream.advance(window.count)
      searched = 0
    }
    if let damage = stream.damage, !damageNoted {
      damageNoted = true
      losses.add(damage)
    }
  }

  @inline(__always)
  private func parseRow(
    _ start: UnsafePointer<UInt8>, _ lineEnd: UnsafePointer<UInt8>, isTorn: Bool, into batch: inout FrameBatch
  ) {
    var end = lineEnd
    if end > start, (end - 1).pointee == UInt8(ascii: "\r") { end -= 1 }
    // An empty line is no row.
    if start == end { return }
    let delimiter = heading.delimiter
    var time: Int64 = 0
    var label: Int32 = -1
    var segment: Int32 = 0
    var missing = 0
    var p = start
    var column = 0
    while true {
      switch roles[column] {
      case .channel(let slot):
        guard let after = TableCell.number(p, end, delimiter, &frame[slot], &missing) else {
          return lose(.badCell, column: column, cell: p, end: end, start: start, isTorn: isTorn)
        }
        p = after
      case .time:
        guard let after = parseTime(p, end, &time) else {
          return lose(.badTime, column: column, cell: p, end: end, start: start, isTorn: isTorn)
        }
        p = after
      case .label:
        p = parseLabel(p, end, &label)
      case .segment:
        guard let after = TableCell.segment(p, end, delimiter, &segment) else {
          return lose(.badCell, column: column, cell: p, end: end, start: start, isTorn: isTorn)
        }
        p = after
      case .ignored:
        p = TableCell.end(p, end, delimiter)
      }
      column += 1
      if column == columnCount { break }
      guard p < end else {
        return lose(isTorn ? .tornLine : .shortRow, column: column, cell: p, end: end, start: start, isTorn: isTorn)
      }
      p += 1
    }
    guard p == end else {
      return lose(.longRow, column: column, cell: p, end: end, start: start, isTorn: isTorn)
    }
    if let nanosecondsPerRow { time = Int64((Double(rowIndex) * nanosecondsPerRow).rounded()) }
    rowIndex += 1
    counted.missingValues += missing
    batch.append(time: time, frame: frame, label: label, segment: segment)
  }

  @inline(never)
  private func lose(
    _ code: LogLoss.Code, column: Int, cell: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>,
    start: UnsafePointer<UInt8>, isTorn: Bool
  ) {
    counted.lostRows += 1
    // A row without time still takes its place in a table whose times come from a rate.
    rowIndex += 1
    var detail = ""
    if losses.keepsNext, code == .badCell || code == .badTime {
      let text = UnsafeBufferPointer(start: cell, count: min(40, TableCell.end(cell, end, heading.delimiter) - cell))
      detail = "column \(heading.names[column]): '\(String(decoding: text, as: UTF8.self).printable)'"
    }
    losses.add(
      LogLoss(isTorn ? .tornLine : code, byteOffset: stream.storedOffset(), record: line, detail: detail))
  }

  @inline(__always)
  private func parseTime(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ time: inout Int64
  ) -> UnsafePointer<UInt8>? {
    let p = TableCell.skipSpaces(start, end, heading.delimiter)
    guard let (decimal, stop) = ScannedDecimal.scan(p, end) else { return parseOddTime(p, end, &time) }
    let after = TableCell.skipSpaces(stop, end, heading.delimiter)
    guard after == end || after.pointee == heading.delimiter else { return parseOddTime(p, end, &time) }
    guard let exponent = timeUnitExponent else {
      timeUnitExponent = Self.guessedUnit(decimal.value(.init(start: p, count: stop - p))).nanosecondsExponent
      return parseTime(start, end, &time)
    }
    guard let exact = decimal.nanoseconds(unitExponent: exponent) else { return parseOddTime(p, end, &time) }
    time = exact
    return after
  }

  /// Quoted times, calendar times, and numbers with more digits than 64 bits hold.
  @inline(never)
  private func parseOddTime(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ time: inout Int64
  ) -> UnsafePointer<UInt8>? {
    let after = TableCell.end(start, end, heading.delimiter)
    var text = UnsafeBufferPointer(start: start, count: after - start)
    while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\"") {
      text = .init(rebasing: text.dropLast())
    }
    while let first = text.first, first == UInt8(ascii: "\"") { text = .init(rebasing: text.dropFirst()) }
    if let calendar = CalendarTime.nanoseconds(text) {
      time = calendar
      return after
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    let exponent = timeUnitExponent ?? Self.guessedUnit(value).nanosecondsExponent
    let scaled = (value * Double(TimeUnit.scale(exponent: exponent))).rounded()
    guard scaled.magnitude < 0x1p63 else { return nil }
    timeUnitExponent = exponent
    time = Int64(scaled)
    return after
  }

  /// The unit in which a value is a time after 1973, or seconds.
  private static func guessedUnit(_ value: Double) -> TimeUnit {
    switch value.magnitude {
    case 1e17...: .nanoseconds
    case 1e14...: .microseconds
    case 1e11...: .milliseconds
    default: .seconds
    }
  }

  @inline(__always)
  private func parseLabel(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ label: inout Int32
  ) -> UnsafePointer<UInt8> {
    let after = TableCell.end(start, end, heading.delimiter)
    let text = TableCell.trimmed(start, after)
    if text.first == UInt8(ascii: "\"") {
      let cells = TableHeading.cells(of: text, delimiter: heading.delimiter)
      label = labels.index(of: cells.first ?? "") ?? noteFullTable()
    } else {
      label = labels.index(of: text) ?? noteFullTable()
    }
    return after
  }

  private func noteFullTable() -> Int32 {
    losses.add(LogLoss(.tooManyLabels, byteOffset: stream.storedOffset(), record: line))
    return -1
  }
}

extension TimeUnit {
  static func scale(exponent: Int) -> Int {
    switch exponent {
    case 9: 1_000_000_000
    case 6: 1_000_000
    case 3: 1_000
    default: 1
    }
  }
}
