import ArgumentParser
import PipelineRunner

/// Puts runs side by side.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Puts the figures of runs side by side, and tells what the runs did differently.",
    discussion: """
      EXAMPLES:
        martlet compare runs/wrist-exercises-1 runs/wrist-exercises-2
        martlet compare runs/wrist-exercises-* --json

      The best of each row is marked by *; differences are from the first run, of shares in points. More than \
      \(RunComparison.runsInGivenOrder) runs stand from the best to the worst by accuracy, those with the smaller arena \
      first where it is equal.
      """)

  @Argument(help: "Run directories.", completion: .directory)
  var runs: [String]

  @Flag(help: "Print all figures and differences as JSON.")
  var json = false

  func run() throws {
    var finished: [FinishedRun] = []
    for path in runs { finished.append(try FinishedRun(path: path)) }
    let comparison = RunComparison(finished)
    try StandardOutput.write(json ? ReportJSON.text(comparison) : ComparisonTable(comparison).text)
  }
}
