import Tensors
public import TrainingCompiler

/// Looks for the choice of largest contribution under a byte budget by mutation and crossover.
///
/// After Lin et al. 2022, "On-Device Training Under 256KB Memory", section 2.2: the sum of contributions is
/// maximised, and memory is a hard limit. Only choices whose planned arena fits ever enter the population.
/// The same seed gives the same answer on any number of threads.
public struct EvolutionarySearch: Sendable, Hashable {
  /// Choices kept from one generation to the next.
  public var population: Int
  public var generations: Int
  /// The best of a population, from which the next generation is made.
  public var parents: Int
  /// Children of one parent in each generation.
  public var mutations: Int
  /// Children of two parents in each generation.
  public var crossovers: Int
  /// The probability with which each gene of a mutation is drawn anew.
  public var mutationProbability: Double
  public var seed: UInt64

  public init(
    population: Int = 60, generations: Int = 20, parents: Int = 15, mutations: Int = 30, crossovers: Int = 30,
    mutationProbability: Double = 0.1, seed: UInt64 = 0
  ) {
    self.population = population
    self.generations = generations
    self.parents = parents
    self.mutations = mutations
    self.crossovers = crossovers
    self.mutationProbability = mutationProbability
    self.seed = seed
  }

  /// - Throws: `SearchError.nothingFits` if the table's base is too large.
  public func answer(
    table: ContributionTable, network: QuantizedNetwork, bytes: PlannedBytes, budgetBytes: Int
  ) throws(SearchError) -> TableAnswer {
    try check()
    let problem = try TableProblem(table: table, network: network, bytes: bytes, budgetBytes: budgetBytes)
    var draws = CounterDraws(CounterRandom(seed: seed, purpose: .evolution))
    var population = try firstPopulation(problem, &draws)
    for _ in 0..<generations {
      let parents = Array(population.prefix(self.parents))
      let children =
        (0..<mutations).map { _ in mutation(of: parents[draws.below(parents.count)].choice, problem, &draws) }
        + (0..<crossovers).map { _ in
          crossover(parents[draws.below(parents.count)].choice, parents[draws.below(parents.count)].choice, &draws)
        }
      population = best(of: population + (try members(children, problem)))
    }
    return try problem.answer(population[0].choice)
  }

  private func check() throws(SearchError) {
    for (name, value) in [("the population", population), ("the number of parents", parents)] {
      guard value >= 1 else { throw .invalidSetting(name: name, value: "\(value)", allowed: "at least 1") }
    }
    for (name, value) in [
      ("the number of generations", generations), ("the number of mutations", mutations),
      ("the number of crossovers", crossovers),
    ] {
      guard value >= 0 else { throw .invalidSetting(name: name, value: "\(value)", allowed: "at least 0") }
    }
    guard (0...1).contains(mutationProbability) else {
      throw .invalidSetting(
        name: "the probability of a mutation", value: "\(mutationProbability)", allowed: "from 0 to 1")
    }
  }

  private struct Member {
    var choice: TableChoice
    var value: Double
    var arenaBytes: Int
  }

  /// The largest values first, of equal ones those of fewer bytes; none twice.
  private func best(of members: [Member]) -> [Member] {
    var seen: Set<TableChoice> = []
    return Array(
      members.sorted { left, right in
        if left.value != right.value { return left.value > right.value }
        if left.arenaBytes != right.arenaBytes { return left.arenaBytes < right.arenaBytes }
        return left.choice.genes.lexicographicallyPrecedes(right.choice.genes)
      }.filter { seen.insert($0.choice).inserted }.prefix(population))
  }

  /// Those of some choices that fit.
  private func members(_ choices: [TableChoice], _ problem: TableProblem) throws(SearchError) -> [Member] {
    // The planner is asked only about choices that its cheap bound does not rule out.
    let possible = choices.filter { problem.cheapBound($0) <= problem.budgetBytes }
    let bytes = try problem.bytes.bytes(of: possible.map(problem.scheme), within: problem.budgetBytes)
    return zip(possible, bytes).compactMap { choice, arenaBytes in
      arenaBytes.map { Member(choice: choice, value: problem.table.value(of: choice), arenaBytes: $0) }
    }
  }

  /// The base alone, and random choices from which random parts are taken until they fit.
  private func firstPopulation(
    _ problem: TableProblem, _ draws: inout CounterDraws
  ) throws(SearchError) -> [Member] {
    var found = try members([.none(of: problem.table)], problem)
    var choices = (1..<max(2, population)).map { _ in
      mutation(of: .none(of: problem.table), problem, &draws, probability: 0.5)
    }
    while !choices.isEmpty {
      let fitting = try members(choices, problem)
      found += fitting
      let fits = Set(fitting.map(\.choice))
      choices = choices.filter { !fits.contains($0) && $0 != .none(of: problem.table) }
        .map { reduced($0, &draws) }
    }
    return best(of: found)
  }

  private func mutation(
    of choice: TableChoice, _ problem: TableProblem, _ draws: inout CounterDraws, probability: Double? = nil
  ) -> TableChoice {
    let probability = probability ?? mutationProbability
    var child = choice
    if draws.uniform() < probability { child.biasDepth = draws.below(problem.table.biasDepths.count) }
    for layer in child.shares.indices where draws.uniform() < probability {
      let options = [.none] + problem.table.weights[layer].map(\.share)
      child.shares[layer] = options[draws.below(options.count)]
    }
    return child
  }

  private func crossover(
    _ left: TableChoice, _ right: TableChoice, _ draws: inout CounterDraws
  ) -> TableChoice {
    var child = left
    if draws.below(2) == 1 { child.biasDepth = right.biasDepth }
    for layer in child.shares.indices where draws.below(2) == 1 { child.shares[layer] = right.shares[layer] }
    return child
  }

  /// The choice without one of its parts: weights of a layer, or half of the bias depth.
  private func reduced(_ choice: TableChoice, _ draws: inout CounterDraws) -> TableChoice {
    let chosen = choice.shares.indices.filter { choice.shares[$0] != .none }
    let position = draws.below(chosen.count + (choice.biasDepth > 0 ? 1 : 0))
    var child = choice
    if position < chosen.count {
      child.shares[chosen[position]] = .none
    } else {
      child.biasDepth /= 2
    }
    return child
  }
}

extension TableChoice {
  /// For an order that does not depend on anything else.
  var genes: [Int] { [biasDepth] + shares.map(\.rawValue) }
}

/// The numbers of a counter-based generator, one after another.
struct CounterDraws {
  private let random: CounterRandom
  private var index = 0

  init(_ random: CounterRandom) { self.random = random }

  /// In 0..<1.
  mutating func uniform() -> Double {
    defer { index += 1 }
    return random.uniform(at: index)
  }

  /// In `0..<count`.
  mutating func below(_ count: Int) -> Int { min(count - 1, Int(uniform() * Double(count))) }
}
