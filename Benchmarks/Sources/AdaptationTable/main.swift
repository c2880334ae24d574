import Foundation
import Learning
import PipelineRunner

// Reproduces the accuracy figures of the README: pretraining and quantisation of `mcu1d`, and its adaptation to
// a wearer whose device is turned. Rates are tuned on training subjects of networks that never saw them.
//
//   AdaptationTable OUTPUT.json [THREADS] [RECIPE-PREFIX…]

/// Everything found so far; written after each step, so that a run can be taken up again.
struct Results: Codable {
  struct Pretrained: Codable {
    var float32: Double
    var float32MacroF1: Double
    var int8: Double
  }
  struct Tuned: Codable {
    var rates: [Double]
    var tuningAccuracy: [Double]
    var rate: Double
    var accuracies: Accuracies
  }
  var pretrained: [Pretrained] = []
  var tuned: [String: Tuned] = [:]
  /// By recipe and rate.
  var fixed: [String: Accuracies] = [:]
}

let output = URL(fileURLWithPath: CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "adaptation.json")
let threads = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 2 : 2
let prefixes = Array(CommandLine.arguments.dropFirst(3))
var results = (try? JSONDecoder().decode(Results.self, from: Data(contentsOf: output))) ?? Results()

@MainActor func save() throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
  try encoder.encode(results).write(to: output, options: .atomic)
}

func note(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}

let recordings = try Recordings(threads: threads)
note("\(recordings.plain.count) windows")
var networks: [Network] = []
for seed in 0..<3 {
  let network = try recordings.network(seed: seed, without: Subjects.test, threads: threads)
  note("seed \(seed): float32 \(network.float32.accuracy), int8 \(network.int8.accuracy)")
  networks.append(network)
}
results.pretrained = networks.map {
  .init(float32: $0.float32.accuracy, float32MacroF1: $0.float32.macroF1, int8: $0.int8.accuracy)
}
try save()

for rate in [0.0003, 0.001, 0.003] {
  for (name, arithmetic) in Recipe.paired {
    let key = "\(name) | \(rate)"
    if results.fixed[key] != nil { continue }
    let accuracies = try recordings.adapt(
      Recipe(scheme: .full, arithmetic: arithmetic, rates: []), rate: rate, networks: networks,
      subjects: Subjects.test, threads: threads)
    results.fixed[key] = accuracies
    note("\(key): \(accuracies.beforeMean) -> \(accuracies.afterByNetwork.mean)")
    try save()
  }
}

let wanted = Recipe.all.filter { recipe in
  results.tuned[recipe.name] == nil && (prefixes.isEmpty || prefixes.contains { recipe.name.hasPrefix($0) })
}
if !wanted.isEmpty {
  let tuning = try (0..<2).map { seed in
    try recordings.network(seed: 10 + seed, without: Subjects.test + Subjects.tuning, threads: threads)
  }
  for recipe in wanted {
    let scores = try recipe.rates.map { rate in
      try recordings.adapt(recipe, rate: rate, networks: tuning, subjects: Subjects.tuning, threads: threads)
        .afterByNetwork.mean
    }
    let best = scores.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? 0
    let accuracies = try recordings.adapt(
      recipe, rate: recipe.rates[best], networks: networks, subjects: Subjects.test, threads: threads)
    results.tuned[recipe.name] = .init(
      rates: recipe.rates, tuningAccuracy: scores, rate: recipe.rates[best], accuracies: accuracies)
    note("\(recipe.name): rate \(recipe.rates[best]), after \(accuracies.afterByNetwork.mean)")
    try save()
  }
}
print(Table(results).text)
