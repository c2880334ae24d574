import AdaptationStudy
import ArgumentParser
import Learning
import TrainingCompiler

/// Freeze until it dips against contribution analysis, at equal bytes.
struct SearchMethods: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "What freezing, contribution analysis and refinement choose for the same budgets, tested.")

  @OptionGroup var options: StudyOptions
  @Option(help: "The search.json of `martlet search --by both`.") var search: String
  @Option(help: "The same for every scheme.") var rate = 0.01
  @Argument(help: "A pipeline file.") var file = "Pipelines/mcu1d-rotated.swift"

  func run() throws {
    let measurements = try options.measurements(of: file)
    let network = measurements.networks[0].quantized
    func cell(_ tensors: [String]) throws -> (text: String, accuracies: Measurements.Accuracies) {
      let bytes = try TrainingPlan.compile(network, scheme: .tensors(tensors, of: network)).arenaBytes
      let accuracies = try measurements.accuracies(Treatment(tensors: tensors, rate: rate))
      return ("\(Measurements.percent(Measurements.mean(accuracies))) in \(bytes)", accuracies)
    }
    print(
      "Accuracy in percent on the test in so many bytes, \(options.seeds) networks, rate \(rate) falling to 0; the "
        + "difference is paired over people, ± standard error.\n")
    print(
      "| budget | frozen until it fits | contributions, evolutionary | regret | contributions, exact "
        + "| frozen − exact | measured and refined |")
    print("|---|---|---|---|---|---|---|")
    for search in try SearchedSchemes(path: search).searches {
      let path = search.report.freezePath
      let frozen = try path.flatMap { $0.fitsBudget ? try cell($0.tensors) : nil }
      let evolutionary = try (search.report.tableSearch?.evolutionary).map { try cell($0.tensors) }
      let exact = try (search.report.tableSearch?.exact.best).map { try cell($0.tensors) }
      let answer = try cell(search.report.answer.tensors)
      var difference = ""
      if let frozen, let exact {
        let paired = Summary.pairedDifference(ofRuns: frozen.accuracies, from: exact.accuracies)
        difference = "\(Measurements.points(paired.mean)) ± \(Measurements.percent(paired.standardError))"
      }
      let regret = search.report.tableSearch.map { Measurements.points($0.regret) } ?? ""
      print(
        "| \(search.budgetBytes / 1024) KiB | \(frozen?.text ?? "nothing fits") | "
          + "\(evolutionary?.text ?? "nothing fits") | \(regret) | \(exact?.text ?? "nothing fits") | \(difference) | "
          + "\(answer.text) |")
    }
  }
}
