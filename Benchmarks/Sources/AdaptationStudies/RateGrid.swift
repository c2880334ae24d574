import AdaptationStudy
import ArgumentParser
import TrainingCompiler

/// Whether full int8 training diverges where float32 does not.
struct RateGrid: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rates", abstract: "Full int8 training against float32 over a grid of learning rates.",
    discussion: "Fails if int8 ends more than 3 points below float32 at a rate where float32 improves.")

  @OptionGroup var options: StudyOptions
  @Flag(help: "Let the rate stand in place of falling to 0.") var constant = false
  @Argument(help: "Pipeline files.")
  var files = [
    "Pipelines/mcu1d-rotated.swift", "Pipelines/plain1d-rotated.swift", "Pipelines/bearings.swift",
    "Pipelines/wrist-exercises.swift",
  ]

  static let rates = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]

  func run() throws {
    let course = constant ? "constant rate" : "rate falling to 0"
    print("Full update, 5 epochs, \(course), \(options.seeds) networks each; accuracy in percent.\n")
    print("| model | | before | \(Self.rates.map { "\($0)" }.joined(separator: " | ")) |")
    print("|---|---|---|\(Self.rates.map { _ in "---|" }.joined())")
    var worse: [String] = []
    for file in files {
      let measurements = try options.measurements(of: file)
      let network = measurements.networks[0].quantized
      let tensors = UpdateScheme.full(network).tensorNames(in: network)
      let before = Measurements.mean(try measurements.before())
      let name = file.split(separator: "/").last.map { String($0.dropLast(6)) } ?? file
      var rows: [Treatment.Arithmetic: [Double]] = [:]
      let arithmetics = [Treatment.Arithmetic.float32, .int8(TrainingOptions())]
      for arithmetic in arithmetics {
        rows[arithmetic] = try Self.rates.map { rate in
          Measurements.mean(
            try measurements.accuracies(
              Treatment(tensors: tensors, arithmetic: arithmetic, rate: rate, schedule: constant ? .constant : .linear)))
        }
        let cells = rows[arithmetic, default: []].map(Measurements.percent).joined(separator: " | ")
        print(
          "| \(name) | \(arithmetic == .float32 ? "float32" : "int8") | \(Measurements.percent(before)) | \(cells) |")
      }
      for (rate, pair) in zip(Self.rates, zip(rows[arithmetics[0], default: []], rows[arithmetics[1], default: []]))
      where pair.0 > before && pair.1 < pair.0 - 0.03 {
        worse.append("\(name) at \(rate): \(Measurements.points(pair.1 - pair.0))")
      }
    }
    guard worse.isEmpty else {
      print("\nMore than 3 points below float32: \(worse.joined(separator: "; ")).")
      throw ExitCode(1)
    }
    print("\nWherever float32 improves on where it started, int8 ends at most 3 points below it.")
  }
}
