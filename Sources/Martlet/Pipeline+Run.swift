public import Foundation
public import PipelineModel
public import PipelineRunner
public import Reports
import PipelineText
import Synchronization

extension Pipeline {
  /// Everything that is wrong with the pipeline, as `martlet check` shows it: with the line of the pipeline as it would be
  /// written, a caret and a suggestion. Empty if nothing is.
  ///
  /// Reads no recording; a training step that does not fit its arena is among the mistakes.
  public var diagnosis: String { writtenFile.planned().rendered }

  /// Runs the pipeline: reads, pretrains, quantises, adapts, evaluates; takes from the cache what has not changed.
  ///
  /// Blocks until the run is over, which may take minutes.
  ///
  /// - Parameters:
  ///   - directory: Where the run directory is written, with metrics, model and report; it is made if it is missing, and
  ///     files of an earlier run in it are replaced. `nil` writes nothing.
  ///   - cache: Where results of stages are kept from run to run; `nil` computes everything anew.
  ///   - threads: At most; they change the time, not the result.
  ///   - environment: For paths that begin with `$NAME`.
  ///   - observer: Told what happens, and asked whether to stop.
  /// - Throws: `RunError`, whose description says what is wrong, where, and what to do; `.invalidPipeline` before anything
  ///   is read.
  @discardableResult
  public func run(
    writingTo directory: String? = nil, cache: ResultCache? = ResultCache(),
    threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    environment: [String: String] = ProcessInfo.processInfo.environment, observer: RunObserver = RunObserver()
  ) throws(RunError) -> CompletedRun {
    let checked: CheckedPipeline
    do {
      checked = try self.checked()
    } catch {
      throw .invalidPipeline(error)
    }
    var run = PipelineRun(checked, threads: threads, environment: environment, observer: observer)
    run.cache = cache
    let outcome = try run.run()
    guard let directory else { return CompletedRun(outcome: outcome, metrics: outcome.metrics, directory: nil) }
    let written = try RunDirectory.write(outcome, of: run, source: source(), to: directory)
    return CompletedRun(outcome: outcome, metrics: written.metrics, directory: directory)
  }

  /// The same on a thread of its own; cancelling the task ends the run.
  @discardableResult
  public func run(
    writingTo directory: String? = nil, cache: ResultCache? = ResultCache(),
    threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    environment: [String: String] = ProcessInfo.processInfo.environment, observer: RunObserver = RunObserver()
  ) async throws -> CompletedRun {
    let cancellation = Cancellation()
    var cancellable = observer
    cancellable.isCancelled = { observer.isCancelled() || cancellation.isRequested.load(ordering: .relaxed) }
    let watched = cancellable
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let thread = Thread {
          continuation.resume(
            with: Result {
              try run(
                writingTo: directory, cache: cache, threads: threads, environment: environment, observer: watched)
            })
        }
        thread.name = "martlet run"
        thread.stackSize = 16 << 20
        thread.start()
      }
    } onCancel: {
      cancellation.isRequested.store(true, ordering: .relaxed)
    }
  }
}

private final class Cancellation: Sendable {
  let isRequested = Atomic<Bool>(false)
}

/// What a run found out.
public struct CompletedRun: Sendable {
  /// Everything, down to the windows, networks and plans.
  public let outcome: RunOutcome
  /// The figures of `metrics.json`.
  public let metrics: RunMetrics
  /// The folder that was written, if any.
  public let directory: String?

  /// What `martlet run` prints at its end.
  public var summary: String { TerminalSummary(metrics).lines().joined(separator: "\n") }

  /// Accuracy of the int8 network on the test windows of the held-out subjects after adaptation, a share of 1; before it, or
  /// of the float32 network, where the pipeline goes no further.
  public var accuracy: Double {
    metrics.evaluation?.accuracyAfter ?? metrics.quantization?.accuracy ?? metrics.pretraining?.accuracy ?? 0
  }
}
