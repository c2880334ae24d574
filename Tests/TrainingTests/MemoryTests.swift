import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// What a step writes, against what the planner said it would.
struct MemoryTests {
  static let guardBytes = 512

  /// Runs some steps in an arena painted with one byte and returns all of the memory, what lies behind the
  /// arena included.
  private func painted(
    _ paint: UInt8, _ network: QuantizedNetwork, plan: TrainingPlan, windows: [[Int8]], whole: Bool
  ) throws -> [UInt8] {
    let memory = AlignedBytes(count: plan.arenaBytes + Self.guardBytes, paint: paint)
    try withEngine(
      plan, memory: memory, arenaBytes: whole ? plan.arenaBytes + Self.guardBytes : plan.arenaBytes
    ) { engine in
      for (i, window) in windows.enumerated() {
        engine.fill(window)
        engine.step(label: i % network.classCount)
      }
    }
    return memory.bytes
  }

  /// Bytes that no step wrote keep both patterns; all others are the same whatever the arena held before, so
  /// nothing is read that was not written.
  private func expectPlannedEqualsMeasured(
    _ name: String, _ network: QuantizedNetwork, plan: TrainingPlan, windows: [[Int8]]
  ) throws {
    for whole in [false, true] {
      let a = try painted(0xA5, network, plan: plan, windows: windows, whole: whole)
      let b = try painted(0x5A, network, plan: plan, windows: windows, whole: whole)
      var highest = -1
      for i in a.indices {
        if a[i] == 0xA5 && b[i] == 0x5A { continue }
        try #require(a[i] == b[i], "\(name): byte \(i) depends on what the arena held before")
        highest = i
      }
      #expect(highest + 1 == plan.arenaBytes, "\(name), \(plan.scheme.name)")
    }
    #expect(plan.buffers.map { $0.offset + $0.byteCount }.max() == plan.arenaBytes)
    #expect(plan.lowerBoundBytes <= plan.arenaBytes)
  }

  @Test(arguments: TestNetwork.all + TestNetwork.randoms)
  func plannedMemoryEqualsMeasuredMemory(_ test: TestNetwork) throws {
    for scheme in try test.schemes() {
      for rounding in IntegerStepTests.roundings {
        let plan = try TrainingPlan.compile(
          test.network, scheme: scheme, options: TrainingOptions(rounding: rounding))
        try expectPlannedEqualsMeasured(
          "\(test.name), \(rounding)", test.network, plan: plan, windows: test.windows(6, seed: 21))
      }
    }
  }

  @Test(arguments: TestNetwork.all)
  func plannedMemoryEqualsMeasuredMemoryWithEveryOption(_ test: TestNetwork) throws {
    let number = TestNetwork.all.firstIndex { $0.name == test.name } ?? 0
    for k in stride(from: number, to: OptionTests.all.count, by: 37) {
      let plan = try TrainingPlan.compile(
        test.network, scheme: .full(test.network), options: OptionTests.all[k])
      try expectPlannedEqualsMeasured(
        "\(test.name), \(OptionTests.all[k])", test.network, plan: plan, windows: test.windows(6, seed: 21))
    }
  }

