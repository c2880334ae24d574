import ArgumentParser
import Foundation
import Learning
import PipelineRunner
import SensorLogs

/// Tests the model of a run on labelled recordings.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Tests the model of a run on labelled recordings: accuracy, macro-F1, what is taken for what.",
    discussion: """
      EXAMPLES:
        martlet evaluate runs/wrist-exercises-1 SampleData/wrist/s10.csv.zst
        martlet evaluate runs/wrist-exercises-1 walk.mcap --subject none
        martlet evaluate runs/walk-1 new.csv --labels new.labels.csv --json

      Recordings are read as the run's pipeline reads its own, and the int8 network predicts each window. Of a subject \
      to whom the run adapted, the windows that taught count here too; --subject none tests the network as it was \
      before.

      Exit status 3 means that something of a recording was lost on the way.
      """)

  @ArgumentParser.Argument(
    help: ArgumentHelp("A run directory, of a pipeline with Quantize.", valueName: "run"),
    completion: .directory)
  var model: String

  @ArgumentParser.Argument(help: "Recordings, plain or compressed; - is standard input.", completion: .file())
  var logs: [String]

  @Option(
    help: ArgumentHelp(
      "Whose adapted weights to use, or none. (default: those of each recording's own subject)", valueName: "name|none")
  )
  var subject: String?

  @OptionGroup var labelling: LabelOptions

  @Flag(help: "Print the evaluation as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if logs.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input can be read once only") }
  }

  func run() throws {
    let target = try ReplayTarget(model: model, subject: subject, pipeline: nil)
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet || !Terminal.standardError.redraws)
    let reader = ModelReader(target: target, labels: labelling.source, reporter: reporter)
    var evaluation = ModelEvaluation(run: model, classes: target.classNames)
    var endings: [ModelReader.Ending] = []
    do {
      defer { reporter.finish() }
      for log in logs {
        var confusion = ConfusionMatrix(classes: target.classNames.count)
        let ending = try reader.read(log) { window in
          if let label = window.label, let prediction = window.prediction {
            confusion.add(label: label, prediction: prediction)
          }
        }
        evaluation.add(ending, confusion)
        endings.append(ending)
      }
    }
    try endings.refuseWindowless()
    if evaluation.labelled == 0, endings.contains(where: { !$0.isFrameless }) {
      throw Failure(
        ExitStatus.unusableData,
        "none of \(Readable.count(evaluation.windows, "window")) has a label of the run's classes "
          + "(\(target.classNames.joined(separator: ", "))); give --labels or --label, or use martlet predict")
    }
    try StandardOutput.write(json ? ReportJSON.text(evaluation) : evaluation.text)
    try endings.tellLosses()
  }
}
