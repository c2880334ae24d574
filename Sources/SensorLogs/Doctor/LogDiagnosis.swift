/// What a look at all of a recording found.
public struct LogDiagnosis: Sendable, Hashable, Codable {
  public var path: String
  public var format: LogFormat

  /// How the file as a whole is compressed.
  public var compression: LogCompression
  public var storedBytes = 0

  /// Frames of the recording, or of the topic that gives frames.
  public var frames = 0

  /// Messages of an MCAP recording; nil in other formats.
  public var messages: Int?

  /// Errors first, then warnings, then notes, each in the order found; the first of each kind.
  public var problems: [LogProblem] = []

  /// How many of each kind there are, and how many of them are not in ``problems``.
  public var countsByCode: [String: Int] = [:]
  public var unlisted: [String: Int] = [:]
  public var errors = 0
  public var warnings = 0
  public var notes = 0

  init(path: String, format: LogFormat, compression: LogCompression = .none) {
    self.path = path
    self.format = format
    self.compression = compression
  }

  /// Whether nothing is lost and no rule is broken.
  public func isClean(strict: Bool) -> Bool { errors == 0 && (!strict || warnings == 0) }

  mutating func take(_ list: ProblemList) {
    problems = LogProblem.Severity.allCases.flatMap { severity in list.kept.filter { $0.severity == severity } }
    countsByCode = list.countsByCode
    unlisted = list.unlisted
    errors = list.countsBySeverity[.error, default: 0]
    warnings = list.countsBySeverity[.warning, default: 0]
    notes = list.countsBySeverity[.note, default: 0]
  }
}

extension LogDiagnosis {
  /// For a terminal or a file: what was looked at, the problems, how many.
  public var text: String {
    var lines = [heading]
    var advised: Set<String> = []
    for problem in problems {
      lines.append("  \(Self.padded(problem.severity.rawValue, 8))\(problem.place)\(problem.finding)")
      // Said once for each kind.
      if let advice = problem.advice, advised.insert(advice).inserted { lines.append("          -> \(advice)") }
    }
    for (code, count) in unlisted.sorted(by: { $0.key < $1.key }) {
      lines.append("  and \(count) more of '\(code)'")
    }
    let parts = [(errors, "error"), (warnings, "warning"), (notes, "note")].filter { $0.0 > 0 }
    let total = parts.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
    lines.append(total.isEmpty ? "  nothing wrong was found" : "  \(total)")
    return lines.joined(separator: "\n")
  }

  private var heading: String {
    let packing = compression == .none ? "" : ", \(compression.rawValue)"
    let content = messages.map { "\($0) messages, " } ?? ""
    return "\(path.printable): \(format.rawValue)\(packing), \(storedBytes) bytes, \(content)\(frames) frames"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}

extension LogProblem {
  /// Where it is, with a colon behind it; empty where it is about the whole.
  public var place: String {
    var parts: [String] = []
    if let file { parts.append(file.printable) }
    if let byteOffset { parts.append("byte \(byteOffset)") }
    if let line { parts.append("line \(line)") }
    if let record { parts.append(byteOffset == nil ? "frame \(record)" : "record \(record)") }
    if let time, byteOffset == nil {
      var text: [UInt8] = []
      DecimalText.addSeconds(time, to: &text)
      parts.append(String(decoding: text, as: UTF8.self) + " s")
    }
    return parts.isEmpty ? "" : parts.joined(separator: ", ") + ": "
  }
}
