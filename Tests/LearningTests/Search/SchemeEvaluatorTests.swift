import Foundation
import Testing
import TrainingCompiler

@testable import Learning

struct SchemeEvaluatorTests {
  private static func schemes(_ network: QuantizedNetwork) -> [UpdateScheme] {
    [.full(network), .lastLayer(network), .biases(network), .predictionOnly(network), .full(network)]
  }

  @Test func everySubjectAndSeedIsMeasuredOnceForEachScheme() throws {
    let network = try SearchWorld.network()
    let tally = Tally()
    let trial = SchemeTrial.known(subjects: 3, seeds: [10, 20]) { scheme, subject in
      tally.add("\(scheme.tensorNames(in: network)) \(subject)")
      return Double(subject) / 10 + Double(scheme.tensorNames(in: network).count) / 100
    }
    let evaluator = SchemeEvaluator(network: network, trial: trial, threads: 3)
    let found = try evaluator.evaluate(Self.schemes(network))
    #expect(found[0].accuracies.flatMap { $0 }.count == 6)
    for (seed, row) in found[1].accuracies.enumerated() {
      for (subject, accuracy) in row.enumerated() {
        #expect(abs(accuracy - (Double(subject) / 10 + 0.02 + Double([10, 20][seed]) / 1000)) < 1e-12)
      }
    }
    #expect(found[0] == found[4])
    #expect(tally.all.count == 4 * 3 && tally.all.values.allSatisfy { $0 == 2 })
    _ = try evaluator.evaluate(.biases(network))
    #expect(tally.total == 24)
    #expect(evaluator.evaluationCount == 4 && evaluator.measuredCount == 4)
    #expect(abs(found[1].accuracy - (0.1 + 0.02 + 0.015)) < 1e-12)
    let difference = found[0].difference(from: found[1])
    #expect(abs(difference.mean - 0.1) < 1e-12 && difference.standardError < 1e-12)
  }

  @Test func threadsDoNotChangeWhatRealTrainingGives() throws {
    let deployment = try SearchWorld.deployment()
    let schemes = Self.schemes(deployment.network)
    let results = try [1, 2, 5].map { threads in
      try SchemeEvaluator(network: deployment.network, trial: deployment.trial, threads: threads).evaluate(schemes)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(Set(results[0].map(\.accuracies)).count > 1, "schemes differ in what they reach")
  }

  @Test func whatAJournalHoldsIsNotMeasuredAgain() throws {
    let network = try SearchWorld.network()
    let journal = Mailbox()
    let trial = SchemeTrial.known { scheme, subject in
      Double(scheme.tensorNames(in: network).count * (subject + 1)) / 100
    }
    let first = SchemeEvaluator(
      network: network, trial: trial, threads: 2, observer: SearchObserver(journal: { journal.append($0) }))
    let found = try first.evaluate(Self.schemes(network))
    #expect(journal.all.count == 4)
    // As a file would keep it.
    let kept = try JSONDecoder().decode([SchemeEvaluation].self, from: JSONEncoder().encode(journal.all))
    let second = SchemeEvaluator(
      network: network,
      trial: .known { _, _ in
        Issue.record("measured again"); return 0
      }, threads: 2,
      observer: SearchObserver(journal: { _ in Issue.record("journalled again") }))
    #expect(second.preload(kept) == 4)
    #expect(try second.evaluate(Self.schemes(network)) == found)
    #expect(second.evaluationCount == 4 && second.measuredCount == 0)
  }

  @Test func whatBelongsToAnotherDeploymentIsLeftOut() throws {
    let network = try SearchWorld.network()
    let evaluator = SchemeEvaluator(network: network, trial: .known(subjects: 2) { _, _ in 0 }, threads: 1)
    let tensors = UpdateScheme.full(network).tensorNames(in: network)
    #expect(
      evaluator.preload([
        SchemeEvaluation(tensors: tensors, accuracies: [[1, 1]], fingerprint: "another"),
        SchemeEvaluation(tensors: ["no.such"], accuracies: [[1, 1]], fingerprint: "known"),
        SchemeEvaluation(tensors: tensors, accuracies: [[1]], fingerprint: "known"),
        SchemeEvaluation(tensors: tensors, accuracies: [[1, 1], [1, 1]], fingerprint: "known"),
      ]) == 0)
    #expect(try evaluator.evaluate(.full(network)).accuracy == 0)
  }

  @Test func cancellingKeepsWhatWasFinished() throws {
    let network = try SearchWorld.network()
    let journal = Mailbox()
    let tally = Tally()
    let trial = SchemeTrial.known(subjects: 2) { _, _ in
      tally.add("run")
      return 0.5
    }
    let evaluator = SchemeEvaluator(
      network: network, trial: trial, threads: 1,
      observer: SearchObserver(journal: { journal.append($0) }, isCancelled: { tally.total >= 5 }))
    #expect(throws: SearchError.cancelled) { try evaluator.evaluate(Self.schemes(network)) }
    // Four runs are two schemes; the fifth run was cut off.
    #expect(journal.all.count == 2)
    #expect(tally.total == 5)
  }

  @Test func progressCountsEveryAdaptation() throws {
    let network = try SearchWorld.network()
    let tally = Tally()
    let evaluator = SchemeEvaluator(
      network: network, trial: .known(subjects: 2, seeds: [1, 2]) { _, _ in 0 }, threads: 2,
      observer: SearchObserver(progress: {
        #expect($0.phase == .freezing && $0.adaptations == 8 && $0.evaluations == 2)
        tally.add("\($0.finishedAdaptations)")
      }))
    _ = try evaluator.evaluate([.full(network), .lastLayer(network)], phase: .freezing)
    #expect(Set(tally.all.keys) == Set((0...8).map(String.init)) && tally.total == 9)
  }

  @Test func aSchemeThatCannotBePlannedIsAnError() throws {
    let network = try SearchWorld.network()
    let trial = SchemeTrial(subjects: ["a"], fingerprint: "") { _ throws(CompilationError) in throw .noLogits }
    let evaluator = SchemeEvaluator(network: network, trial: trial, threads: 2)
    #expect(throws: SearchError.compilation(.noLogits)) { try evaluator.evaluate(.full(network)) }
  }
}

/// Evaluations as they come in.
final class Mailbox: @unchecked Sendable {
  private let lock = NSLock()
  private var evaluations: [SchemeEvaluation] = []

  func append(_ evaluation: SchemeEvaluation) {
    lock.lock()
    evaluations.append(evaluation)
    lock.unlock()
  }

  var all: [SchemeEvaluation] {
    lock.lock()
    defer { lock.unlock() }
    return evaluations
  }
}
