import AdaptationStudy
import ArgumentParser
import Foundation

/// What sparse updates, arithmetic and learning rates do to the accuracy of an adaptation, each as one table.
@main
struct AdaptationStudies: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "AdaptationStudies", abstract: "Tables of adaptations on recorded streams.",
    subcommands: [RecipeTable.self, RateGrid.self, SchemeCurve.self, SearchMethods.self, LadderTable.self])
}

/// What all tables have in common.
struct StudyOptions: ParsableArguments {
  @Option(help: "Where results are written; a run that was interrupted goes on from there.")
  var output = "study.json"
  @Option(help: "Where pretrained networks are kept.")
  var networks = ".build-benchmarks/networks"
  @Option(help: "Threads; they change the time, not the result.")
  var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "Networks, each pretrained from another seed.")
  var seeds = 3

  var study: Study { Study(cache: URL(fileURLWithPath: networks), threads: threads) }

  /// The networks of a pipeline file for the people whom it holds out, to be adapted.
  func measurements(of file: String) throws -> Measurements {
    try measurements(of: file, networks: study.networks(of: file, seeds: Array(0..<seeds)))
  }

  func measurements(of file: String, networks: [StudyNetwork]) -> Measurements {
    Measurements(file, networks: networks, threads: threads, file: URL(fileURLWithPath: output))
  }
}
