import AdaptationStudy
import ArgumentParser
import Learning
import Training
import TrainingCompiler

/// Whether full int8 training diverges where float32 does not.
struct RateGrid: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rates", abstract: "Full int8 training against float32 over a grid of learning rates.",
    discussion: """
      Fails if int8 ends more than 3 points below float32 at a rate where float32 improves, over all orders of the windows.
      """)

  @OptionGroup var options: StudyOptions
  @Flag(help: "Let the rate stand in place of falling to 0.") var constant = false
  @Argument(help: "Pipeline files.")
  var files = [
    "Pipelines/mcu1d-rotated.swift", "Pipelines/plain1d-rotated.swift", "Pipelines/bearings.swift",
    "Pipelines/wrist-exercises.swift",
  ]

  static let rates = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]

  @Option(help: "How often a cell in which int8 is behind is measured again, in other orders.") var again = 4

  func run() throws {
    let course = constant ? "constant rate" : "rate falling to 0"
    print("Full update, 5 epochs, \(course), \(options.seeds) networks each; accuracy in percent.\n")
    print("| model | | before | \(Self.rates.map { "\($0)" }.joined(separator: " | ")) |")
    print("|---|---|---|\(Self.rates.map { _ in "---|" }.joined())")
    var comparisons: [String] = []
    var isBehind = false
    for file in files {
      let grid = try Grid(options.measurements(of: file), isConstant: constant)
      let before = Measurements.mean(try grid.measurements.before())
      let name = file.split(separator: "/").last.map { String($0.dropLast(6)) } ?? file
      for arithmetic in [Treatment.Arithmetic.float32, Grid.int8] {
        let cells = try Self.rates.map { Measurements.percent(Measurements.mean(try grid.accuracies(arithmetic, $0))) }
        print(
          "| \(name) | \(arithmetic == .float32 ? "float32" : "int8") | \(Measurements.percent(before)) | "
            + "\(cells.joined(separator: " | ")) |")
      }
      for rate in Self.rates {
        let float32 = Measurements.mean(try grid.accuracies(.float32, rate))
        let int8 = Measurements.mean(try grid.accuracies(Grid.int8, rate))
        guard float32 > before, int8 < float32 - Self.allowance else { continue }
        let difference = try grid.difference(at: rate, repetitions: again)
        isBehind = isBehind || difference.mean < -Self.allowance
        comparisons.append(
          "\(name) at \(rate): \(Measurements.points(int8 - float32)), over \(1 + again) orders of the windows "
            + "\(Measurements.points(difference.mean)) ± \(Measurements.percent(difference.standardError))")
      }
    }
    print("\nInt8 is more than 3 points behind float32 that improves: \(comparisons.isEmpty ? "nowhere" : "")")
    for comparison in comparisons { print("* \(comparison)") }
    if isBehind { throw ExitCode(1) }
  }

  /// How far int8 may end below float32.
  private static let allowance = 0.03

  /// One model at all rates.
  private struct Grid {
    static let int8 = Treatment.Arithmetic.int8(TrainingOptions())
    let measurements: Measurements
    private let tensors: [String]
    private let schedule: LearningRate.Schedule

    init(_ measurements: Measurements, isConstant: Bool) {
      self.measurements = measurements
      let network = measurements.networks[0].quantized
      tensors = UpdateScheme.full(network).tensorNames(in: network)
      schedule = isConstant ? .constant : .linear
    }

    func accuracies(
      _ arithmetic: Treatment.Arithmetic, _ rate: Double, repetition: Int = 0
    ) throws -> Measurements.Accuracies {
      try measurements.accuracies(
        Treatment(tensors: tensors, arithmetic: arithmetic, rate: rate, schedule: schedule, repetition: repetition))
    }

    /// Int8 less float32 over networks and repetitions, each a pair with the same order of the same windows.
    func difference(at rate: Double, repetitions: Int) throws -> Summary {
      Summary(
        try (0...repetitions).flatMap { repetition in
          zip(
            try accuracies(Self.int8, rate, repetition: repetition),
            try accuracies(.float32, rate, repetition: repetition)
          ).map { Summary($0).mean - Summary($1).mean }
        })
    }
  }
}
