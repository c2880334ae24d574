import Foundation
import Learning

/// The results as a Markdown table.
struct Table {
  let results: Results

  init(_ results: Results) { self.results = results }

  private func percent(_ value: Double) -> String { String(format: "%.1f", value * 100) }
  private func points(_ value: Double) -> String { String(format: "%+.1f", value * 100) }

  var text: String {
    var lines = [
      "Pretraining, test accuracy in percent:", "", "| seed | float32 | macro-F1 | int8 |", "|---|---|---|---|",
    ]
    for (seed, network) in results.pretrained.enumerated() {
      lines.append(
        "| \(seed) | \(String(format: "%.2f", network.float32 * 100)) | \(String(format: "%.3f", network.float32MacroF1)) | \(String(format: "%.2f", network.int8 * 100)) |"
      )
    }
    let float32 = Summary(results.pretrained.map(\.float32))
    let int8 = Summary(results.pretrained.map(\.int8))
    lines.append(
      "| mean | \(String(format: "%.2f ± %.2f", float32.mean * 100, float32.populationDeviation * 100)) | | \(String(format: "%.2f", int8.mean * 100)) |"
    )
    lines += ["", "Adaptation to a rotated wearer, mean ± deviation over 3 networks of the mean over 9 subjects:", ""]
    lines += ["| update | arithmetic | rate | before | after |", "|---|---|---|---|---|"]
    for recipe in Recipe.all {
      guard let tuned = results.tuned[recipe.name] else { continue }
      let after = tuned.accuracies.afterByNetwork
      let parts = recipe.name.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      lines.append(
        "| \(parts[0]) | \(parts[1]) | \(tuned.rate) | \(percent(tuned.accuracies.beforeMean)) | \(percent(after.mean)) ± \(percent(after.populationDeviation)) |"
      )
    }
    lines += [
      "", "The full update at equal constant rates; paired difference from float32 ± standard error over 9 subjects:",
      "",
    ]
    lines += ["| arithmetic | 0.0003 | 0.001 | 0.003 | mean of the three |", "|---|---|---|---|---|"]
    let rates = [0.0003, 0.001, 0.003]
    for (name, _) in Recipe.paired {
      var cells: [String] = []
      var differences: [[[Double]]] = []
      for rate in rates {
        guard let own = results.fixed["\(name) | \(rate)"], let base = results.fixed["float32 | \(rate)"] else {
          continue
        }
        let difference = Summary.pairedDifference(ofRuns: own.after, from: base.after)
        differences.append(zip(own.after, base.after).map { zip($0, $1).map { $0 - $1 } })
        cells.append(
          name == "float32"
            ? percent(own.afterByNetwork.mean)
            : "\(percent(own.afterByNetwork.mean)) (\(points(difference.mean)) ± \(percent(difference.standardError)))")
      }
      if name == "float32" || differences.count < rates.count {
        cells.append("")
      } else {
        // Each subject's difference is averaged over rates and networks first.
        let subjects = differences[0][0].count
        let means = (0..<subjects).map { s in
          Summary(differences.flatMap { $0.map { $0[s] } }).mean
        }
        let all = Summary(means)
        cells.append("\(points(all.mean)) ± \(percent(all.standardError))")
      }
      lines.append("| \(name) | \(cells.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n")
  }
}
