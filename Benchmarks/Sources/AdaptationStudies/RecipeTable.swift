import AdaptationStudy
import ArgumentParser
import Learning
import Tensors
import TrainingCompiler

/// Every int8 recipe against float32, full update.
struct RecipeTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes",
    abstract: "{QAS, none} × {stochastic, nearest, error feedback} × {int8, int16, exact errors} against float32.")

  @OptionGroup var options: StudyOptions
  @Argument(help: "A pipeline file.") var file = "Pipelines/mcu1d-rotated.swift"

  /// Tried for every recipe. Without quantisation-aware scaling a step is in units of the stored integers, so its rate
  /// is of another size.
  static let rates = [0.0003, 0.001, 0.003]
  static let integerRates: [Double] = [300, 1000, 3000]

  func run() throws {
    let measurements = try options.measurements(of: file)
    let network = measurements.networks[0].quantized
    let tensors = UpdateScheme.full(network).tensorNames(in: network)
    let float32 = try Self.rates.map {
      try measurements.accuracies(Treatment(tensors: tensors, arithmetic: .float32, rate: $0))
    }
    print(
      "Full update of \(file), 5 epochs, rate falling to 0; \(options.seeds) networks, "
        + "\(measurements.networks[0].subjects.count) people; accuracy in percent, in brackets the paired difference "
        + "from float32 at the same place ± its standard error over people.\n")
    print("| scaling | rounding | errors | \(Self.rates.map { "\($0)" }.joined(separator: " | ")) |")
    print("|---|---|---|\(Self.rates.map { _ in "---|" }.joined())")
    print("| float32 | | | \(float32.map { Measurements.percent(Measurements.mean($0)) }.joined(separator: " | ")) |")
    for scaling in [TrainingOptions.Scaling.quantizationAware, .none] {
      for rounding in [UpdateRounding.stochastic, .nearest, .errorFeedback] {
        for errors in [Plan.ErrorElement.int8, .int16, .int32] {
          let arithmetic = TrainingOptions(scaling: scaling, rounding: rounding, errorPrecision: errors)
          let cells = try zip(scaling == .none ? Self.integerRates : Self.rates, float32).map { rate, base in
            let own = try measurements.accuracies(
              Treatment(tensors: tensors, arithmetic: .int8(arithmetic), rate: rate))
            return Cell(own, from: base).text
          }
          print(
            "| \(scaling == .none ? "none" : "QAS") | \(rounding) | \(errors) | \(cells.joined(separator: " | ")) |")
        }
      }
    }
    print("\nWithout QAS the rates are \(Self.integerRates.map { "\(Int($0))" }.joined(separator: ", ")).")
  }
}
