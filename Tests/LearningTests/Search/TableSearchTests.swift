import Foundation
import Testing
import TrainingCompiler

@testable import Learning

/// Evolutionary and exact search on tables whose best choice is known by trying all.
struct TableSearchTests {
  let network: QuantizedNetwork
  let bytes: PlannedBytes
  private static let base = ["classifier.weights", "classifier.bias"]

  init() throws {
    let network = try SearchWorld.network()
    self.network = network
    bytes = PlannedBytes(network: network, options: TrainingOptions(), threads: 2)
  }

  /// The largest sum of all choices that fit.
  private func bruteForce(
    _ table: ContributionTable, bytes: PlannedBytes, budgetBytes: Int
  ) throws -> (value: Double, choices: Int) {
    var choices = table.biasDepths.indices.map { TableChoice(biasDepth: $0, shares: []) }
    for layer in table.weights {
      let options = [ChannelShare.none] + layer.map(\.share)
      choices = choices.flatMap { choice in
        options.map { TableChoice(biasDepth: choice.biasDepth, shares: choice.shares + [$0]) }
      }
    }
    let fits = try bytes.bytes(
      of: try choices.map { try $0.scheme(over: table, of: network) }, within: budgetBytes)
    let values = zip(choices, fits).filter { $1 != nil }.map { table.value(of: $0.0) }
    return (values.max() ?? -.infinity, choices.count)
  }

  private func check(
    _ table: ContributionTable, bytes: PlannedBytes, budgetBytes: Int, _ comment: Comment
  ) throws -> Double {
    let truth = try bruteForce(table, bytes: bytes, budgetBytes: budgetBytes)
    let evolutionary = try EvolutionarySearch(population: 20, generations: 8, parents: 6, mutations: 12, crossovers: 12)
      .answer(table: table, network: network, bytes: bytes, budgetBytes: budgetBytes)
    for start in [nil, evolutionary] {
      let exact = try ExactSearch(nodeLimit: 100_000).answer(
        table: table, network: network, bytes: bytes, budgetBytes: budgetBytes, startingWith: start)
      #expect(exact.isProven, comment)
      #expect(abs(exact.best.value - truth.value) < 1e-9, comment)
      #expect(abs(exact.upperBound - truth.value) < 1e-9, comment)
      #expect(exact.best.arenaBytes <= budgetBytes, comment)
      let scheme = try UpdateScheme(tensors: exact.best.tensors, of: network)
      #expect(try bytes.footprint(of: scheme).arenaBytes == exact.best.arenaBytes, comment)
      #expect(try exact.best.choice.scheme(over: table, of: network).updates == scheme.updates, comment)
      #expect(abs(table.value(of: exact.best.choice) - exact.best.value) < 1e-12, comment)
      #expect(exact.regret(of: evolutionary) >= -1e-12, comment)
    }
    #expect(evolutionary.arenaBytes <= budgetBytes, comment)
    return truth.value - evolutionary.value
  }

  @Test func exactSearchEqualsBruteForceWithTheRealPlanner() throws {
    let least = try bytes.footprint(of: .lastLayer(network)).arenaBytes
    let most = try bytes.footprint(of: .full(network)).arenaBytes
    var regrets: [Double] = []
    for seed in 0..<6 as Range<UInt64> {
      let table = ContributionTable.random(of: network, base: Self.base, seed: seed)
      for part in [0, 30, 60, 90] {
        regrets.append(
          try check(
            table, bytes: bytes, budgetBytes: least + (most - least) * part / 100, "seed \(seed), part \(part)"))
      }
    }
    // On so small a space even a short evolution mostly ends at the best choice.
    #expect(regrets.count { $0 < 1e-9 } > regrets.count / 2)
  }

