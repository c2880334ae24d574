import ArgumentParser
import PipelineModel
import PipelineText

/// Shows what a pipeline file may say.
struct StagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stages",
    abstract: "Shows the stages of pipeline files with their arguments, units and defaults.",
    discussion: """
      EXAMPLES:
        martlet stages
        martlet stages Train Conv1D
        martlet stages --json

      Without a name, all stages with a sentence each. What is shown is what 'martlet check' goes by.
      """)

  @ArgumentParser.Argument(help: "Stages, such as Train or Window. (default: a list of all)", completion: .stageName)
  var names: [String] = []

  @Flag(help: "Print the stages as JSON.")
  var json = false

  private struct Report: Encodable {
    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    var stages: [StageReference]
  }

  func run() throws {
    let all = StageReference.pipeline.all()
    guard !names.isEmpty else {
      return try StandardOutput.write(json ? ReportJSON.text(Report(stages: [.pipeline])) : Self.list(all))
    }
    var found: [(path: [String], stage: StageReference)] = []
    for name in names {
      let key = name.lowercased()
      let matching = all.filter { $0.stage.name.lowercased() == key }
      guard !matching.isEmpty else {
        let known = all.map(\.stage.name).uniqued()
        let hint = nearestName(to: name, in: known).map { "did you mean '\($0)'?" }
        throw Failure(ExitStatus.usage, "no stage '\(name)'; \(hint ?? "martlet stages lists all that there are")")
      }
      found += matching
    }
    if json { return try StandardOutput.write(ReportJSON.text(Report(stages: found.map(\.stage)))) }
    let columns = min(Terminal.standardOutput.windowColumns ?? 100, 120)
    try StandardOutput.write(
      found.map {
        ($0.path.isEmpty ? "" : "in \($0.path.joined(separator: ", ")):\n") + $0.stage.text(columns: columns)
      }
      .joined(separator: "\n\n"))
  }

  /// A line a stage, each moved in below the one that holds it.
  private static func list(_ all: [(path: [String], stage: StageReference)]) -> String {
    let names = all.map { String(repeating: "  ", count: $0.path.count) + $0.stage.name }
    let width = names.map(\.count).max() ?? 0
    return zip(names, all).map { name, entry in
      name + String(repeating: " ", count: width - name.count + 2) + entry.stage.summary
    }.joined(separator: "\n")
  }
}
