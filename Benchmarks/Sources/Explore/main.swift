import AdaptationStudy
import Foundation
import TrainingCompiler

// Explore MODE FILE SEEDS OVERRIDES KEEP < lines "rate schedule epochs arithmetic tensors…"
let a = CommandLine.arguments
let study = Study(cache: URL(fileURLWithPath: ProcessInfo.processInfo.environment["CACHE"] ?? "/tmp/nets"), threads: 2)
let seeds = a[3].split(separator: ",").map { Int($0)! }
let overrides = a[4].split(separator: ";").map(String.init)
let networks = a[1] == "validate"
  ? try study.validationNetworks(of: a[2], seeds: seeds, overrides: overrides)
  : try study.networks(of: a[2], seeds: seeds, overrides: overrides)
let m = Measurements(a[1] + a[2] + a[4], networks: networks, threads: 2, file: URL(fileURLWithPath: a[5]))
let net = networks[0].quantized
let b = try m.before(); print(networks[0].subjects, b.map { $0.map { Measurements.percent($0) } })
func expand(_ words: [String]) throws -> [String] {
  var scheme = UpdateScheme.predictionOnly(net)
  var tensors: [String] = []
  for w in words {
    switch w {
    case "full": scheme = .full(net)
    case "biases": for n in net.nodes.indices where !net.nodes[n].weights.isEmpty { scheme.updates[n].bias = true }
    case let w where w.hasPrefix("last") && Int(w.dropFirst(4)) != nil: scheme = try .lastBlocks(Int(w.dropFirst(4))!, of: net)
    case let w where w.contains(".weights") || w.contains(".bias"): tensors.append(w)
    default:
      tensors += UpdateScheme.full(net).tensorNames(in: net).filter { $0.hasPrefix(w + ".") }
    }
  }
  return Array(Set(scheme.tensorNames(in: net) + tensors)).sorted()
}
if a.count > 6 { print(UpdateScheme.full(net).tensorNames(in: net)) }
while let line = readLine() {
  let f = line.split(separator: " ").map(String.init)
  if f.count < 5 { continue }
  let tensors = try expand(Array(f[4...]))
  var o = TrainingOptions()
  if f[3] == "int16" { o.errorPrecision = .int16 }
  if f[3] == "serr" { o.errorRounding = .stochastic }
  if f[3] == "mom" { o.gradientMemory = .momentum(0.9) }
  let t = Treatment(
    tensors: tensors, arithmetic: f[3] == "float32" ? .float32 : .int8(o), rate: Double(f[0])!,
    schedule: f[1] == "linear" ? .linear : f[1] == "cosine" ? .cosine : .constant, epochs: Int(f[2])!)
  let r = try m.accuracies(t)
  let bytes = f[3] == "float32" ? 0 : try TrainingPlan.compile(net, scheme: .tensors(tensors, of: net), options: o).arenaBytes
  print(Measurements.percent(Measurements.mean(r)), r.map { Measurements.percent($0.reduce(0, +) / Double($0.count)) }, bytes, line)
  fflush(nil)
}
