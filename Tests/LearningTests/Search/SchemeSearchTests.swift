import Foundation
import Testing
import TrainingCompiler

@testable import Learning

struct SchemeSearchTests {
  let network: QuantizedNetwork

  init() throws { network = try SearchWorld.network() }

  private static let values: [String: Double] = [
    "stem.weights": 0.09, "stem.bias": 0.004, "block1.expand.weights": 0.02, "block1.expand.bias": 0.012,
    "block1.depthwise.weights": 0.05, "block1.depthwise.bias": -0.01, "block1.project.weights": 0.015,
    "block1.project.bias": 0.02, "head.weights": 0.01, "head.bias": 0.011, "classifier.weights": 0.03,
    "classifier.bias": 0.005,
  ]

  private func search(
    _ trial: SchemeTrial, confirmations: [SchemeTrial] = [], settings: SchemeSearch.Settings = .init(),
    threads: Int = 2,
    observer: SearchObserver = SearchObserver(), values: [String: Double] = [:]
  ) -> SchemeSearch {
    SchemeSearch(
      evaluator: SchemeEvaluator(network: network, trial: trial, threads: threads, observer: observer),
      confirmations: confirmations.map {
        SchemeEvaluator(network: network, trial: $0, threads: threads, observer: observer)
      },
      bytes: PlannedBytes(
        network: network, options: TrainingOptions(), threads: threads, isCancelled: observer.isCancelled),
      settings: settings
    ) { values }
  }

  private var allSchemes: [UpdateScheme] {
    let tensors = ParameterTensor.all(of: network)
    return (1..<1 << tensors.count).map { bits in
      var scheme = UpdateScheme.predictionOnly(network)
      for (index, tensor) in tensors.enumerated() where bits >> index & 1 == 1 { scheme[tensor] = .all }
      return scheme
    }
  }

  private var budgets: [Int] {
    get throws {
      let least = try TrainingPlan.compile(network, scheme: .lastLayer(network)).arenaBytes
      let most = try TrainingPlan.compile(network, scheme: .full(network)).arenaBytes
      return [least, least + (most - least) / 3, least + (most - least) * 2 / 3, most]
    }
  }

  /// Where tensors add up, refinement ends at the best of all 4,095 schemes or next to it.
  @Test func itComesCloseToTheBestOfAllSchemes() throws {
    let bytes = PlannedBytes(network: network, options: TrainingOptions(), threads: 2)
    let schemes = allSchemes
    let evaluations = try SchemeEvaluator(
      network: network, trial: .additive(Self.values, network: network), threads: 1
    ).evaluate(schemes)
    let search = search(.additive(Self.values, network: network))
    for budget in try budgets {
      let fits = try bytes.bytes(of: schemes, within: budget)
      let best = zip(fits, evaluations).filter { $0.0 != nil }.map(\.1.accuracy).max() ?? 0
      let report = try search.answer(budgetBytes: budget)
      #expect(report.answer.accuracy > best - 0.005, "\(budget) bytes: \(report.answer.tensors)")
      #expect(report.answer.accuracy <= best + 1e-12)
    }
  }

