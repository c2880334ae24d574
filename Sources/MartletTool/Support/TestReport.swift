import PipelineModel
import PipelineRunner
import PipelineText
import SensorLogs

/// What became of the tests of some pipeline files.
struct TestReport: Encodable {
  struct Failed: Encodable {
    var message: String
    var hint: String?
    var line: Int
    var column: Int
  }

  struct Test: Encodable {
    var file: String
    var name: String
    var isPassed: Bool
    var seconds: Double
    var line: Int
    var failures: [Failed]
    var goldenFilesWritten: [String]
    /// As the terminal shows the failures.
    var text: String

    private enum CodingKeys: String, CodingKey {
      case file, name, isPassed = "passed", seconds, line, failures, goldenFilesWritten
    }
  }

  /// A file whose tests could not be run.
  struct Broken: Encodable {
    var file: String
    var messages: [String]
  }

  /// Grows when a key changes its meaning or goes away.
  let schemaVersion = 1
  private(set) var files: [String] = []
  private(set) var broken: [Broken] = []
  private(set) var tests: [Test] = []
  private(set) var passed = 0
  private(set) var failed = 0
  private(set) var seconds = 0.0

  mutating func add(_ results: [TestResult], of file: String, _ loaded: LoadedPipeline) {
    files.append(file)
    for result in results {
      let failures = result.failures.map { failure in
        let place = loaded.file.position(of: failure.path)
        return Failed(message: failure.message, hint: failure.hint, line: place.line, column: place.column)
      }
      tests.append(
        Test(
          file: file, name: result.name, isPassed: result.isPassed, seconds: result.seconds,
          line: loaded.file.position(of: result.path).line, failures: failures, goldenFilesWritten: result.written,
          text: Self.diagnostics(result, loaded)))
      seconds += result.seconds
      if result.isPassed { passed += 1 } else { failed += 1 }
    }
  }

  mutating func add(broken file: String, _ messages: [String]) {
    files.append(file)
    broken.append(Broken(file: file, messages: messages))
  }

  private static func diagnostics(_ result: TestResult, _ loaded: LoadedPipeline) -> String {
    loaded.file.rendered(
      result.failures.map { loaded.file.diagnostic($0.message, suggestion: $0.hint, at: $0.path) })
  }

  // MARK: Text

  /// A line a test, and under it what did not hold.
  static func text(_ results: [TestResult], of file: String, _ loaded: LoadedPipeline, hasTests: Bool) -> String {
    guard hasTests else { return "\(file): no tests" }
    if results.isEmpty { return "\(file): no test of that name" }
    var text = "\(file)\n"
    for result in results {
      let mark = result.isPassed ? Terminal.standardOutput.good("✓") : Terminal.standardOutput.bad("✗")
      text += "  \(mark) \(result.name.printable)  \(milliseconds(result.seconds))\n"
      for path in result.written { text += "    wrote \(path)\n" }
      text += diagnostics(result, loaded).split(separator: "\n").map { "    \($0)\n" }.joined()
    }
    return text
  }

  func summary(filter: String?) -> String {
    if tests.isEmpty { return filter == nil ? "no tests" : "no tests of that name" }
    let places = files.count == 1 ? "" : " in \(files.count) files"
    let bad = failed == 0 ? "" : ", " + Terminal.standardOutput.bad("\(failed) failed")
    return "\(passed) passed\(bad)\(places), \(Self.milliseconds(seconds))"
  }

  private static func milliseconds(_ seconds: Double) -> String {
    seconds < 0.01 ? "\((seconds * 10_000).rounded() / 10) ms" : "\(Int((seconds * 1000).rounded())) ms"
  }

  // MARK: JUnit

  var junit: String {
    var report = JUnitReport()
    for file in files {
      if let broken = broken.first(where: { $0.file == file }) {
        report.add(
          file, [JUnitReport.Case(name: "the file", seconds: 0, error: broken.messages.joined(separator: "\n"))])
        continue
      }
      report.add(
        file,
        tests.filter { $0.file == file }.map { test in
          JUnitReport.Case(
            name: test.name, seconds: test.seconds,
            failure: test.failures.first.map { ($0.message, test.text) })
        })
    }
    return report.text
  }
}
