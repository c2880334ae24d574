import SensorLogs

/// Cells in columns: the first to the left, the others to the right.
struct TextTable {
  var rows: [[String]]

  /// A line a row, without spaces at its end.
  var lines: [String] {
    // Names in recordings and in files of runs are others' text.
    let rows = rows.map { $0.map(\.printable) }
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
