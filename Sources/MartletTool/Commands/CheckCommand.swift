import ArgumentParser

/// Finds the mistakes of pipeline files without reading any data.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Finds the mistakes in pipeline files without reading any data.",
    discussion: """
      EXAMPLES:
        martlet check Pipelines/*.swift
        martlet check walk.swift --set train.epochs=3
        martlet check walk.swift --json

      All mistakes are shown at once, each with its line and what to do. A file of weights that Pretrain(from:) names is \
      looked at if it is there. Exit status 78 if there is any.
      """)

  @Argument(help: "Pipeline files; - is standard input.", completion: .pipelineFile)
  var files: [String]

  @OptionGroup var overrides: OverrideOptions

  @Flag(help: "Print the mistakes as JSON, with lines and columns that count from 1.")
  var json = false

  func run() throws {
    var worst: Failure?
    var report = CheckReport()
    for file in files {
      do {
        if json {
          report.files.append(try CheckReport.File(path: file, overrides: overrides.overrides))
          guard report.files.last?.isValid == true else { throw Failure(ExitStatus.invalidPipeline) }
        } else {
          _ = try LoadedPipeline(path: file, overrides: overrides.overrides, checksWeights: true)
          try StandardOutput.write("\(file): no mistakes")
        }
      } catch {
        guard let failure = Failure(error) else { throw error }
        // Standard output that cannot be written to concerns no file.
        if failure.status == ExitStatus.inputOutput { throw failure }
        for message in failure.messages { Terminal.standardError.say(message, as: .error) }
        // A file that could not be looked at weighs more than one that is wrong.
        if worst == nil || failure.status != ExitStatus.invalidPipeline { worst = Failure(failure.status) }
      }
    }
    if json { try StandardOutput.write(ReportJSON.text(report)) }
    if let worst { throw worst }
  }
}
