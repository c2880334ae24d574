import Tensors
import TrainingCompiler
import Testing

@testable import Learning

@Suite struct IntegerAdaptationTests {
  /// Looking at the test windows between epochs leaves no trace in what is learned.
  @Test(arguments: [1, 3]) func testingEachEpochChangesNothing(accumulate: Int) throws {
    let deployment = try SearchWorld.deployment()
    var options = TrainingOptions()
    if accumulate > 1 { options.gradientMemory = .accumulation(windows: accumulate) }
    let plan = try TrainingPlan.compile(deployment.network, scheme: .full(deployment.network), options: options)
    let subject = deployment.subjects[0]
    var adaptation = IntegerAdaptation(plan: plan, learningRate: 0.02, epochs: 3, seed: 5)
    let plain = try adaptation.run(on: deployment.windows, adapt: subject.adapt, test: subject.test)
    adaptation.testsEachEpoch = true
    let watched = try adaptation.run(on: deployment.windows, adapt: subject.adapt, test: subject.test)
    #expect(watched.predictionsBefore == plain.predictionsBefore)
    #expect(watched.predictionsAfter == plain.predictionsAfter)
    #expect(watched.losses == plain.losses && watched.steps == plain.steps)
    #expect(watched.arena == plain.arena)
    #expect(plain.accuracies.isEmpty)
    func accuracy(_ predictions: [Int]) -> Double {
      let right = zip(predictions, subject.test).count { $0 == deployment.windows.labels[$1] }
      return Double(right) / Double(subject.test.count)
    }
    #expect(watched.accuracies.count == 4)
    #expect(watched.accuracies.first == accuracy(plain.predictionsBefore))
    #expect(watched.accuracies.last == accuracy(plain.predictionsAfter))
    // After an epoch they are those of a training that ends there.
    let short = try IntegerAdaptation(plan: plan, learningRate: 0.02, epochs: 1, seed: 5)
      .run(on: deployment.windows, adapt: subject.adapt, test: subject.test)
    #expect(watched.accuracies[1] == accuracy(short.predictionsAfter))
  }
}
