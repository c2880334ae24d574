import Tensors
import Testing
import TrainingCompiler

@testable import Learning

struct DeploymentTests {
  @Test func peopleOfTheTestAreRefused() throws {
    #expect(throws: SearchError.testSubjects(["subject 5"])) {
      try SearchWorld.deployment(subjects: ["subject 3", "subject 5"])
    }
  }

  @Test func peopleWhomTheNetworkKnowsAreRefused() throws {
    #expect(throws: SearchError.pretrainedSubjects(["subject 1"])) {
      try SearchWorld.deployment(subjects: ["subject 1"])
    }
  }

  @Test func unknownPeopleAndNobodyAreRefused() throws {
    let available = (0..<6).map { "subject \($0)" }
    #expect(throws: SearchError.unknownSubjects(["somebody"], available: available)) {
      try SearchWorld.deployment(subjects: ["somebody"])
    }
    #expect(throws: SearchError.noSubjects) { try SearchWorld.deployment(subjects: []) }
  }

  @Test(arguments: [
    Deployment.Adaptation(learningRate: 0), .init(learningRate: .nan), .init(learningRate: 0.1, epochs: 0),
    .init(learningRate: 0.1, fraction: 1.5), .init(learningRate: 0.1, seeds: []),
    .init(learningRate: 0.1, seeds: [4, 4]),
  ])
  func settingsWithoutSenseAreRefused(adaptation: Deployment.Adaptation) throws {
    #expect {
      try SearchWorld.deployment(adaptation: adaptation)
    } throws: { error in
      guard case .invalidSetting = error as? SearchError else { return false }
      return true
    }
  }

  @Test func aPersonWithoutWindowsToTestOnIsRefused() throws {
    #expect(throws: SearchError.subjectCannotAdapt("subject 3", adapting: 36, testing: 0)) {
      try SearchWorld.deployment(adaptation: .init(learningRate: 0.1, fraction: 1))
    }
  }

  @Test func itHoldsTheWindowsOfItsOwnPeopleOnly() throws {
    let deployment = try SearchWorld.deployment()
    let all = SearchWorld.windows()
    #expect(deployment.subjects.map(\.name) == ["subject 3", "subject 4"])
    #expect(deployment.windows.labels.count == 72)
    let expected = QuantizedWindows(all.subset(all.indices(ofSubjects: [3, 4])), for: deployment.network)
    #expect(deployment.windows.values == expected.values)
    // The parts of the two are apart and inside what it holds.
    let used = deployment.subjects.flatMap { $0.adapt + $0.test }
    #expect(Set(used).count == used.count && used.allSatisfy((0..<72).contains))
    for (number, subject) in deployment.subjects.enumerated() {
      #expect((subject.adapt + subject.test).allSatisfy { $0 / 36 == number })
    }
  }

  @Test func theFingerprintTellsDeploymentsApart() throws {
    let adaptations: [Deployment.Adaptation] = [
      .init(learningRate: 0.02, epochs: 2), .init(learningRate: 0.03, epochs: 2),
      .init(learningRate: 0.02, epochs: 3), .init(learningRate: 0.02, schedule: .linear, epochs: 2),
      .init(learningRate: 0.02, warmUpSteps: 3, epochs: 2), .init(learningRate: 0.02, epochs: 2, shuffles: false),
      .init(learningRate: 0.02, epochs: 2, options: TrainingOptions(rounding: .nearest)),
      .init(learningRate: 0.02, epochs: 2, fraction: 0.4), .init(learningRate: 0.02, epochs: 2, seeds: [1]),
    ]
    var prints = try adaptations.map { try SearchWorld.deployment(adaptation: $0).fingerprint }
    var other = try SearchWorld.network()
    other.nodes[1].weights[0] = other.nodes[1].weights[0] == 3 ? 4 : 3
    prints.append(try SearchWorld.deployment(network: other).fingerprint)
    prints.append(try SearchWorld.deployment(subjects: ["subject 3"]).fingerprint)
    #expect(Set(prints).count == prints.count)
    #expect(prints[0] == (try SearchWorld.deployment().fingerprint))
  }

  /// The trial is the adaptation that a run does: same plan, same draws, same predictions.
  @Test func aTrialAdaptsAsARunDoes() throws {
    let deployment = try SearchWorld.deployment()
    let scheme = UpdateScheme.full(deployment.network)
    let plan = try TrainingPlan.compile(deployment.network, scheme: scheme)
    let run = try deployment.trial.prepare(scheme)
    for (number, subject) in deployment.subjects.enumerated() {
      let key = CounterRandom(seed: 9, stream: UInt64(number))
      let result = try IntegerAdaptation(
        plan: plan, learningRate: 0.02, epochs: 2, seed: UInt64(key.highKey) << 32 | UInt64(key.lowKey)
      ).run(on: deployment.windows, adapt: subject.adapt, test: subject.test)
      let correct = zip(result.predictionsAfter, subject.test).count { $0 == deployment.windows.labels[$1] }
      #expect(run(number, 9, { false }) == Double(correct) / Double(subject.test.count))
    }
  }

  @Test func gradientsValueEveryTensorThatATrainingMoves() throws {
    let deployment = try SearchWorld.deployment()
    let values = try deployment.gradientValues(threads: 2)
    #expect(Set(values.keys) == Set(UpdateScheme.full(deployment.network).tensorNames(in: deployment.network)))
    #expect(values.values.allSatisfy { $0 > 0 })
    #expect(values == (try deployment.gradientValues(threads: 1)))
  }
}
