import ArgumentParser
import Foundation
import PipelineModel
import PipelineRunner
import PipelineText

/// Searches for the tensors that training should update.
struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Finds the update scheme that buys the best accuracy for a budget of bytes.",
    discussion: """
      EXAMPLES:
        martlet search Pipelines/wrist-exercises.swift --budget 24KiB
        martlet search walk.swift --budget 64KiB --budget 42KiB --evaluations 50
        martlet search walk.swift --output runs/walk-search --resume

      Training subjects who are left out of a pretraining of their own play newcomers; the subjects of the test play \
      no part. A pipeline with Update in place of Search is searched with defaults: every fourth training subject \
      validates, or where the last part of everybody is held out, the last part of what is left. The answer is printed as a line to paste into the pipeline. The folder holds search.json with \
      everything that was measured, and search.jsonl, from which --resume goes on after an interruption.
      """)

  @ArgumentParser.Argument(help: "A pipeline file; - is standard input.", completion: .pipelineFile)
  var file: String

  @OptionGroup var options: SearchOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The folder of the search. (default: runs/<pipeline>-search-<n>, the first n that is free)", valueName: "dir"),
    completion: .directory)
  var output: String?

  @OptionGroup var overrides: OverrideOptions

  @Option(help: "Threads at most; they change the time, not the result; 1 to 1024. (default: one for each processor)")
  var threads: Int?

  @Flag(help: "Print search.json in place of the tables.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @Flag(help: "Write into a folder that is not empty.")
  var force = false

  @Flag(help: "Go on with the search that was interrupted in the --output folder.")
  var resume = false

  func validate() throws {
    try Limits.check(threads, of: "--threads", within: 1...1024)
    if resume && output == nil { throw ValidationError("--resume needs the --output folder of the interrupted search") }
    if output?.isEmpty == true { throw ValidationError("--output takes the name of a folder") }
  }

  func run() throws {
    let loaded = try LoadedPipeline(path: file, overrides: overrides.overrides, isFinal: false)
    let pipeline = try searched(loaded.checked.pipeline)
    let checked = try pipeline.checked()
    let directory = output ?? OutputPlace.nextRunDirectory(for: "\(checked.name)-search")
    try OutputPlace.checkRunDirectory(directory, force: force || resume)
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet)
    let kept = KeptSearch(directory: directory, resumes: resume)
    var run = PipelineRun(
      checked, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, observer: reporter.observer())
    run.searchPlace = kept.place
    let search = PipelineSearch(run, budgets: options.budgetBytes)
    let outcome = try kept.keeping { () throws(RunError) in
      defer { reporter.finish() }
      return try search.search()
    }
    try outcome.write(to: directory)
    try OutputPlace.write(pipeline.source().utf8, to: "\(directory)/pipeline.swift")
    if json {
      try StandardOutput.write(String(decoding: try outcome.json(), as: UTF8.self))
    } else {
      try StandardOutput.write(SearchTable(outcome).text)
      try StandardOutput.write("\nsearch directory: \(directory)")
    }
    try LossReport.tell(outcome.ingest)
  }

  /// The pipeline with the search that was asked for in place of its `Update` or `Search`.
  private func searched(_ pipeline: Pipeline) throws(Failure) -> Pipeline {
    let stage = PipelineStage.search(options.applied(to: pipeline.search ?? Search()))
    var pipeline = pipeline
    let index = pipeline.stages.firstIndex { present in
      switch present {
      case .update, .search: true
      default: false
      }
    }
    guard let index else {
      throw Failure(
        ExitStatus.invalidPipeline,
        "\(file): the pipeline does not train in an arena; give it the stages Quantize, Search and Train")
    }
    pipeline.stages[index] = stage
    return pipeline
  }
}
