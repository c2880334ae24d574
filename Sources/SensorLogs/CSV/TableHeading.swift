/// The heading of a text table and what each column is for.
struct TableHeading {
  enum Role: Equatable {
    case time
    case label
    case segment
    case channel(Int)
    case ignored
  }

  var roles: [Role]
  var channels: [Channel]
  var names: [String]
  var delimiter: UInt8

  /// nil until the first value tells.
  var timeUnit: TimeUnit?

  var hasTime: Bool { roles.contains(.time) }

  init(line: UnsafeBufferPointer<UInt8>, options: LogReadOptions, path: String) throws(LogReadError) {
    delimiter = try Self.delimiter(of: line, options: options, path: path)
    let delimiter = delimiter
    let columnCount = line.count { $0 == delimiter } + 1
    guard columnCount <= Self.maximumColumns else {
      throw LogReadError(
        .tooManyChannels(
          count: columnCount, limit: options.channels == nil ? options.maximumChannels : Self.maximumColumns),
        path: path, byteOffset: 0)
    }
    let cells = try Self.names(of: line, delimiter: delimiter, options: options, path: path)
    let headings = cells.map { Channel(heading: $0) }
    guard !line.isEmpty, cells.contains(where: { Double($0) == nil && !$0.isEmpty }),
      !line.contains(where: { $0 < 32 && $0 != 9 })
    else {
      let shown = String(decoding: line.prefix(60), as: UTF8.self)
      throw LogReadError(.missingHeader(found: shown.printable), path: path, byteOffset: 0)
    }
    // All but the columns of time, label and segment will be channels.
    let named = headings.count { !$0.name.isEmpty }
    guard options.channels != nil || named - 3 <= options.maximumChannels else {
      throw LogReadError(.tooManyChannels(count: named, limit: options.maximumChannels), path: path, byteOffset: 0)
    }
    names = Self.unique(headings.map(\.name))
    roles = Array(repeating: .ignored, count: names.count)
    channels = []

    let time = try Self.column(
      options.timeColumn, among: names, path: path, default: options.rateHz == nil ? Self.timeColumn : { _ in nil })
    if let time {
      roles[time] = .time
      timeUnit =
        options.timeUnit ?? headings[time].unit.flatMap { TimeUnit(symbol: $0) } ?? TimeUnit(nameSuffix: names[time])
    } else if options.rateHz == nil {
      throw LogReadError(.noTimeColumn(columns: names), path: path, byteOffset: 0)
    }
    if let label = try Self.column(options.labelColumn, among: names, path: path, default: Self.named("label")) {
      try refuse(label, for: "the label", path)
      roles[label] = .label
    }
    if let segment = try Self.column(options.segmentColumn, among: names, path: path, default: Self.named("segment")) {
      try refuse(segment, for: "the segment", path)
      roles[segment] = .segment
    }
    try assignChannels(headings: headings, options: options, path: path)
  }

  private mutating func assignChannels(headings: [Channel], options: LogReadOptions, path: String)
    throws(LogReadError)
  {
    var columns: [Int] = []
    if let wanted = options.channels {
      for name in wanted {
        guard let index = names.firstIndex(of: name) else {
          throw LogReadError(.unknownColumn(name, known: names), path: path, byteOffset: 0)
        }
        try refuse(index, for: "a channel", path)
        columns.append(index)
      }
      if let repeated = ChannelChoice.repeated(columns) {
        throw LogReadError(.invalidOption(ChannelChoice.twice(names[repeated])), path: path, byteOffset: 0)
      }
    } else {
      // Without a name a column is a trailing delimiter or a row index, not a measurement. A time column is
      // no channel either when the rate was given instead.
      let unusedTime = options.rateHz == nil ? nil : Self.timeColumn(names)
      columns = names.indices.filter { roles[$0] == .ignored && !names[$0].isEmpty && $0 != unusedTime }
    }
    guard !columns.isEmpty else { throw LogReadError(.noChannels, path: path, byteOffset: 0) }
    guard columns.count <= options.maximumChannels else {
      throw LogReadError(
        .tooManyChannels(count: columns.count, limit: options.maximumChannels), path: path, byteOffset: 0)
    }
    for (slot, column) in columns.enumerated() {
      roles[column] = .channel(slot)
      channels.append(
        Channel(name: names[column], unit: options.units[names[column]] ?? headings[column].unit))
    }
  }

  /// A column is for one thing only.
  private func refuse(_ column: Int, for wanted: String, _ path: String) throws(LogReadError) {
    let role =
      switch roles[column] {
      case .time: "time"
      case .label: "label"
      case .segment: "segment"
      case .channel, .ignored: ""
      }
    if role.isEmpty { return }
    throw LogReadError(
      .invalidOption(ChannelChoice.taken(names[column], by: role, for: wanted)), path: path, byteOffset: 0)
  }

