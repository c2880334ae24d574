import PipelineModel
import SensorLogs

/// Words for the reasons.
extension StarterDraft {
  static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// A file name as a pattern that matches it alone.
  static func escaped(_ name: String) -> String {
    name.reduce(into: "") { text, character in
      if "*?[]\\".contains(character) { text.append("\\") }
      text.append(character)
    }
  }

  static func count(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

  static func grouped(_ number: Int) -> String { PipelineExplanation.grouped(number) }

  static func text(_ value: Double) -> String { PipelineExplanation.text(value) }

  /// A length of time in the unit in which it is a number of a few digits.
  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.001: "\(text(seconds * 1e6)) us"
    case ..<1: "\(text(seconds * 1000)) ms"
    case ..<120: "\(text((seconds * 10).rounded() / 10)) s"
    case ..<7200: "\(text((seconds / 6).rounded() / 10)) min"
    default: "\(text((seconds / 360).rounded() / 10)) h"
    }
  }

  /// The units of the channels, `acc_x, acc_y, acc_z in g`.
  static func units(_ all: [Channel], _ chosen: [String]) -> String {
    let channels = all.filter { chosen.contains($0.name) }
    var groups: [(unit: String?, names: [String])] = []
    for channel in channels.prefix(12) {
      if let last = groups.last, last.unit == channel.unit {
        groups[groups.count - 1].names.append(channel.name)
      } else {
        groups.append((channel.unit, [channel.name]))
      }
    }
    let parts = groups.map { group in
      group.names.joined(separator: ", ") + (group.unit.map { " in \($0)" } ?? "")
    }
    return parts.joined(separator: "; ") + (channels.count > 12 ? " and \(channels.count - 12) more" : "")
  }
}
