/// Draws the arena at an operation as a row of letters.
struct BarPainter {
  let map: ArenaMap
  let hasColours: Bool

  func bar(at operation: Int, cells: Int) -> String {
    let spans = map.spans(at: operation)
    let roles = (0..<cells).map { cell in
      role(spans, from: map.arenaBytes * cell / cells, to: map.arenaBytes * (cell + 1) / cells)
    }
    var text = ""
    var start = 0
    while start < cells {
      var end = start
      while end < cells && roles[end] == roles[start] { end += 1 }
      text += paint(String(repeating: Self.letter(roles[start]), count: end - start), roles[start])
      start = end
    }
    return text
  }

  /// What the letters stand for, of the roles that there are.
  var legend: String {
    let used = TrainingGraph.Role.allCases.filter { role in map.buffers.contains { $0.role == role } }
    return (used.map { paint(String(Self.letter($0)), $0) + " \($0.rawValue)" } + [". free"]).joined(separator: ", ")
  }

  /// The role with most bytes of a part of the arena; nil where most are free.
  private func role(_ spans: [ArenaMap.Span], from start: Int, to end: Int) -> TrainingGraph.Role? {
    var bytes: [TrainingGraph.Role?: Int] = [:]
    for span in spans where span.offset < end && start < span.offset + span.byteCount {
      let owner = span.owners.first.map { map.buffers[$0].role }
      bytes[owner, default: 0] += min(end, span.offset + span.byteCount) - max(start, span.offset)
    }
    let ordered = bytes.sorted { ($0.value, $1.key?.rawValue ?? "") > ($1.value, $0.key?.rawValue ?? "") }
    return ordered.first?.key ?? nil
  }

  private static func letter(_ role: TrainingGraph.Role?) -> Character {
    switch role {
    case nil: "."
    case .input: "i"
    case .activation: "a"
    case .mask: "m"
    case .winners: "x"
    case .logits: "l"
    case .error: "e"
    case .gradient: "g"
    case .weights: "w"
    case .bias: "b"
    case .residual: "r"
    case .velocity: "v"
    case .carriedScale: "c"
    case .workspace: "k"
    case .state: "s"
    case .table: "t"
    }
  }

  private func paint(_ text: String, _ role: TrainingGraph.Role?) -> String {
    guard hasColours, let role, let place = TrainingGraph.Role.allCases.firstIndex(of: role) else { return text }
    // The six hues of a terminal that are neither black nor white, then the same in bright.
    return "\u{1B}[\((place < 6 ? 31 : 91) + place % 6)m\(text)\u{1B}[0m"
  }
}
