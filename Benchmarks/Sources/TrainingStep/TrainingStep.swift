import AllocationCount
import ArgumentParser
import Foundation
import HostKernels
import Learning
import Tensors
import Training
import TrainingCompiler

/// What one training step of `mcu1d` takes beside what its products alone would take, in one run on one core.
@main
struct TrainingStep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "TrainingStep",
    abstract: "Times a full step, a sparse step and a prediction of mcu1d beside the 64 × 32 × 96 product.",
    discussion: """
      MARTLET_SIMD=avx512vnni|avx2|neon|off forces a set of kernels. On a machine that does other work as well, the middle \
      round may have been interrupted; the fastest was not.
      """)

  @Option(help: "Rounds; each measures everything once, and the middle one of each is printed.") var rounds = 301
  @Option(help: "Steps that are timed together.") var batch = 20

  private struct Measured {
    let name: String
    let count: Int
    let body: (Int) -> Void
    var microseconds: [Double] = []

    var median: Double { microseconds.sorted()[microseconds.count / 2] }
    var fastest: Double { microseconds.min() ?? .nan }
  }

  func run() throws {
    guard rounds > 0, batch > 0 else { throw ValidationError("rounds and batch are at least 1") }
    let variant = try KernelVariant.forcedByEnvironment()
    let network = try ReferenceNetwork.quantized(seed: 3)
    let windows = ReferenceNetwork.windows(32, of: network, seed: 5)
    let full = try TrainingPlan.compile(network, scheme: .full(network), effort: .quick)
    let sparse = try TrainingPlan.compile(network, scheme: ReferenceNetwork.sparseScheme(network), effort: .quick)
    let inference = try TrainingPlan.compile(network, scheme: .predictionOnly(network), effort: .quick)
    let product = ProductRate()
    var measured = [
      step("full step", full, windows, variant), step("sparse step", sparse, windows, variant),
      prediction("inference", inference, windows, variant), step("full step, Swift kernels", full, windows, .off),
    ]
    if let product { measured.append(Measured(name: "product", count: 20 * batch) { _ in product.run() }) }

    let allocations = countAllocations(measured)
    for round in 0..<rounds + 2 {
      for index in measured.indices {
        let clock = ContinuousClock()
        let elapsed = clock.measure { for i in 0..<measured[index].count { measured[index].body(i) } }
        // The first two rounds warm up.
        if round >= 2 {
          measured[index].microseconds.append(elapsed / .microseconds(1) / Double(measured[index].count))
        }
      }
    }
    try report(measured, allocations, variant, work: (PlannedWork(full), PlannedWork(sparse), PlannedWork(inference)))
  }

  private func session(_ plan: TrainingPlan, _ variant: KernelVariant) -> TrainingSession {
    do {
      return try TrainingSession(
        plan: plan, learningRate: LearningRate(rate: RuntimeScale(0.003)), seed: 7, kernels: variant)
    } catch {
      preconditionFailure("a plan runs in the arena that it asks for: \(error)")
    }
  }

  private func step(_ name: String, _ plan: TrainingPlan, _ windows: [[Int8]], _ variant: KernelVariant) -> Measured {
    let session = session(plan, variant)
    return Measured(name: name, count: variant == .off ? max(1, batch / 20) : batch) { i in
      session.step(windows[i % windows.count], label: i % 6)
    }
  }

  private func prediction(
    _ name: String, _ plan: TrainingPlan, _ windows: [[Int8]], _ variant: KernelVariant
  ) -> Measured {
    let session = session(plan, variant)
    return Measured(name: name, count: batch) { i in _ = session.predict(windows[i % windows.count]) }
  }

  /// Allocations of one call each, after a first one.
  private func countAllocations(_ measured: [Measured]) -> [Int] {
    measured.map { one in
      one.body(0)
      let before = allocation_count()
      for i in 0..<10 { one.body(i) }
      let after = allocation_count()
      return before < 0 ? -1 : (after - before + 9) / 10
    }
  }

  private func report(
    _ measured: [Measured], _ allocations: [Int], _ variant: KernelVariant,
    work: (full: PlannedWork, sparse: PlannedWork, inference: PlannedWork)
  ) {
    func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
    func median(_ name: String) -> Double? { measured.first { $0.name == name }?.median }
    print("kernels: \(variant.rawValue); medians of \(rounds) interleaved rounds of \(batch)")
    let product = median("product")
    if let product {
      print(
        "product 64 × 32 × 96 with AVX-512 VNNI: \(number(product, 3)) µs, "
          + "\(number(Double(ProductRate.multiplyAccumulates) / product / 1000, 1)) GMAC/s")
    } else {
      print("product 64 × 32 × 96 with AVX-512 VNNI: not run, this processor has none")
    }
    let works = ["full step": work.full, "sparse step": work.sparse, "full step, Swift kernels": work.full]
    for (one, count) in zip(measured, allocations) where one.name != "product" {
      let products = one.name == "inference" ? work.inference.forward : works[one.name]!.step
      var line = "\(one.name): \(number(one.median, 2)) µs, \(number(Double(products) / 1_000_000, 3)) M MAC"
      if let product {
        let limit = product * Double(products) / Double(ProductRate.multiplyAccumulates)
        line += ", \(number(one.median / limit, 2)) × the \(number(limit, 2)) µs of its products alone"
        if let fastest = measured.first(where: { $0.name == "product" })?.fastest {
          let shortest = fastest * Double(products) / Double(ProductRate.multiplyAccumulates)
          line += " (fastest rounds: \(number(one.fastest, 2)) µs, \(number(one.fastest / shortest, 2)) ×)"
        }
      }
      line += count < 0 ? ", allocations not counted" : ", \(count) allocations"
      print(line)
    }
    if let full = median("full step"), let sparse = median("sparse step") {
      print(
        "sparse step: \(number(sparse / full, 3)) of the full step's time, "
          + "\(number(Double(work.sparse.step) / Double(work.full.step), 3)) of its multiply-accumulates")
    }
  }
}
