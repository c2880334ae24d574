extension ArenaMap {
  /// The arena as a table for a terminal: for each operation how many bytes are alive and free, and a bar whose cells
  /// are equal parts of the arena, each with the letter of the role that has most of its bytes; then the buffers at
  /// the peak.
  ///
  /// - Parameters:
  ///   - columns: No line of the table of operations is longer, unless fewer than 48 columns are there.
  ///   - hasColours: Whether to tell roles apart by colour too.
  public func text(columns: Int = 100, hasColours: Bool = false) -> String {
    guard let peak = peakOperation else { return "The step has no operations.\n" }
    let bars = BarPainter(map: self, hasColours: hasColours)
    return ([heading(peak)] + table(columns: columns, bars) + ["", bars.legend, ""] + peakLines(peak))
      .joined(separator: "\n") + "\n"
  }

  private func heading(_ peak: Int) -> String {
    "Arena of \(Self.grouped(arenaBytes)) bytes; no placement needs less than \(Self.grouped(lowerBoundBytes)). "
      + "Fullest at operation \(peak).\n"
  }

  private func table(columns: Int, _ bars: BarPainter) -> [String] {
    let number = max(1, String(operations.count - 1).count)
    let bytes = max(5, Self.grouped(arenaBytes).count)
    let longest = max(9, operationNames.map(\.count).max() ?? 0)
    // The bar takes two fifths of a narrow line, and a wide one leaves it the rest.
    let fixed = number + 2 * bytes + 9
    let room = max(48, columns) - fixed
    let name = max(8, min(longest, room * 3 / 5))
    let cells = max(8, room - name)
    let head =
      Self.padded("", number) + "  " + Self.padded("operation", name) + "  " + Self.flushRight("alive", bytes) + "  "
      + Self.flushRight("free", bytes) + "  offset 0 to \(Self.grouped(arenaBytes))".prefix(max(0, cells + 3))
    return [head]
      + operations.indices.map { t in
        Self.flushRight(String(t), number) + "  " + Self.padded(Self.cut(operationNames[t], name), name) + "  "
          + Self.flushRight(Self.grouped(operations[t].liveBytes), bytes) + "  "
          + Self.flushRight(Self.grouped(operations[t].freeBytes), bytes) + "  " + bars.bar(at: t, cells: cells)
      }
  }

  private func peakLines(_ peak: Int) -> [String] {
    let alive = operations[peak].buffers.sorted {
      (buffers[$0].byteCount, $1) > (buffers[$1].byteCount, $0)
    }
    let bytes = Self.grouped(arenaBytes).count
    return [
      "Alive at operation \(peak), \(operationNames[peak]): \(Self.grouped(operations[peak].liveBytes)) bytes, "
        + "at least \(Self.grouped(operations[peak].lowerBoundBytes))"
    ]
      + alive.map { i in
        "  " + Self.flushRight(Self.grouped(buffers[i].byteCount), bytes) + "  at "
          + Self.flushRight(Self.grouped(buffers[i].offset), bytes)
          + "  \(buffers[i].name) (\(buffers[i].role.rawValue))"
      }
  }

  // MARK: Columns

  static func grouped(_ value: Int) -> String {
    var digits = ""
    for (position, digit) in String(value).reversed().enumerated() {
      if position > 0 && position.isMultiple(of: 3) { digits.append(",") }
      digits.append(digit)
    }
    return String(digits.reversed())
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func flushRight(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(width - 1) + "…"
  }
}
