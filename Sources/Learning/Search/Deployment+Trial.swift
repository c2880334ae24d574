import Tensors
import Training
import TrainingCompiler

extension Deployment {
  /// Adapts each subject in the arena that a scheme asks for, and tests.
  public var trial: SchemeTrial {
    SchemeTrial(
      subjects: subjects.map(\.name), seeds: adaptation.seeds,
      costs: subjects.map { $0.adapt.count * adaptation.epochs + $0.test.count }, fingerprint: fingerprint
    ) { scheme throws(CompilationError) in
      // Where buffers stand changes no bit of what is learnt.
      let plan = try TrainingPlan.compile(network, scheme: scheme, options: adaptation.options, effort: .quick)
      return { subject, seed, isCancelled in
        accuracy(of: plan, subject: subject, seed: seed, isCancelled: isCancelled)
      }
    }
  }

  private func accuracy(
    of plan: TrainingPlan, subject: Int, seed: UInt64, isCancelled: @Sendable () -> Bool
  ) -> Double {
    let person = subjects[subject]
    let job = IntegerAdaptation(
      plan: plan, learningRate: adaptation.learningRate, schedule: adaptation.schedule,
      warmUpSteps: adaptation.warmUpSteps,
      epochs: plan.scheme.isEmpty ? 0 : adaptation.epochs, shuffles: adaptation.shuffles,
      seed: CounterRandom.adaptationSeed(seed: seed, subject: subject))
    do {
      let result = try job.run(on: windows, adapt: person.adapt, test: person.test, isCancelled: isCancelled)
      let correct = zip(result.predictionsAfter, person.test).count { $0 == windows.labels[$1] }
      return Double(correct) / Double(person.test.count)
    } catch {
      preconditionFailure("a plan runs in the arena that it asks for: \(error)")
    }
  }

  /// A digest of all that an accuracy depends on besides the scheme.
  public var fingerprint: String {
    var digest = Fingerprint()
    for node in network.nodes {
      digest.add(node.name)
      digest.add("\(node.operation)")
      digest.add(node.inputs)
      digest.add([node.shape.length, node.shape.channels])
      digest.add(Double(node.output.scale))
      digest.add([Int(node.output.zeroPoint), Int(node.output.low), Int(node.output.high)])
      digest.add(node.weights)
      for scale in node.weightScales { digest.add(Double(scale)) }
      digest.add(node.bias.map(Int.init))
    }
    digest.add(windows.values)
    digest.add(windows.labels)
    for subject in subjects {
      digest.add(subject.name)
      digest.add(subject.adapt)
      digest.add(subject.test)
    }
    digest.add(adaptation.learningRate)
    digest.add("\(adaptation.schedule)")
    digest.add(adaptation.warmUpSteps)
    digest.add(adaptation.epochs)
    digest.add(adaptation.shuffles ? 1 : 0)
    digest.add("\(adaptation.options)")
    digest.add(adaptation.seeds.count)
    for seed in adaptation.seeds { digest.add(seed) }
    return digest.text
  }
}
