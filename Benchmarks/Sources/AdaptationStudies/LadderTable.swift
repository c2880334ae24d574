import AdaptationStudy
import ArgumentParser
import Learning
import TrainingCompiler

/// From a textbook training in float32 to a planned arena, with what the scheme reaches.
struct LadderTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ladder", abstract: "The memory ladder of a model with the accuracy of its first and last rung.",
    discussion: "The scheme is the answer of a search for one budget, or given as tensors.")

  @OptionGroup var options: StudyOptions
  @Option(help: "The search.json of `martlet search`.") var search: String?
  @Option(help: "In KiB, of the answer to take from the search; the largest if absent.") var budget: Int?
  @Option(parsing: .upToNextOption, help: "The tensors to update, in place of a search.") var tensors: [String] = []
  @Option(help: "Of all updates in the table.") var rate = 0.01
  @Option(parsing: .upToNextOption, help: "Rates of the float32 full update to show besides.")
  var otherRates = [0.0003, 0.001, 0.003]
  @Argument(help: "A pipeline file.") var file = "Pipelines/mcu1d-rotated.swift"

  func run() throws {
    let measurements = try options.measurements(of: file)
    let network = measurements.networks[0].quantized
    var scheme = TrainingCompiler.UpdateScheme.full(network)
    if !tensors.isEmpty { scheme = try .tensors(tensors, of: network) }
    if let search {
      let searches = try SearchedSchemes(path: search).searches
      let found = budget.map { kibibytes in searches.first { $0.budgetBytes == 1024 * kibibytes } } ?? searches.last
      guard let found else { throw Failure("\(search) holds no answer for \(budget ?? 0) KiB") }
      scheme = try .tensors(found.report.answer.tensors, of: network)
    }
    scheme.name = "the scheme"
    let plan = try TrainingPlan.compile(network, scheme: scheme)
    let rungs = try MemoryLadder(of: network, scheme: scheme, plan: plan).rungs
    let full = UpdateScheme.full(network).tensorNames(in: network)
    func measured(_ tensors: [String], _ arithmetic: Treatment.Arithmetic, _ rate: Double) throws
      -> Measurements.Accuracies
    {
      try measurements.accuracies(Treatment(tensors: tensors, arithmetic: arithmetic, rate: rate))
    }
    let int8 = Treatment.Arithmetic.int8(TrainingOptions())
    let float32 = try measured(full, .float32, rate)
    let last = try measured(scheme.tensorNames(in: network), int8, rate)
    print("\(file): \(scheme.tensorNames(in: network).joined(separator: " "))\n")
    print("| rung | bytes | ratio | accuracy |")
    print("|---|---|---|---|")
    for (index, rung) in rungs.enumerated() {
      let accuracy: String
      switch index {
      case 0: accuracy = Measurements.percent(Measurements.mean(float32))
      case 1: accuracy = Cell(try measured(full, int8, rate), from: float32).text
      case rungs.count - 1: accuracy = Cell(last, from: float32).text
      default: accuracy = ""
      }
      let ratio = Double(rungs[0].byteCount) / Double(rung.byteCount)
      print("| \(rung.name) | \(rung.byteCount) | 1/\(Measurements.tenths(ratio)) | \(accuracy) |")
    }
    print(
      "\nBefore \(Measurements.percent(Measurements.mean(try measurements.before()))); rate \(rate) falling to 0, "
        + "5 epochs, \(options.seeds) networks, \(measurements.networks[0].subjects.count) people or machines. Float32 "
        + "full update at other rates:")
    for other in otherRates {
      let accuracies = try measured(full, .float32, other)
      let cell = Cell(last, from: accuracies)
      print(
        "* \(other): \(Measurements.percent(Measurements.mean(accuracies))); the last rung is "
          + "\(cell.differenceText) from it")
    }
  }
}
