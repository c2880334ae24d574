import PipelineRunner
import PipelineText
import SensorLogs

extension StarterPipeline {
  /// The pipeline file, each reason as a comment before its stage.
  var commentedText: String {
    var left = reasons
    var lines: [String] = []
    for line in pipeline.source().split(separator: "\n", omittingEmptySubsequences: false) {
      let code = line.drop { $0 == " " }
      if code.hasPrefix("let ") {
        lines.append("/// Adapts an int8 network to what it has not seen, within the bytes of a small device.")
        lines.append("///")
        lines.append("/// Proposed by 'martlet init' from the recordings; every line is yours to change.")
      }
      let stage = code.prefix { $0.isLetter || $0.isNumber }
      if let place = left.firstIndex(where: { $0.stage == stage }),
        code.dropFirst(stage.count).first.map({ "( ".contains($0) }) == true
      {
        let indent = String(repeating: " ", count: line.count - code.count)
        lines += Self.wrapped(left[place].text, columns: 116 - indent.count).map { "\(indent)// \($0)" }
        left.remove(at: place)
      }
      lines.append(String(line))
    }
    return lines.joined(separator: "\n")
  }

  /// The stages and their reasons in two columns.
  var summary: String {
    let width = reasons.map(\.stage.count).max() ?? 0
    let rows = reasons.map { reason in
      reason.stage + String(repeating: " ", count: width - reason.stage.count + 2) + reason.text
    }
    return rows.joined(separator: "\n")
  }

  private static func wrapped(_ text: String, columns: Int) -> [String] {
    var lines = [""]
    // Names may hold anything, a line break too.
    for word in text.printable.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= columns {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    guard let first = lines[0].first else { return lines }
    lines[0] = first.uppercased() + lines[0].dropFirst()
    lines[lines.count - 1] += lines[lines.count - 1].hasSuffix(".") ? "" : "."
    return lines
  }
}