  @Test(arguments: [SchemeSearch.Method.contribution, .freezeUntilDip(threshold: 0.5), .both(skipsDips: true)])
  func theAnswerFitsAndIsTheBestOfItsCandidates(method: SchemeSearch.Method) throws {
    let settings = SchemeSearch.Settings(method: method, evaluations: 25)
    for budget in try budgets {
      let journal = Mailbox()
      let search = search(
        .additive(Self.values, network: network), settings: settings,
        observer: SearchObserver(journal: { journal.append($0) }), values: ["stem.weights": 1])
      let report = try search.answer(budgetBytes: budget)
      #expect(report.candidates.allSatisfy { $0.arenaBytes <= budget })
      #expect(report.candidates.allSatisfy { $0.accuracy <= report.answer.accuracy })
      #expect(
        report.candidates.allSatisfy {
          $0.accuracy < report.answer.accuracy || $0.arenaBytes >= report.answer.arenaBytes
        })
      for candidate in report.candidates {
        let scheme = try UpdateScheme(tensors: candidate.tensors, of: network)
        #expect(candidate.arenaBytes == (try TrainingPlan.compile(network, scheme: scheme).arenaBytes))
        #expect(candidate.updatedParameters == scheme.parameterCount(in: network))
      }
      #expect(Set(report.candidates.map(\.tensors)).count == report.candidates.count, "none is measured twice")
      #expect(report.evaluations.candidates + report.evaluations.refinement <= 25)
      #expect(report.evaluations.total == journal.all.count)
      #expect((report.contribution != nil) == method.usesContribution)
      #expect((report.freezePath != nil) == (method.freezing != nil))
      if let table = report.tableSearch {
        #expect(table.regret >= -1e-12 && table.exact.isProven)
        #expect(report.candidates.contains { $0.tensors == table.exact.best.tensors })
      }
      if let path = report.freezePath, path.fitsBudget {
        #expect(report.candidates.contains { $0.tensors == path.tensors })
      }
      #expect(report.advantage(over: report.candidates[0]).mean >= 0)
      #expect(try JSONDecoder().decode(SearchReport.self, from: JSONEncoder().encode(report)) == report)
    }
  }

  /// Only the first layers help here: a search that looks at the last ones alone finds nothing.
  @Test func layersAtTheFrontAreFound() throws {
    let trial = SchemeTrial.additive(
      ["stem.weights": 0.2, "stem.bias": 0.05, "block1.expand.weights": 0.1], network: network)
    let budget = try TrainingPlan.compile(
      network,
      scheme: .tensors(
        ["stem.weights", "stem.bias", "block1.expand.weights", "classifier.weights", "classifier.bias"], of: network)
    ).arenaBytes
    for method in [SchemeSearch.Method.contribution, .freezeUntilDip(order: .lastLayersFirst)] {
      let report = try search(trial, settings: .init(method: method)).answer(budgetBytes: budget)
      #expect(abs(report.answer.accuracy - 0.86) < 1e-9)
    }
  }

  @Test func anAnswerDependsNeitherOnThreadsNorOnBudgetsAskedBefore() throws {
    let settings = SchemeSearch.Settings(evaluations: 20)
    let budgets = try budgets
    func answer(threads: Int, budgets: [Int]) throws -> SearchReport {
      let search = search(.additive(Self.values, network: network), settings: settings, threads: threads)
      var last: SearchReport?
      for budget in budgets { last = try search.answer(budgetBytes: budget) }
      return try #require(last)
    }
    let alone = try answer(threads: 1, budgets: [budgets[1]])
    #expect(alone == (try answer(threads: 3, budgets: [budgets[1]])))
    #expect(alone == (try answer(threads: 2, budgets: [budgets[3], budgets[0], budgets[1]])))
  }

  @Test func aSearchThatWasInterruptedEndsAsIfItHadNotBeen() throws {
    let settings = SchemeSearch.Settings(evaluations: 20)
    let budget = try budgets[2]
    let trial = SchemeTrial.additive(Self.values, network: network)
    let whole = try search(trial, settings: settings).answer(budgetBytes: budget)
    for stop in [1, 9, 20, whole.evaluations.total - 1] {
      let journal = Mailbox()
      let interrupted = search(
        trial, settings: settings,
        observer: SearchObserver(
          journal: { journal.append($0) }, isCancelled: { journal.all.count >= stop }))
      #expect(throws: SearchError.cancelled) { try interrupted.answer(budgetBytes: budget) }
      #expect(journal.all.count >= stop)
      let resumed = search(trial, settings: settings)
      #expect(resumed.preload(journal.all) == journal.all.count)
      let report = try resumed.answer(budgetBytes: budget)
      #expect(resumed.evaluator.measuredCount == whole.evaluations.total - journal.all.count)
      #expect(report == whole)
    }
  }

  /// A scheme that was lucky with the first people is found out by the others.
  @Test func finalistsAreConfirmedByOtherPeople() throws {
    let network = self.network
    let lucky = UpdateScheme.biases(network).updates
    let trial = SchemeTrial.known { scheme, subject in
      Double(scheme.tensorNames(in: network).count) / 100 + (scheme.updates == lucky ? 0.5 : 0)
    }
    // Two of them in the first group, one in the second: each person counts alike.
    let others = [["x", "y"], ["z"]].map { people in
      SchemeTrial(subjects: people, seeds: [1, 2], fingerprint: people[0]) { scheme in
        { _, _, _ in Double(scheme.tensorNames(in: network).count) / 100 - (scheme.updates == lucky ? 0.5 : 0) }
      }
    }
    let settings = SchemeSearch.Settings(method: .contribution, evaluations: 30, finalists: 3)
    let alone = try search(trial, settings: settings).answer(budgetBytes: 1_000_000)
    #expect(!alone.answer.isConfirmed && alone.answer.tensors.count == 6)
    #expect(alone.evaluations.confirmation == 0)
    let confirmed = try search(trial, confirmations: others, settings: settings).answer(budgetBytes: 1_000_000)
    #expect(confirmed.evaluations.confirmation == 6)
    #expect(confirmed.candidates.count(where: \.isConfirmed) == 3)
    let biases = try #require(confirmed.candidates.first { $0.tensors.count == 6 && $0.accuracy > 0.5 })
    #expect(confirmed.bestHandMade == biases)
    let own = Double(trial.subjects.count)
    #expect(abs(biases.accuracy - 0.56) < 1e-12)
    #expect(abs(biases.confirmedAccuracy - (own * 0.56 - 3 * 0.44) / (own + 3)) < 1e-12)
    #expect(confirmed.answer.tensors.count > 6 && confirmed.answer.isConfirmed)
    let advantage = confirmed.advantage(over: biases)
    #expect(advantage.count == trial.subjects.count + 3)
    #expect(abs(advantage.mean - (confirmed.answer.confirmedAccuracy - biases.confirmedAccuracy)) < 1e-12)
  }

  @Test func wherePlansDoNotFitItSaysWhatTheSmallestTakes() throws {
    let tensors = ParameterTensor.all(of: network)
    let smallest = try #require(
      try tensors.map { tensor in
        var scheme = UpdateScheme.predictionOnly(network)
        scheme[tensor] = .all
        return try TrainingPlan.compile(network, scheme: scheme).arenaBytes
      }.min())
    let search = search(.additive(Self.values, network: network), settings: .init(method: .contribution))
    #expect(throws: SearchError.nothingFits(budgetBytes: smallest - 1, smallestBytes: smallest)) {
      try search.answer(budgetBytes: smallest - 1)
    }
    #expect(try search.answer(budgetBytes: smallest).answer.tensors.count == 1)
  }

  @Test func settingsWithoutSenseAreRefused() throws {
    let trial = SchemeTrial.additive([:], network: network)
    for settings in [
      SchemeSearch.Settings(evaluations: 0), .init(refinementBatch: 0), .init(handMadePerFamily: 0),
      .init(evolution: EvolutionarySearch(population: 0)), .init(evolution: EvolutionarySearch(mutationProbability: 2)),
      .init(exact: ExactSearch(nodeLimit: 0)), .init(shares: []),
      .init(finalists: 0),
    ] {
      #expect(throws: SearchError.self) {
        try search(trial, settings: settings).answer(budgetBytes: 1_000_000)
      }
    }
    #expect(throws: SearchError.self) { try search(trial, settings: .init(method: .contribution)).freezePath() }
  }

  /// The whole with real training: a network that knows three people, two others, the real planner.
  @Test func aSearchOnRealTrainingFindsASchemeThatLearns() throws {
    let windows = SearchWorld.windows()
    let network = try Pretrainer(
      configuration: PretrainingConfiguration(epochs: 12, batchSize: 12, learningRate: 0.02, seed: 1)
    ).train(graph: SearchWorld.graph(), on: windows.subset(windows.indices(ofSubjects: [0, 1, 2]))).0
    let known = windows.subset(windows.indices(ofSubjects: [0, 1, 2]))
    let ranges = try Calibration.ranges(of: network, on: known, threads: 1)
    let quantized = try QuantizedNetwork(quantizing: network, ranges: ranges)
    let deployment = try SearchWorld.deployment(
      network: quantized, adaptation: .init(learningRate: 0.02, epochs: 3, seeds: [1, 2]))
    let budget = try TrainingPlan.compile(quantized, scheme: .full(quantized)).arenaBytes * 3 / 4
    let settings = SchemeSearch.Settings(evaluations: 15)
    var reports: [SearchReport] = []
    for threads in [1, 2] {
      let search = SchemeSearch(deployment: deployment, settings: settings, threads: threads)
      let report = try search.answer(budgetBytes: budget)
      let before = try search.evaluator.evaluate(.predictionOnly(quantized))
      #expect(report.answer.accuracy > before.accuracy + 0.05)
      #expect(report.answer.arenaBytes <= budget)
      #expect(report.subjects == ["subject 3", "subject 4"] && report.seeds == [1, 2])
      reports.append(report)
    }
    #expect(reports[0] == reports[1])
    let freezing = SchemeSearch(
      deployment: deployment, settings: .init(method: .freezeUntilDip(threshold: 3), evaluations: 3), threads: 2)
    let path = try freezing.freezePath()
    #expect(path.steps.count > 1 && path.steps[path.answer].outcome != .dipped)
    #expect(try freezing.answer(budgetBytes: budget).answer.arenaBytes <= budget)
  }
}
