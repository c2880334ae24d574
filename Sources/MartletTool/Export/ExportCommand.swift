import ArgumentParser
import Foundation
import PipelineRunner

/// Writes what a run learned in the formats of other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a run's network for other programs.",
    discussion: """
      EXAMPLES:
        martlet export runs/walk-1 --format onnx-float -o walk.onnx
        martlet export runs/walk-1 --format onnx-int8 --subject s08 -o s08.onnx
        martlet export runs/walk-1 --format windows -o windows.safetensors

      Formats:
      \(ExportFormat.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

      An ONNX graph is fed windows [windows, channels, frames], normalised, and gives logits [windows, classes]. With \
      --raw-input it is fed values as recorded and normalises them itself. Channels, units, rate, means, deviations and \
      class names stand in its metadata, under keys that begin with martlet.
      """)

  @Argument(help: ArgumentHelp("A run directory.", valueName: "run"))
  var folder: String

  @Option(help: "As what: \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format: ExportFormat

  @Option(
    help: ArgumentHelp(
      "With onnx-int8: whose adapted weights, or none. (default: of the one subject to whom the run adapted)",
      valueName: "name|none"))
  var subject: String?

  @Flag(help: "With onnx-float and onnx-int8: the graph is fed values as recorded.")
  var rawInput = false

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"))
  var output: String

  @Flag(help: "Replace a file that exists.")
  var force = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output takes the name of a file") }
    if subject != nil, format != .onnxInt8 { throw ValidationError("--subject is about --format onnx-int8") }
    if rawInput, !format.isGraph { throw ValidationError("--raw-input is about --format onnx-float and onnx-int8") }
  }

  func run() throws {
    if output != "-" { try OutputPlace.checkFile(output, force: force) }
    Interruption.watch()
    let pipeline = try LoadedPipeline(path: "\(folder)/pipeline.swift", overrides: [], isOfRun: true).checked
    let networks = try RunNetworks(path: folder, pipeline: pipeline)
    let (bytes, what) = try ModelExport(networks: networks, rawInput: rawInput, isQuiet: quiet)
      .file(format, subject: subject)
    try OutputPlace.write(bytes, to: output)
    if output != "-" { try StandardOutput.write("\(output): \(what), \(Readable.count(bytes.count)) bytes") }
  }
}

/// What a run can be written as.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case onnxFloat = "onnx-float"
  case onnxInt8 = "onnx-int8"
  case safetensors
  case windows

  var isGraph: Bool { self == .onnxFloat || self == .onnxInt8 }

  var summary: String {
    switch self {
    case .onnxFloat: "the float32 network after pretraining."
    case .onnxInt8: "the int8 network, adapted to a subject or to none, with QuantizeLinear and DequantizeLinear."
    case .safetensors: "the float32 network as a PyTorch state_dict."
    case .windows: "the run's windows, normalised, with labels and what its networks make of them (safetensors)."
    }
  }
}
