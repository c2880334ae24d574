extension StageReference {
  /// For a terminal: the stage as it might be written, what it is for, its arguments, and what it holds.
  ///
  /// - Parameter columns: The width to keep to where words allow it.
  public func text(columns: Int = 100) -> String {
    var lines = [example]
    lines += wrapped(summary, indent: 2, columns: columns)
    if let flow { lines += wrapped(flow, indent: 2, columns: columns) }
    for argument in arguments { lines += [""] + Self.lines(argument, indent: 2, columns: columns) }
    if !stages.isEmpty {
      let width = stages.map(\.name.count).max() ?? 0
      lines += ["", "  in its braces"]
      for stage in stages {
        let name = stage.name + String(repeating: " ", count: width - stage.name.count + 2)
        let rest = wrapped(stage.summary, indent: 4 + name.count, columns: columns)
        lines.append("    " + name + (rest.first ?? "").drop { $0 == " " })
        lines += rest.dropFirst()
      }
    }
    return lines.joined(separator: "\n")
  }

  /// `takes frames, gives windows`; nil where nothing flows.
  var flow: String? {
    let parts = [("takes", takes), ("gives", gives)].filter { !$0.1.isEmpty }
    guard !parts.isEmpty else { return nil }
    return parts.map { "\($0.0) \($0.1.joined(separator: " and "))" }.joined(separator: ", ")
  }

  private static func lines(_ argument: ArgumentReference, indent: Int, columns: Int) -> [String] {
    let head = String(repeating: " ", count: indent) + argument.title + "  " + argument.facts
    var lines = [head] + wrapped(argument.summary, indent: indent + 4, columns: columns)
    for member in argument.members {
      lines.append(String(repeating: " ", count: indent + 4) + member.signature)
      lines += wrapped(member.summary, indent: indent + 8, columns: columns)
      for inner in member.arguments { lines += Self.lines(inner, indent: indent + 8, columns: columns) }
    }
    return lines
  }
}

extension ArgumentReference {
  /// `kernel:`, or the name alone where no label is written.
  var title: String { label.map { "\($0):" } ?? name }

  /// `a whole number from 1 to 64, samples; 5 if left out`.
  var facts: String {
    let end = defaultValue.map { $0 == "nil" ? "may be left out" : "\($0) if left out" } ?? "must be written"
    return values + (unit.map { ", \($0)" } ?? "") + "; " + end
  }
}

/// The words on lines that are no wider than they must be.
private func wrapped(_ text: String, indent: Int, columns: Int) -> [String] {
  let space = String(repeating: " ", count: indent)
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + 1 + word.count <= columns {
      lines[lines.count - 1] += " \(word)"
    } else {
      lines.append(space + word)
    }
  }
  return lines
}