  @Test(arguments: TestNetwork.all)
  func everySmallerArenaIsRefused(_ test: TestNetwork) throws {
    let plan = try TrainingPlan.compile(test.network, scheme: .full(test.network))
    let memory = AlignedBytes(count: plan.arenaBytes, paint: 0xA5)
    for bytes in 1..<plan.arenaBytes {
      #expect(throws: TrainingError.arenaTooSmall(neededBytes: plan.arenaBytes, availableBytes: bytes)) {
        try withEngine(plan, memory: memory, arenaBytes: bytes) { _ in }
      }
    }
    #expect(memory.bytes.allSatisfy { $0 == 0xA5 }, "a refused arena is not touched")
  }

  @Test(arguments: TestNetwork.all)
  func oneByteLessThanNeededIsNoBudget(_ test: TestNetwork) throws {
    for scheme in try test.schemes() {
      let needed = try TrainingPlan.compile(test.network, scheme: scheme).arenaBytes
      #expect(try TrainingPlan.compile(test.network, scheme: scheme, budgetBytes: needed).arenaBytes == needed)
      try expectBudgetRefused(test.network, scheme: scheme, needed: needed)
    }
  }

  private func expectBudgetRefused(_ network: QuantizedNetwork, scheme: UpdateScheme, needed: Int) throws {
    for budget in [needed - 1, needed / 2, 0] {
      let error = #expect(throws: CompilationError.self) {
        try TrainingPlan.compile(network, scheme: scheme, budgetBytes: budget)
      }
      guard case .budgetTooSmall(let neededBytes, let budgetBytes, let largest) = error else {
        Issue.record("\(scheme.name) in \(budget) bytes: \(String(describing: error))")
        continue
      }
      #expect(neededBytes == needed && budgetBytes == budget && !largest.isEmpty)
      #expect(largest.map(\.byteCount) == largest.map(\.byteCount).sorted(by: >))
    }
  }

  /// Staging saves making a gradient twice; one that is stored as int32 is made once anyway, and would leave its
  /// workspace planned but not written.
  @Test(arguments: TestNetwork.all + TestNetwork.randoms)
  func onlyGradientsThatAreQuantizedAreStaged(_ test: TestNetwork) throws {
    let plan = try TrainingPlan.compile(test.network, scheme: .full(test.network))
    let staged = plan.buffers.map(\.name).filter { $0.hasSuffix(" staging") }
    for node in test.network.nodes {
      switch node.operation {
      case .averagePool, .maxPool, .globalAveragePool:
        #expect(!staged.contains("\(node.name) gradient staging"))
      default: break
      }
    }
  }

  @Test func constantsMustBeComplete() throws {
    let test = TestNetwork.twoJoins
    var plan = try TrainingPlan.compile(test.network, scheme: .full(test.network))
    let needed = plan.constantBytes
    plan.constants.removeLast()
    #expect(throws: TrainingError.constantsTooSmall(neededBytes: needed, availableBytes: needed - 1)) {
      try withEngine(plan) { _ in }
    }
  }

  /// A plan cut anywhere is refused, not executed.
  @Test func everyPrefixOfAPlanIsRefused() throws {
    let test = TestNetwork.invertedResidual
    let plan = try TrainingPlan.compile(test.network, scheme: .full(test.network))
    for count in 0..<plan.words.count {
      var cut = plan
      cut.words.removeLast(plan.words.count - count)
      #expect(throws: TrainingError.notAPlan) { try withEngine(cut) { _ in } }
    }
    var foreign = plan
    foreign.words[Plan.Header.version] = 9
    #expect(throws: TrainingError.unsupportedVersion(9)) { try withEngine(foreign) { _ in } }
  }

  /// The full update of the reference network, everything writable included, fits 128 KiB.
  @Test func theReferenceNetworkTrainsIn128KiB() throws {
    let network = try MCU1D.quantized(seed: 3)
    #expect(network.parameterCount == 57_894)
    let plan = try TrainingPlan.compile(network, scheme: .full(network), budgetBytes: 131_072)
    #expect(plan.updatedParameterCount == 57_894)
    #expect(plan.arenaBytes <= 131_072, "\(plan.arenaBytes) bytes, at least \(plan.lowerBoundBytes)")
    print("mcu1d, full update: arena \(plan.arenaBytes) bytes, lower bound \(plan.lowerBoundBytes) bytes")
    var random = SplitMix(seed: 4)
    let windows = (0..<3).map { _ in (0..<128 * 9).map { _ in Int8.random(in: -128...127, using: &random) } }
    try expectPlannedEqualsMeasured("mcu1d", network, plan: plan, windows: windows)
    try expectBudgetRefused(network, scheme: .full(network), needed: plan.arenaBytes)
    for bytes in [1, plan.arenaBytes / 2, plan.arenaBytes - 1] {
      #expect(throws: TrainingError.arenaTooSmall(neededBytes: plan.arenaBytes, availableBytes: bytes)) {
        try withEngine(plan, memory: AlignedBytes(count: bytes), arenaBytes: bytes) { _ in }
      }
    }
  }

  /// What a scheme costs when it takes a share of each tensor instead of all of it; the first layer, which reads the
  /// sensor's channels, stays whole.
  @Test func smallerSharesOfTheReferenceNetworkNeedLess() throws {
    let network = try MCU1D.quantized(seed: 3)
    var arenas: [Int] = []
    for suffix in ["", "/2", "/4", "/8"] {
      let shared = ["block1.expand", "block1.depthwise", "block1.project", "head"].map { "\($0).weights\(suffix)" }
      let biases = network.nodes.filter { !$0.bias.isEmpty }.map { "\($0.name).bias" }
      let scheme = try UpdateScheme.tensors(["stem.weights"] + shared + biases, of: network)
      let plan = try TrainingPlan.compile(network, scheme: scheme)
      arenas.append(plan.arenaBytes)
      print(
        "mcu1d, first block and head\(suffix): \(plan.updatedParameterCount) parameters, arena \(plan.arenaBytes) bytes, "
          + "lower bound \(plan.lowerBoundBytes), constants \(plan.constantBytes)")
      var random = SplitMix(seed: 4)
      let windows = (0..<2).map { _ in (0..<128 * 9).map { _ in Int8.random(in: -128...127, using: &random) } }
      try expectPlannedEqualsMeasured("mcu1d\(suffix)", network, plan: plan, windows: windows)
    }
    #expect(zip(arenas, arenas.dropFirst()).allSatisfy { $0 > $1 }, "\(arenas)")
  }
}

extension MemoryTests {
  /// The first rung is 4 bytes times parameters, gradients, input, outputs and errors: 850,736 for this network.
  @Test func theLadderOfTheReferenceNetworkBeginsAtItsDefinition() throws {
    let network = try MCU1D.quantized(seed: 3)
    let scheme = UpdateScheme.biasesAndLastLayer(network)
    let ladder = try MemoryLadder(
      of: network, scheme: scheme, plan: TrainingPlan.compile(network, scheme: scheme))
    #expect(ladder.rungs[0].byteCount == 850_736)
    #expect(ladder.rungs[1].byteCount < 850_736)
  }
}
