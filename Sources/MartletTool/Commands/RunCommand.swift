import ArgumentParser
import Foundation
import PipelineRunner
import Reports

/// Runs a pipeline and leaves a run directory.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a pipeline: reads, pretrains, quantises, adapts, evaluates, reports.",
    discussion: """
      EXAMPLES:
        martlet run Pipelines/wrist-exercises.swift
        martlet run Pipelines/wrist-exercises.swift --set train.epochs=3
        martlet run walk.swift --sweep train.epochs=1,3 --sweep seed=1,2 --jobs 2
        martlet run walk.swift --output runs/walk --resume

      Paths in a pipeline count from the current folder. The run directory holds metrics.json, run.json, \
      network.safetensors, model.martlet, int8.safetensors, the pipeline, and the report; where the pipeline searches, also search.json and search.jsonl.

      What each stage brings is kept in a cache and taken from there while the arguments, recordings and stages that it \
      follows from stay the same; martlet status tells which would run. So after an interruption the same command goes on \
      behind the last stage, and the last subject, that came to an end; --resume writes into the same --output folder \
      and also goes on in the midst of a search.

      --sweep runs every combination of values, each into a folder of its own within the --output folder \
      (runs/<pipeline>-sweep-<n>), with what they have in common done once, and puts them side by side as martlet compare \
      does. Exit status 3 means that the run is complete but data were lost on the \
      way.
      """)

  @Argument(help: "A pipeline file; - is standard input.", completion: .pipelineFile)
  var file: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The run directory. (default: runs/<pipeline>-<n>, the first n that is free)", valueName: "dir"),
    completion: .directory)
  var output: String?

  @OptionGroup var overrides: OverrideOptions

  @Option(help: "Replace the pipeline's seed, from which everything drawn at random follows; 0 to 2^53.")
  var seed: Int?

  @Option(help: "Threads at most; they change the time, not the result; 1 to 1024. (default: one for each processor)")
  var threads: Int?

  @Flag(help: "Print the figures of metrics.json, or with --sweep of sweep.json, in place of the summary.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @Flag(help: "Write into a run directory that is not empty.")
  var force = false

  @Flag(help: "Go on with the run that was interrupted in the --output folder.")
  var resume = false

  @OptionGroup var caching: CacheUseOptions

  @Option(
    name: .customLong("sweep"), parsing: .singleValue,
    help: ArgumentHelp(
      "Run with each of these values; several sweeps give every combination.", valueName: "stage.argument=v1,v2"),
    completion: .override)
  var sweeps: [String] = []

  @Option(help: "With --sweep: runs at the same time, 1 to 256. (default: 1)")
  var jobs: Int?

  func validate() throws {
    try Limits.check(threads, of: "--threads", within: 1...1024)
    try Limits.check(jobs, of: "--jobs", within: 1...256)
    if jobs != nil && sweeps.isEmpty { throw ValidationError("--jobs is about the runs of a --sweep") }
    try Limits.check(seed, of: "--seed", within: 0...9_007_199_254_740_992)
    if resume && output == nil { throw ValidationError("--resume needs the --output folder of the interrupted run") }
    if output?.isEmpty == true { throw ValidationError("--output takes the name of a folder") }
  }

  func run() throws {
    let pipeline = try LoadedPipeline(
      path: file, overrides: overrides.overrides + (seed.map { ["seed=\($0)"] } ?? []), isFinal: sweeps.isEmpty,
      checksWeights: true)
    guard sweeps.isEmpty else { return try sweep(pipeline) }
    let directory = output ?? OutputPlace.nextRunDirectory(for: pipeline.checked.name)
    if resume && caching.noCache && pipeline.checked.search == nil {
      throw Failure(ExitStatus.usage, "\(file): a run without a search goes on from the cache; leave out --no-cache")
    }
    try OutputPlace.checkRunDirectory(directory, force: force || resume)
    // A search knows by itself with what it was begun.
    if resume && !force && pipeline.checked.search == nil {
      try OutputPlace.checkResumed(directory, source: pipeline.source)
    }
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet)
    var run = PipelineRun(
      pipeline.checked, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, observer: reporter.observer())
    run.cache = try caching.cache()
    let outcome: RunOutcome
    if pipeline.checked.search == nil {
      defer { reporter.finish() }
      outcome = try interruptibly { () throws(RunError) in try run.run() }
    } else {
      let kept = KeptSearch(directory: directory, resumes: resume)
      run.searchPlace = kept.place
      outcome = try kept.keeping { () throws(RunError) in
        defer { reporter.finish() }
        return try run.run()
      }
    }
    if Interruption.isRequested { throw Interruption.failure }
    let written = try write(outcome, of: run, source: pipeline.source, to: directory)
    if json {
      try StandardOutput.write(ReportJSON.text(Report(runDirectory: directory, metrics: written.metrics)))
    } else {
      try StandardOutput.write(written.terminalSummary.joined(separator: "\n"))
      try StandardOutput.write("\nrun directory: \(directory)")
    }
    try LossReport.tell(outcome.ingest)
  }

  private struct Report: Encodable {
    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    var runDirectory: String
    var metrics: RunMetrics
  }

  /// An interrupted run says from where the next one goes on.
  private func interruptibly(_ work: () throws(RunError) -> RunOutcome) throws -> RunOutcome {
    do {
      return try work()
    } catch {
      guard error.exitStatus == Interruption.runErrorStatus, !caching.noCache else { throw error }
      throw Failure(
        Interruption.failure.status,
        "interrupted; what came to its end is in the cache, from where the same command goes on")
    }
  }

  private func sweep(_ pipeline: LoadedPipeline) throws {
    let grid = try SweepGrid(
      sweeps, of: pipeline.checked.pipeline, overrides: overrides.overrides + (seed == nil ? [] : ["seed="]))
    let directory = output ?? OutputPlace.nextRunDirectory(for: "\(pipeline.checked.name)-sweep")
    try OutputPlace.checkRunDirectory(directory, force: force || resume)
    Interruption.watch()
    try SweepRunner(
      grid: grid, directory: directory, jobs: jobs ?? 1,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, cache: try caching.cache(),
      reporter: ProgressReporter(isQuiet: quiet), printsJSON: json
    ).run()
  }

  /// Leaves nothing behind if it fails half way in a folder that was not there before.
  private func write(
    _ outcome: RunOutcome, of run: PipelineRun, source: String, to directory: String
  ) throws(RunError) -> RunDirectory {
    let wasThere = OutputPlace.exists(directory)
    do {
      var silent = run
      silent.observer = RunObserver()
      return try RunDirectory.write(outcome, of: silent, source: source, to: directory)
    } catch {
      if !wasThere { try? FileManager.default.removeItem(atPath: directory) }
      throw error
    }
  }
}
