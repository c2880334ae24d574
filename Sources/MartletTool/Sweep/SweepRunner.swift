import Foundation
import PipelineRunner
import Synchronization

/// Runs every point of a grid, some at a time, each into a folder of its own.
struct SweepRunner {
  let grid: SweepGrid
  let directory: String
  let jobs: Int
  let threads: Int
  let cache: ResultCache?
  let reporter: ProgressReporter
  let printsJSON: Bool

  private struct Report: Encodable {
    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    var sweepDirectory: String
    var comparison: RunComparison
  }

  private struct State {
    var next = 0
    var finished = 0
    /// Points that came to their end.
    var whole: [Int] = []
    var failures: [Int: Failure] = [:]
    /// Where data were lost; what of it has been said.
    var losses: Set<String> = []
    var lossy: [IngestSummary] = []
  }

  /// Runs all, and puts those that came to an end side by side.
  ///
  /// - Throws: after that, if a run failed or lost data.
  func run() throws {
    let state = Mutex(State())
    report(0)
    let group = DispatchGroup()
    for _ in 0..<min(jobs, grid.points.count) {
      group.enter()
      let thread = Thread {
        work(state)
        group.leave()
      }
      thread.name = "martlet sweep"
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    reporter.finish()
    let ended = state.withLock { state in (failures: state.failures, lossy: state.lossy) }
    let whole = state.withLock { $0.whole }.sorted()
    if Interruption.isRequested {
      throw Failure(
        Interruption.failure.status,
        "interrupted; \(whole.count) of \(Readable.count(grid.points.count, "run")) came to an end in '\(directory)'; "
          + "the same command with --output '\(directory)' --resume goes on")
    }
    if !whole.isEmpty { try tell(whole) }
    for (index, failure) in ended.failures.sorted(by: { $0.key < $1.key }) {
      for message in failure.messages {
        Terminal.standardError.say("\(grid.points[index].name): \(message)", as: .error)
      }
    }
    if let first = ended.failures.min(by: { $0.key < $1.key }) { throw Failure(first.value.status, messages: []) }
    for summary in ended.lossy { try LossReport.tell(summary) }
  }

  private func tell(_ whole: [Int]) throws {
    var finished: [FinishedRun] = []
    for index in whole { finished.append(try FinishedRun(path: path(index))) }
    let comparison = RunComparison(finished)
    try OutputPlace.write(ReportJSON.text(comparison).utf8, to: "\(directory)/sweep.json")
    if printsJSON {
      return try StandardOutput.write(ReportJSON.text(Report(sweepDirectory: directory, comparison: comparison)))
    }
    try StandardOutput.write(ComparisonTable(comparison).text)
    try StandardOutput.write("\nsweep directory: \(directory)")
  }

  private func path(_ index: Int) -> String { "\(directory)/\(grid.points[index].name)" }

  private func work(_ state: borrowing Mutex<State>) {
    while !Interruption.isRequested {
      let taken = state.withLock { state -> Int? in
        guard state.next < grid.points.count else { return nil }
        defer { state.next += 1 }
        return state.next
      }
      guard let index = taken else { return }
      let result = Result { try run(index) }
      let finished = state.withLock { state in
        state.finished += 1
        switch result {
        case .success(let summary):
          state.whole.append(index)
          if let summary, state.losses.insert(summary.losses.joined(separator: "\n")).inserted {
            state.lossy.append(summary)
          }
        case .failure(let error):
          state.failures[index] =
            Failure(error) ?? Failure(ExitStatus.internalFault, "a fault of martlet itself: \(error)")
        }
        return state.finished
      }
      report(finished)
    }
  }

  /// - Returns: What was read, if something of it was lost.
  private func run(_ index: Int) throws -> IngestSummary? {
    let point = grid.points[index]
    let observer = RunObserver(
      progress: { progress in
        guard case .cacheTrouble(let sentence) = progress else { return }
        reporter.finish()
        Terminal.standardError.say(sentence, as: .warning)
      }, isCancelled: { Interruption.isRequested })
    var run = PipelineRun(point.pipeline, threads: max(1, threads / jobs), observer: observer)
    run.cache = cache
    let outcome = try run.run()
    _ = try RunDirectory.write(outcome, of: run, source: point.source, to: path(index))
    let findings = outcome.ingest.findings
    let hasLosses = outcome.ingest.lossCount > 0 || findings.nonFiniteFrames > 0 || findings.lateFrames > 0
    return hasLosses ? outcome.ingest : nil
  }

  private func report(_ finished: Int) {
    reporter.report(
      ProgressUpdate(
        phase: "sweeping", done: Double(finished), total: Double(grid.points.count),
        detail: "\(finished) of \(Readable.count(grid.points.count, "run"))"))
  }
}
