import AdaptationStudy
import ArgumentParser
import Foundation
import Learning
import TrainingCompiler

/// Accuracy over bytes: what a search found beside what people write by hand.
struct SchemeCurve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curve", abstract: "Accuracy over bytes for searched and hand-made schemes.",
    discussion: "Fails if a searched scheme is more than a standard error below the best hand-made one that fits.")

  @OptionGroup var options: StudyOptions
  @Option(help: "The search.json of `martlet search`.") var search: String
  @Option(help: "The picture.") var picture = "curve.svg"
  @Option(help: "What is in the picture, as JSON.") var points = "curve.json"
  @Option(help: "The same for every scheme.") var rate = 0.01
  @Argument(help: "A pipeline file.") var file = "Pipelines/mcu1d-rotated.swift"

  static let families: [(HandMadeSchemes.Family, String)] = [
    (.lastBlocks, "last k"), (.firstBlocksAndLast, "first k + last layer"), (.biases, "biases only"),
    (.biasesAndLast, "biases + last layer"), (.lastLayer, "last layer"), (.full, "full"),
  ]

  func run() throws {
    let measurements = try options.measurements(of: file)
    let network = measurements.networks[0].quantized
    func point(_ family: String, _ scheme: TrainingCompiler.UpdateScheme) throws -> SchemePoint {
      let tensors = scheme.tensorNames(in: network)
      return SchemePoint(
        family: family, name: scheme.name, tensors: tensors,
        bytes: try TrainingPlan.compile(network, scheme: scheme).arenaBytes, budgetBytes: nil,
        accuracies: try measurements.accuracies(Treatment(tensors: tensors, rate: rate)))
    }
    var handMade: [SchemePoint] = []
    let all = HandMadeSchemes(of: network).families
    for (family, name) in Self.families {
      for scheme in all.first(where: { $0.family == family })?.schemes ?? [] {
        handMade.append(try point(name, scheme))
      }
    }
    var searched: [SchemePoint] = []
    for search in try SearchedSchemes(path: self.search).searches {
      var found = try point("searched", .tensors(search.report.answer.tensors, of: network))
      found.budgetBytes = search.budgetBytes
      searched.append(found)
    }
    let full = UpdateScheme.full(network).tensorNames(in: network)
    let float32 = try measurements.accuracies(Treatment(tensors: full, arithmetic: .float32, rate: rate))
    try write(searched + handMade, before: measurements.before())
    try report(searched, handMade, float32: float32, measurements)
  }

  private func report(
    _ searched: [SchemePoint], _ handMade: [SchemePoint], float32: Measurements.Accuracies, _ measurements: Measurements
  ) throws {
    print(
      "Accuracy in percent ± deviation of \(options.seeds) networks, rate \(rate) falling to 0, 5 epochs; "
        + "before \(Measurements.percent(Measurements.mean(try measurements.before()))), float32 full update "
        + "\(Measurements.percent(Measurements.mean(float32))).\n")
    print("| hand-made scheme | bytes | accuracy |")
    print("|---|---|---|")
    for point in handMade.sorted(by: { ($0.bytes, $0.name) < ($1.bytes, $1.name) }) {
      print("| \(point.name) | \(point.bytes) | \(point.percentText) |")
    }
    print("\n| budget | searched: bytes | accuracy | best hand-made that fits | accuracy | paired difference |")
    print("|---|---|---|---|---|---|")
    var worse: [String] = []
    for point in searched {
      guard let budget = point.budgetBytes else { continue }
      let best = handMade.filter { $0.bytes <= budget }.max { ($0.mean, -$0.bytes) < ($1.mean, -$1.bytes) }
      let difference = best.map { Summary.pairedDifference(ofRuns: point.accuracies, from: $0.accuracies) }
      print(
        "| \(budget / 1024) KiB | \(point.bytes) | \(point.percentText) | \(best?.name ?? "none") | "
          + "\(best?.percentText ?? "") | "
          + (difference.map {
            "\(Measurements.points($0.mean)) ± \(Measurements.percent($0.standardError))"
          } ?? "") + " |")
      if let difference, difference.mean < -difference.standardError { worse.append("\(budget / 1024) KiB") }
    }
    print("\nWhat was searched:\n")
    for point in searched { print("* \((point.budgetBytes ?? 0) / 1024) KiB: \(point.tensors.joined(separator: " "))") }
    guard worse.isEmpty else {
      print("\nMore than a standard error below the best hand-made scheme: \(worse.joined(separator: ", ")).")
      throw ExitCode(1)
    }
  }

  private func write(_ points: [SchemePoint], before: Measurements.Accuracies) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(points).write(to: URL(fileURLWithPath: self.points), options: .atomic)
    let families = ["searched"] + Self.families.map(\.1)
    let chart = BytesChart(
      title: "Adapting \(file.split(separator: "/").last.map(String.init) ?? file) in an arena of so many bytes",
      series: families.map { family in
        BytesChart.Series(
          name: family,
          points: points.filter { $0.family == family }.sorted { $0.bytes < $1.bytes }.map {
            .init(bytes: $0.bytes, accuracy: $0.mean, deviation: Measurements.deviation($0.accuracies))
          })
      }, before: Measurements.mean(before))
    try Data(chart.svg.utf8).write(to: URL(fileURLWithPath: picture), options: .atomic)
  }
}

/// A scheme on the curve.
struct SchemePoint: Codable {
  var family: String
  var name: String
  var tensors: [String]
  /// Of the arena.
  var bytes: Int
  var budgetBytes: Int?
  var accuracies: Measurements.Accuracies

  var mean: Double { Measurements.mean(accuracies) }
  var percentText: String {
    "\(Measurements.percent(mean)) ± \(Measurements.percent(Measurements.deviation(accuracies)))"
  }
}
