import HostKernels
import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// Whole plans with the kernels of this machine: after every step, every byte that outlives its operation is the one that
/// the Swift kernels leave.
struct HostKernelTests {
  static let variants = KernelVariant.available.filter { $0 != .off }

  /// Steps both engines through the same windows and compares their arenas.
  private func expectSameBits(
    _ plan: TrainingPlan, _ variant: KernelVariant, windows: [[Int8]], classes: Int, rate: Double = 0.05,
    _ what: String
  ) throws {
    let setup = EngineSetup(rate: rate)
    let swiftMemory = AlignedBytes(count: plan.arenaBytes)
    let hostMemory = AlignedBytes(count: plan.arenaBytes)
    // Buffers may share bytes: each byte belongs to the one that was in use last, and a workspace may hold anything.
    var isCompared = [Bool](repeating: true, count: plan.arenaBytes)
    let inOrder = plan.buffers.sorted {
      ($0.isPersistent ? Int.max : $0.lastOperation, $0.firstOperation)
        < ($1.isPersistent ? Int.max : $1.lastOperation, $1.firstOperation)
    }
    for buffer in inOrder {
      for i in buffer.offset..<buffer.offset + buffer.byteCount { isCompared[i] = buffer.role != .workspace }
    }
    try withEngine(plan, setup, memory: swiftMemory) { swift in
      try withEngine(plan, setup, kernels: HostKernels(variant), memory: hostMemory) { host in
        for (i, window) in windows.enumerated() {
          swift.fill(window)
          host.fill(window)
          // A prediction now and then, which must leave the packed weights right.
          if i % 3 == 1 {
            #expect(swift.predict() == host.predict(), "\(what), window \(i)")
            swift.fill(window)
            host.fill(window)
          }
          let (expected, found) = (swift.step(label: i % classes), host.step(label: i % classes))
          let (left, right) = (swiftMemory.bytes, hostMemory.bytes)
          let wrong = isCompared.indices.filter { isCompared[$0] && left[$0] != right[$0] }
          guard expected == found, wrong.isEmpty else {
            let names = Set(
              wrong.prefix(1000).flatMap { byte in
                plan.buffers.filter { ($0.offset..<$0.offset + $0.byteCount).contains(byte) }.map(\.name)
              })
            Issue.record("\(what), step \(i): \(wrong.count) bytes differ, of \(names.sorted().prefix(8))")
            return
          }
        }
      }
    }
  }

  @Test(arguments: variants, TestNetwork.all)
  func everyNetworkTrainsToTheSameBits(_ variant: KernelVariant, _ test: TestNetwork) throws {
    let windows = test.windows(6, seed: 8)
    for plan in [
      try TrainingPlan.compile(test.network, scheme: .full(test.network)),
      try disjointPlan(test.network, scheme: .full(test.network)),
      try disjointPlan(test.network, scheme: .full(test.network), staged: true, gap: 4, reversed: true),
      try TrainingPlan.compile(test.network, scheme: .predictionOnly(test.network)),
    ] {
      try expectSameBits(plan, variant, windows: windows, classes: test.network.classCount, test.name)
    }
  }

  /// Frozen tensors, weights in two places, channels in another order.
  @Test(arguments: variants, TestNetwork.all)
  func everySchemeTrainsToTheSameBits(_ variant: KernelVariant, _ test: TestNetwork) throws {
    let windows = test.windows(4, seed: 28)
    for scheme in try test.schemes() {
      let plan = try disjointPlan(test.network, scheme: scheme)
      try expectSameBits(
        plan, variant, windows: windows, classes: test.network.classCount, "\(test.name), \(scheme.name)")
    }
  }

  /// Weights that are put back must be packed anew.
  @Test(arguments: variants) func changedMemoryIsSeen(_ variant: KernelVariant) throws {
    let test = TestNetwork.invertedResidual
    let plan = try disjointPlan(test.network, scheme: .full(test.network))
    let memory = AlignedBytes(count: plan.arenaBytes)
    try withEngine(plan, EngineSetup(rate: 0.3), kernels: HostKernels(variant), memory: memory) { engine in
      let windows = test.windows(12, seed: 8)
      let kept = plan.buffers.filter(\.isPersistent).map {
        ($0.offset, Array(memory.bytes[$0.offset..<$0.offset + $0.byteCount]))
      }
      func results() -> [Int] {
        windows.enumerated().map { i, window in
          engine.fill(window)
          return engine.step(label: i % test.network.classCount)
        }
      }
      let first = results()
      let after = memory.bytes
      for (offset, bytes) in kept {
        for (i, byte) in bytes.enumerated() { memory.buffer[offset + i] = byte }
      }
      engine.memoryWasChanged()
      #expect(results() == first)
      #expect(
        plan.buffers.filter { $0.role == .weights }.allSatisfy {
          memory.bytes[$0.offset..<$0.offset + $0.byteCount] == after[$0.offset..<$0.offset + $0.byteCount]
        })
    }
  }

  /// Errors, scales, roundings and velocities of every kind, among them all that is left to the Swift kernels.
  @Test(arguments: variants, TestNetwork.all)
  func everyOptionTrainsToTheSameBits(_ variant: KernelVariant, _ test: TestNetwork) throws {
    let windows = test.windows(4, seed: 18)
    let number = TestNetwork.all.firstIndex { $0.name == test.name } ?? 0
    for k in stride(from: number, to: OptionTests.all.count, by: TestNetwork.all.count) {
      let options = OptionTests.all[k]
      let plan = try disjointPlan(test.network, scheme: .full(test.network), options: options)
      try expectSameBits(
        plan, variant, windows: windows, classes: test.network.classCount, "\(test.name), \(options)")
    }
  }

  @Test(arguments: variants) func mcu1dTrainsToTheSameBits(_ variant: KernelVariant) throws {
    let network = try MCU1D.quantized(seed: 3)
    var random = SplitMix(seed: 5)
    let windows = (0..<8).map { _ in
      (0..<network.inputShape.elementCount).map { _ in Int8.random(in: -128...127, using: &random) }
    }
    for options in [
      TrainingOptions(), TrainingOptions(errorRounding: .stochastic), TrainingOptions(errorScale: .carried),
      TrainingOptions(rounding: .nearest), TrainingOptions(rounding: .errorFeedback),
      TrainingOptions(gradientMemory: .momentum(0.9)),
    ] {
      for rate in [0.003, 0.3] {
        let plan = try disjointPlan(network, scheme: .full(network), options: options)
        try expectSameBits(plan, variant, windows: windows, classes: 6, rate: rate, "\(options), rate \(rate)")
      }
    }
    let placed = try TrainingPlan.compile(network, scheme: .full(network), effort: .quick)
    try expectSameBits(placed, variant, windows: windows, classes: 6, rate: 0.003, "placed")
  }
}
