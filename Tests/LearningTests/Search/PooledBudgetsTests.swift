import Testing
import TrainingCompiler

@testable import Learning

/// Several budgets in one search.
struct PooledBudgetsTests {
  let network: QuantizedNetwork

  init() throws { network = try SearchWorld.network() }

  /// Accuracies without any pattern: what is found for one budget says nothing about the next.
  private func noise(_ scheme: UpdateScheme) -> Double {
    var digest = Fingerprint()
    digest.add(scheme.tensorNames(in: network).sorted().joined(separator: " "))
    return Double(digest.text.utf8.reduce(UInt64(7)) { ($0 &* 1_099_511_628_211) ^ UInt64($1) } % 1000) / 1000
  }

  private func search() -> SchemeSearch {
    let trial = SchemeTrial.known { scheme, _ in noise(scheme) }
    return SchemeSearch(
      evaluator: SchemeEvaluator(network: network, trial: trial, threads: 2),
      bytes: PlannedBytes(network: network, options: TrainingOptions(), threads: 2),
      settings: .init(method: .contribution, evaluations: 12, refinementBatch: 4)
    ) { [:] }
  }

  private var budgets: [Int] {
    get throws {
      let least = try TrainingPlan.compile(network, scheme: .lastLayer(network)).arenaBytes
      let most = try TrainingPlan.compile(network, scheme: .full(network)).arenaBytes
      return (0...8).map { least + (most - least) * $0 / 8 }
    }
  }

  @Test func aLargerBudgetIsNeverWorse() throws {
    let budgets = try budgets
    let pooled = try search().answers(budgetsBytes: budgets)
    let answers = pooled.map(\.answer.accuracy)
    #expect(answers == answers.sorted())
    #expect(zip(pooled, budgets).allSatisfy { $0.budgetBytes == $1 && $0.answer.arenaBytes <= $1 })
    for report in pooled { #expect(report.candidates.allSatisfy { $0.arenaBytes <= report.budgetBytes }) }
    // Else there would be nothing to take over.
    let alone = try budgets.map { try search().answer(budgetBytes: $0).answer.accuracy }
    #expect(alone != alone.sorted())
  }

  /// A scheme that was met under a larger budget but fits a smaller one is among the candidates of both.
  @Test func whatALargerBudgetFindsServesASmallerOne() throws {
    let budgets = try budgets
    let pooled = try search().answers(budgetsBytes: budgets)
    let all = Set(pooled.flatMap(\.candidates).map(\.tensors))
    for report in pooled {
      let fitting = Set(
        pooled.flatMap(\.candidates).filter { $0.arenaBytes <= report.budgetBytes }.map(\.tensors))
      #expect(Set(report.candidates.map(\.tensors)) == fitting)
    }
    #expect(Set(pooled[8].candidates.map(\.tensors)) == all)
  }

  @Test func theOrderOfBudgetsChangesNothing() throws {
    let budgets = try budgets
    let ascending = try search().answers(budgetsBytes: budgets)
    let descending = try search().answers(budgetsBytes: budgets.reversed())
    #expect(descending == ascending.reversed())
    var begun: [Int] = []
    _ = try search().answers(budgetsBytes: [budgets[4], budgets[1]]) { begun.append($0) }
    #expect(begun == [budgets[1], budgets[4], budgets[1], budgets[4]])
  }
}