  private static func column(
    _ wanted: String?, among names: [String], path: String, default find: ([String]) -> Int?
  ) throws(LogReadError) -> Int? {
    guard let wanted else { return find(names) }
    guard let index = names.firstIndex(of: wanted) else {
      throw LogReadError(.unknownColumn(wanted, known: names), path: path, byteOffset: 0)
    }
    return index
  }

  private static func named(_ name: String) -> ([String]) -> Int? {
    { names in names.firstIndex(of: name) ?? names.firstIndex { $0.lowercased() == name } }
  }

  static func timeColumn(_ names: [String]) -> Int? {
    let lowered = names.map { $0.lowercased() }
    for name in ["time_s", "time_ms", "time_us", "time_ns"] {
      if let index = lowered.firstIndex(of: name) { return index }
    }
    return lowered.firstIndex { $0.hasPrefix("timestamp") } ?? lowered.firstIndex(of: "time")
      ?? lowered.firstIndex { $0.hasPrefix("time_") } ?? lowered.firstIndex(of: "t")
  }

  private static func delimiter(
    of line: UnsafeBufferPointer<UInt8>, options: LogReadOptions, path: String
  ) throws(LogReadError) -> UInt8 {
    if let character = options.delimiter {
      guard let byte = character.asciiValue, byte != UInt8(ascii: "\""), byte >= 32 || byte == 9 else {
        throw LogReadError(.invalidOption("the delimiter must be one printable ASCII character or a tab"), path: path)
      }
      return byte
    }
    if line.contains(UInt8(ascii: "\t")) { return UInt8(ascii: "\t") }
    // A row may have commas in its numbers.
    let signs = options.columns == nil ? [UInt8(ascii: ","), UInt8(ascii: ";")] : [UInt8(ascii: ";")]
    if let sign = signs.first(where: line.contains) { return sign }
    let words = cells(of: line, delimiter: UInt8(ascii: " ")).filter { !$0.isEmpty }
    let isRow = options.columns.map { $0.count == words.count && words.count > 1 } ?? false
    let isHeading =
      options.columns == nil && options.delimiter == nil && words.count > 1
      && !words.contains(where: { $0.hasPrefix("(") || $0.hasPrefix("[") })
      && (timeColumn(words) != nil || options.timeColumn.map(words.contains) == true)
    return isRow || isHeading
      ? UInt8(ascii: " ") : line.contains(UInt8(ascii: ";")) ? UInt8(ascii: ";") : UInt8(ascii: ",")
  }

  /// What the columns are called: the cells of the heading, or what was said where there is none.
  private static func names(
    of line: UnsafeBufferPointer<UInt8>, delimiter: UInt8, options: LogReadOptions, path: String
  ) throws(LogReadError) -> [String] {
    var cells = cells(of: line, delimiter: delimiter)
    if delimiter == UInt8(ascii: " ") { cells.removeAll(where: \.isEmpty) }
    guard let columns = options.columns else { return cells }
    guard columns.count == cells.count else {
      throw LogReadError(
        .invalidOption("\(columns.count) columns are named, and the first row has \(cells.count) cells"), path: path,
        byteOffset: 0)
    }
    return columns
  }

  /// Columns that are looked at, whatever is wanted of them.
  private static let maximumColumns = 1 << 17

  /// The texts of a line's cells; what lies behind the last column that a heading may have is left out.
  static func cells(of line: UnsafeBufferPointer<UInt8>, delimiter: UInt8) -> [String] {
    var cells: [[UInt8]] = [[]]
    var isQuoted = false
    var index = 0
    while index < line.count {
      let byte = line[index]
      if byte == UInt8(ascii: "\"") {
        if isQuoted, index + 1 < line.count, line[index + 1] == byte {
          cells[cells.count - 1].append(byte)
          index += 1
        } else {
          isQuoted.toggle()
        }
      } else if byte == delimiter, !isQuoted {
        if cells.count > maximumColumns { break }
        cells.append([])
      } else {
        cells[cells.count - 1].append(byte)
      }
      index += 1
    }
    return cells.map { String(decoding: $0, as: UTF8.self).trimmingSpaces() }
  }

  /// Later columns of the same name get `.2`, `.3` and so on.
  private static func unique(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    // Where the search for a free number ended, so that equal names do not start it over.
    var nextNumbers: [String: Int] = [:]
    return names.map { name in
      guard !name.isEmpty else { return name }
      if taken.insert(name).inserted { return name }
      var number = nextNumbers[name] ?? 2
      while !taken.insert("\(name).\(number)").inserted { number += 1 }
      nextNumbers[name] = number + 1
      return "\(name).\(number)"
    }
  }
}
