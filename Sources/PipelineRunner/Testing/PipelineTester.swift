public import Foundation
public import PipelineModel
import SensorLogs

/// An expectation that does not hold.
public struct TestFailure: Sendable, Hashable {
  /// What of the pipeline expects it.
  public var path: PipelinePath
  /// As one sentence without a full stop: what was expected, and what was found.
  public var message: String
  /// What helps to understand it.
  public var hint: String?

  public init(path: PipelinePath, message: String, hint: String? = nil) {
    self.path = path
    self.message = message
    self.hint = hint
  }
}

/// What became of one test.
public struct TestResult: Sendable, Hashable {
  public var name: String
  /// Of the test in its pipeline.
  public var path: PipelinePath
  /// Empty where the test passed.
  public var failures: [TestFailure]
  public var seconds: Double
  /// Golden files written.
  public var written: [String]

  public var isPassed: Bool { failures.isEmpty }
}

/// Runs the tests that stand in a pipeline, through the stages that a run takes.
///
/// Nothing is trained and no recording of the pipeline's own is read, so a test takes milliseconds.
public final class PipelineTester {
  public let pipeline: CheckedPipeline
  /// Of the pipeline file; golden files and files to feed are looked for from there. Empty: the current folder.
  public let folder: String
  /// Whether golden files are written anew.
  public var updatesGoldenFiles = false
  public var environment: [String: String]
  public var observer: RunObserver
  /// Made once for each number of channels.
  private var explanations: [Int?: Result<PipelineExplanation, RunError>] = [:]

  public init(
    _ pipeline: CheckedPipeline, folder: String = "",
    environment: [String: String] = ProcessInfo.processInfo.environment, observer: RunObserver = RunObserver()
  ) {
    self.pipeline = pipeline
    self.folder = folder
    self.environment = environment
    self.observer = observer
  }

  /// All tests in order.
  ///
  /// - Parameter filter: Only those whose names hold this, whatever the case of its letters.
  public func run(filter: String? = nil) throws(RunError) -> [TestResult] {
    var results: [TestResult] = []
    for (test, path) in pipeline.pipeline.tests {
      if let filter, !test.name.lowercased().contains(filter.lowercased()) { continue }
      if observer.isCancelled() { throw .cancelled }
      results.append(try run(test, at: path))
    }
    return results
  }

  private func run(_ test: Test, at path: PipelinePath) throws(RunError) -> TestResult {
    let start = ContinuousClock.now
    var result = TestResult(name: test.name, path: path, failures: [], seconds: 0, written: [])
    try checkData(test, at: path, &result)
    checkModel(test, at: path, &result)
    // In the order of the file, whatever the order in which they were looked at.
    result.failures = result.failures.enumerated().sorted {
      (Self.line($0.element.path), $0.offset) < (Self.line($1.element.path), $1.offset)
    }.map(\.element)
    let duration = start.duration(to: .now).components
    result.seconds = Double(duration.seconds) + Double(duration.attoseconds) / 1e18
    return result
  }

  private static func line(_ path: PipelinePath) -> Int {
    if path.steps.count > 1, case .child(let index) = path.steps[1] { index } else { -1 }
  }

  // MARK: What was fed

  private func checkData(_ test: Test, at path: PipelinePath, _ result: inout TestResult) throws(RunError) {
    let feeds = test.feeds
    guard !feeds.isEmpty else { return }
    let looking = test.expectations.filter { !$0.expect.dataArguments.isEmpty || $0.expect.error != nil }
    let ingest = pipeline.ingest.written
    let places = Set(looking.compactMap { ingest.place(behind: $0.expect.stage) })
    let ingestion = FedIngestion(
      pipeline: pipeline, feeds: feeds.map(\.feed), folder: folder, environment: environment, observer: observer)
    let outcome: FedOutcome
    do throws(RunError) {
      outcome = try ingestion.run(places)
    } catch {
      if error.exitStatus == 130 { throw error }
      return compare(error.description, with: looking, of: test, at: path, &result)
    }
    for (index, expect) in looking {
      let here = path.child(index)
      if let error = expect.error {
        result.failures.append(
          TestFailure(
            path: here.parameter("error"), message: "expected an error with \"\(error)\", found none"))
      }
      guard let place = ingest.place(behind: expect.stage) else { continue }
      var checker = ExpectationChecker(expect, at: here)
      checker.check(outcome, at: place)
      result.failures += checker.failures
      if let golden = expect.golden {
        let found = Observation(outcome, at: place, subject: expect.subject).selected(by: expect)
        try check(golden, against: found, tolerance: expect.tolerance, at: here, &result)
      }
    }
  }