  /// A planner with shares, of which the bound says little and placement wastes up to an eighth.
  @Test func exactSearchEqualsBruteForceWithSharesAndAWastefulPlanner() throws {
    let network = self.network
    let wasteful = PlannedBytes(threads: 2) { scheme in
      let early = scheme.updates.prefix(4).contains { !$0.isEmpty }
      let parameters = network.parameterLayers.reduce(0) { sum, layer in
        sum + scheme.updatedWeightCount(ofNode: layer, in: network)
          + (scheme[layer].bias ? 4 * network.nodes[layer].bias.count : 0)
      }
      let bound = 200 + parameters + (early ? 150 : 0)
      return .init(arenaBytes: bound + bound * (parameters * 7 % 13) / 100, lowerBoundBytes: bound)
    }
    for seed in 20..<23 as Range<UInt64> {
      let table = ContributionTable.random(of: network, base: Self.base, shares: [.half, .all], seed: seed)
      for budget in [300, 450, 700] {
        _ = try check(table, bytes: wasteful, budgetBytes: budget, "seed \(seed), budget \(budget)")
      }
    }
  }

  @Test func aLimitOfNodesIsKeptAndSaysWhatIsOpen() throws {
    let budget = try bytes.footprint(of: .full(network)).arenaBytes * 3 / 4
    var unproven = 0
    for seed in 0..<8 as Range<UInt64> {
      let table = ContributionTable.random(of: network, base: Self.base, seed: seed)
      let truth = try bruteForce(table, bytes: bytes, budgetBytes: budget).value
      for limit in [1, 3, 10] {
        let answer = try ExactSearch(nodeLimit: limit).answer(
          table: table, network: network, bytes: bytes, budgetBytes: budget)
        #expect(answer.nodes <= limit)
        #expect(answer.best.value <= truth + 1e-12 && answer.upperBound >= truth - 1e-12, "seed \(seed)")
        if !answer.isProven { unproven += 1 }
      }
    }
    #expect(unproven > 8)
  }

  @Test func evolutionIsTheSameOnAnyThreadsAndDependsOnItsSeed() throws {
    let table = ContributionTable.random(of: network, base: Self.base, shares: [.quarter, .all], seed: 4)
    let network = self.network
    let budget = 900
    var answers: [UInt64: Set<TableAnswer>] = [:]
    for threads in [1, 4] {
      let bytes = PlannedBytes(threads: threads) { scheme in
        let count = scheme.parameterCount(in: network)
        return .init(arenaBytes: 300 + count, lowerBoundBytes: 300 + count)
      }
      for seed in 0..<6 as Range<UInt64> {
        let search = EvolutionarySearch(
          population: 4, generations: 2, parents: 2, mutations: 3, crossovers: 3, seed: seed)
        answers[seed, default: []].insert(
          try search.answer(table: table, network: network, bytes: bytes, budgetBytes: budget))
      }
    }
    #expect(answers.values.allSatisfy { $0.count == 1 })
    #expect(Set(answers.values.joined()).count > 1)
  }

  @Test func aBaseThatDoesNotFitIsAnError() throws {
    let table = ContributionTable.random(of: network, base: Self.base, seed: 4)
    let least = try bytes.footprint(of: .lastLayer(network)).arenaBytes
    let error = SearchError.nothingFits(budgetBytes: least - 1, smallestBytes: least)
    #expect(throws: error) {
      try EvolutionarySearch().answer(table: table, network: network, bytes: bytes, budgetBytes: least - 1)
    }
    #expect(throws: error) {
      try ExactSearch().answer(table: table, network: network, bytes: bytes, budgetBytes: least - 1)
    }
  }

  @Test func aHeapGivesElementsInOrder() {
    var random = TestRandom(seed: 8)
    for count in 0..<40 {
      var heap = Heap<(key: Int, number: Int)> { $0.key > $1.key }
      let keys = (0..<count).map { _ in Int.random(in: 0..<6, using: &random) }
      for (number, key) in keys.enumerated() { heap.insert((key, number)) }
      var found: [Int] = []
      while let top = heap.top {
        found.append(top.number)
        heap.removeTop()
      }
      #expect(found == keys.indices.sorted { (keys[$1], $0) < (keys[$0], $1) })
    }
  }
}
