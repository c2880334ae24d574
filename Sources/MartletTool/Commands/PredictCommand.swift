import ArgumentParser
import Foundation
import PipelineRunner
import SensorLogs

/// Predicts the windows of recordings with the model of a run.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predicts each window of recordings with the model of a run, a line each.",
    discussion: """
      EXAMPLES:
        martlet predict runs/wrist-exercises-1 walk.mcap
        martlet predict runs/wrist-exercises-1 walk.csv --format jsonl -o out.jsonl
        cat walk.csv.zst | martlet predict runs/wrist-exercises-1 - --subject none

      Recordings are read as the run's pipeline reads its own: channels, units, rate, windows. A line has the times of \
      the window's first and last frame in seconds, the class, and a score for each class, the shares of 1 that softmax \
      gives. Memory does not grow with the recordings.

      Exit status 3 means that something of a recording was lost on the way.
      """)

  @Argument(
    help: ArgumentHelp("A run directory, of a pipeline with Quantize.", valueName: "run"),
    completion: .directory)
  var model: String

  @Argument(help: "Recordings, plain or compressed; - is standard input.", completion: .file())
  var logs: [String]

  @Option(
    help: ArgumentHelp(
      "Whose adapted weights to use, or none. (default: those of each recording's own subject)", valueName: "name|none")
  )
  var subject: String?

  @Option(help: "How lines are written: csv or jsonl.")
  var format = ReplayFormat.csv

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write. (default: standard output)", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Replace a file that exists.")
  var force = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if logs.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input can be read once only") }
    if output?.isEmpty == true { throw ValidationError("--output takes the name of a file") }
  }

  func run() throws {
    if let output, output != "-" { try OutputPlace.checkFile(output, force: force, inputs: logs) }
    let target = try ReplayTarget(model: model, subject: subject, pipeline: nil)
    Interruption.watch()
    let reporter = ProgressReporter(
      isQuiet: quiet || (output ?? "-") == "-" && isatty(STDOUT_FILENO) == 1 || !Terminal.standardError.redraws)
    let reader = ModelReader(target: target, scores: true, reporter: reporter)
    let lines = try LineOutput(path: output)
    let row = ReplayRow(
      format,
      names: ["start_s", "end_s", "prediction"] + target.classNames.map { "score_\($0)" }
        + (logs.count > 1 ? ["recording"] : []))
    row.start(into: &lines.bytes)
    var endings: [ModelReader.Ending] = []
    do {
      defer { reporter.finish() }
      for log in logs where !lines.isClosed {
        endings.append(
          try reader.read(log) { window in
            guard let prediction = window.prediction, let scores = window.scores else { return }
            row.add(
              [
                .seconds(window.startNanoseconds), .seconds(window.endNanoseconds),
                .text(target.classNames[prediction]),
              ]
                + scores.map { .number(($0 * 10_000).rounded() / 10_000) } + (logs.count > 1 ? [.text(log)] : []),
              to: &lines.bytes)
            try lines.writeIfFull()
          })
      }
    }
    try endings.refuseWindowless()
    try lines.finish()
    try endings.tellLosses()
  }
}

extension [ModelReader.Ending] {
  /// - Throws: where recordings have frames and none of them gave a window.
  func refuseWindowless() throws(Failure) {
    guard !isEmpty, allSatisfy({ $0.windows == 0 }), contains(where: { !$0.isFrameless }) else { return }
    let frames = reduce(0) { $0 + $1.frames }
    throw Failure(
      ExitStatus.unusableData,
      "no window came out of \(Readable.count(frames, "frame")): the recording is shorter than a window, or broken by gaps"
    )
  }
}
