import ArgumentParser

/// Finds the mistakes of pipeline files without reading any data.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Finds the mistakes in pipeline files without reading any data.",
    discussion: """
      EXAMPLE: martlet check Pipelines/*.swift

      All mistakes are shown at once, each with its line and what to do. A file of weights that Pretrain(from:) names is \
      looked at if it is there. Exit status 78 if there is any.
      """)

  @Argument(help: "Pipeline files; - is standard input.")
  var files: [String]

  @OptionGroup var overrides: OverrideOptions

  func run() throws {
    var worst: Failure?
    for file in files {
      do {
        _ = try LoadedPipeline(path: file, overrides: overrides.overrides, checksWeights: true)
        try StandardOutput.write("\(file): no mistakes")
      } catch {
        guard let failure = Failure(error) else { throw error }
        // Standard output that cannot be written to concerns no file.
        if failure.status == ExitStatus.inputOutput { throw failure }
        for message in failure.messages { Terminal.standardError.say(message, as: .error) }
        // A file that could not be looked at weighs more than one that is wrong.
        if worst == nil || failure.status != ExitStatus.invalidPipeline { worst = Failure(failure.status) }
      }
    }
    if let worst { throw worst }
  }
}
