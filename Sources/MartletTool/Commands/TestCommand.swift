import ArgumentParser
import PipelineRunner

/// Runs the tests that stand in pipeline files.
struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Runs the tests that stand in pipeline files.",
    discussion: """
      EXAMPLES:
        martlet test Pipelines/*.swift
        martlet test wrist.swift --filter gap
        martlet test wrist.swift --update
        martlet test Pipelines/*.swift --junit tests.xml

      A test stands among the stages of a pipeline, Test("a gap ends a window") { Feed(…); Expect(…) }, and martlet \
      stages Feed Expect tells what it may say. What is fed goes through the stages that recordings go through; nothing is trained. Golden files, \
      Expect(golden: "gap.golden.json"), stand beside the pipeline file, and --update writes those that differ. Exit \
      status 4 if a test fails.
      """)

  @Argument(help: "Pipeline files; - is standard input.")
  var files: [String]

  @Option(help: ArgumentHelp("Run only tests whose names hold this, whatever the case.", valueName: "text"))
  var filter: String?

  @Flag(help: "Write the golden files anew, where they differ from what is found.")
  var update = false

  @Option(help: ArgumentHelp("Write the results as JUnit XML to a file.", valueName: "file"))
  var junit: String?

  @Flag(help: "Replace the file of --junit if it exists.")
  var force = false

  @Flag(help: "Print the results as JSON.")
  var json = false

  func run() throws {
    if let junit { try OutputPlace.checkFile(junit, force: force) }
    Interruption.watch()
    var report = TestReport()
    var failure: Failure?
    for file in files {
      do {
        try test(file, into: &report)
      } catch {
        guard let found = Failure(error) else { throw error }
        // Nothing more can be said, or is wanted.
        if [ExitStatus.inputOutput, ExitStatus.cannotCreateOutput].contains(found.status) || found.status > 128 {
          throw found
        }
        for message in found.messages { Terminal.standardError.say(message, as: .error) }
        report.add(broken: file, mistakes(of: file) + found.messages)
        failure = failure ?? Failure(found.status)
      }
    }
    if json {
      try StandardOutput.write(ReportJSON.text(report))
    } else if !report.tests.isEmpty || failure == nil {
      try StandardOutput.write(report.summary(filter: filter))
    }
    if let junit { try OutputPlace.write(report.junit.utf8, to: junit) }
    if let failure { throw failure }
    if report.failed > 0 { throw Failure(ExitStatus.testFailed) }
    if let filter, report.tests.isEmpty {
      throw Failure(ExitStatus.usage, "no test has '\(filter)' in its name; without --filter all tests run")
    }
  }

  /// As they were shown on standard error, for reports that are read elsewhere; standard input cannot be read again.
  private func mistakes(of file: String) -> [String] {
    guard file != "-", let read = try? LoadedPipeline.read(path: file, overrides: [], isFinal: false) else { return [] }
    let text = read.0.rendered
    return text.isEmpty ? [] : [text]
  }

  private func test(_ file: String, into report: inout TestReport) throws {
    let loaded = try LoadedPipeline(path: file, overrides: [], isFinal: false)
    let tester = PipelineTester(
      loaded.checked, folder: file == "-" ? "" : OutputPlace.folder(of: file),
      observer: RunObserver(isCancelled: { Interruption.isRequested }))
    tester.updatesGoldenFiles = update
    let results = try tester.run(filter: filter)
    if !json {
      let hasTests = !loaded.checked.pipeline.tests.isEmpty
      try StandardOutput.write(TestReport.text(results, of: file, loaded, hasTests: hasTests))
    }
    report.add(results, of: file, loaded)
  }
}