  /// The recordings were refused.
  private func compare(
    _ sentence: String, with expectations: [(index: Int, expect: Expect)], of test: Test, at path: PipelinePath,
    _ result: inout TestResult
  ) {
    let expected = expectations.filter { $0.expect.error != nil }
    if expected.isEmpty {
      // Once is enough: no other expectation can hold.
      let place = test.feeds.first.map { path.child($0.index) } ?? path
      result.failures.append(TestFailure(path: place, message: "what is fed is refused: \(sentence)"))
    }
    for (index, expect) in expected {
      guard let error = expect.error, !sentence.contains(error) else { continue }
      result.failures.append(
        TestFailure(
          path: path.child(index).parameter("error"),
          message: "expected an error with \"\(error)\", found: \(sentence)"))
    }
  }

  // MARK: Golden files

  private func check(
    _ name: String, against found: Observation, tolerance: Double, at path: PipelinePath, _ result: inout TestResult
  ) throws(RunError) {
    let place = path.parameter("golden")
    func fail(_ message: String, _ hint: String? = nil) {
      result.failures.append(TestFailure(path: place, message: message, hint: hint))
    }
    let file = folder.isEmpty ? name : folder + "/" + name
    guard found.values.count <= GoldenFile.valueLimit else {
      return fail(
        "expected at most \(GoldenFile.valueLimit) values in a golden file, found \(found.values.count)",
        "choose a window:, a channel: or a span by from: and to:")
    }
    let now = GoldenFile(found)
    let text = Self.text(ofFile: file)
    if updatesGoldenFiles {
      let new = now.text(named: name)
      if text == new { return }
      if FileManager.default.fileExists(atPath: file), text.flatMap({ GoldenFile($0, named: name) }) == nil {
        throw .cannotWrite(path: file, reason: "it exists and is no golden file; choose another name, or remove it")
      }
      do {
        try Data(new.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
      } catch {
        throw .cannotWrite(path: file, reason: error.localizedDescription)
      }
      result.written.append(file)
      return
    }
    guard let text else {
      return fail("expected what \(file) holds, and there is no such file", "martlet test --update writes it")
    }
    guard let before = GoldenFile(text, named: name) else {
      return fail("expected what \(file) holds, and it is no golden file", "martlet test --update writes one")
    }
    if let difference = before.difference(to: now, tolerance: tolerance) {
      fail("\(name) \(difference)", "martlet test --update takes what was found")
    }
  }

  private static func text(ofFile path: String) -> String? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let data = try? file.read(upToCount: GoldenFile.byteLimit), let text = String(data: data, encoding: .utf8)
    else { return nil }
    return text
  }

  // MARK: Model

  private func checkModel(_ test: Test, at path: PipelinePath, _ result: inout TestResult) {
    for (index, expect) in test.expectations {
      guard let argument = expect.modelArguments.first else { continue }
      let here = path.child(index)
      do throws(RunError) {
        var checker = ExpectationChecker(expect, at: here)
        checker.check(try explanation(of: test))
        result.failures += checker.failures
      } catch {
        result.failures.append(
          TestFailure(path: here.parameter(expect.arena == nil ? argument : "arena"), message: error.description))
      }
    }
  }

  private func explanation(of test: Test) throws(RunError) -> PipelineExplanation {
    let ingest = pipeline.ingest.written
    let feed = test.feeds.first { $0.feed.file == nil && $0.feed.entry(in: ingest) == .read }?.feed
    let known = ingest.reads.contains { $0.channels != nil }
    let channels = known ? nil : feed?.channelNames(in: ingest)?.count
    if let made = explanations[channels] { return try made.get() }
    let made = Result { () throws(RunError) in
      try PipelineExplanation(pipeline, channels: channels, environment: environment)
    }
    explanations[channels] = made
    return try made.get()
  }
}
