import Learning
import PipelineModel
import Synchronization
import Tensors
import Training
import TrainingCompiler

extension PipelineRun {
  /// Adapts the network to each held-out subject in an arena, but for those whose adaptation is kept.
  func adapt(
    _ network: QuantizedNetwork, scheme: TrainingCompiler.UpdateScheme, scores: ChannelScores?, train: Train,
    windows: inout PreparedWindows, splits: [(subject: Int, split: AdaptationSplit)], _ results: StageResults
  ) throws(RunError) -> TrainingOutcome {
    let rate = try train.checkedLearningRate()
    let plan: TrainingPlan
    do {
      plan = try TrainingPlan.compile(
        network, scheme: scheme, options: train.options, scores: scores, budgetBytes: train.arena.bytes)
    } catch {
      throw .compilation(error)
    }
    observer.progress(.planned(arenaBytes: plan.arenaBytes, budgetBytes: train.arena.bytes))
    let outcomes = try adaptations(
      plan, rate: rate, train, splits, network: network, windows: &windows, results)
    let first = windows.single(0)
    let measured: Int
    do {
      measured = try plan.measuredPeakBytes(
        window: QuantizedWindows(first, for: network).values, label: windows.labels[0])
    } catch {
      preconditionFailure("a plan runs in the arena that it asks for: \(error)")
    }
    return TrainingOutcome(
      plan: plan, budgetBytes: train.arena.bytes, measuredPeakBytes: measured, subjects: outcomes[0].subjects,
      repetitions: Array(outcomes.dropFirst()),
      storedRecordingBytes: (splits.map(\.split.adapt.count).max() ?? 0) * windows.elementCount)
  }

  /// What each seed brings, subject by subject; the first seed is the pipeline's.
  private func adaptations(
    _ plan: TrainingPlan, rate: (rate: Double, schedule: LearningRate.Schedule), _ train: Train,
    _ splits: [(subject: Int, split: AdaptationSplit)], network: QuantizedNetwork,
    windows: inout PreparedWindows, _ results: StageResults
  ) throws(RunError) -> [SeedOutcome] {
    let digest = plan.digest
    let (names, classes) = (windows.subjectNames, windows.classNames.count)
    let seeds = pipeline.adaptationSeeds
    // Of each seed all subjects, and what each is kept under.
    let parts = seeds.flatMap { seed in splits.map { (seed: seed, subject: $0.subject, split: $0.split) } }
    let keys = parts.map { pipeline.adaptationPart(of: names[$0.subject], seed: $0.seed) }
    var found: [IntegerAdaptation.Result?] = zip(parts, keys).map { part, key in
      let kept: KeptAdaptation? = results.kept(.train, key) { kept in
        kept.plan == digest && kept.result.arena.count == plan.arenaBytes
          && [kept.result.predictionsBefore, kept.result.predictionsAfter].allSatisfy { predictions in
            predictions.count == part.split.test.count && predictions.allSatisfy((0..<classes).contains)
          }
      }
      return kept?.result
    }
    let missing = found.indices.filter { found[$0] == nil }
    if !missing.isEmpty {
      let quantized = QuantizedWindows(windows.all, for: network)
      let jobs = missing.map { index in
        let (seed, subject, split) = parts[index]
        var adaptation = IntegerAdaptation(
          plan: plan, learningRate: rate.rate, schedule: rate.schedule, warmUpSteps: train.warmUp,
          epochs: train.epochs, shuffles: train.shuffle,
          seed: CounterRandom.adaptationSeed(seed: seed, subject: subject))
        adaptation.testsEachEpoch = true
        return AdaptationJob(adaptation: adaptation, adapt: split.adapt, test: split.test)
      }
      for (index, result) in zip(missing, try run(jobs, on: quantized, digest, missing.map { keys[$0] }, results)) {
        found[index] = result
      }
    }
    let labels = windows.labels
    let outcomes = zip(parts, found.compactMap { $0 }).map { part, result in
      let tested = part.split.test.map { labels[$0] }
      return SubjectOutcome(
        name: names[part.subject], adaptedWindows: part.split.adapt.count, testedWindows: part.split.test.count,
        before: .init(labels: tested, predictions: result.predictionsBefore, classes: classes),
        after: .init(labels: tested, predictions: result.predictionsAfter, classes: classes), result: result)
    }
    return seeds.indices.map { index in
      SeedOutcome(
        seed: seeds[index], subjects: Array(outcomes[index * splits.count..<(index + 1) * splits.count]))
    }
  }

  /// Runs adaptations side by side, each of which is kept as soon as it is over.
  private func run(
    _ jobs: [AdaptationJob], on windows: QuantizedWindows, _ plan: String, _ names: [String], _ results: StageResults
  ) throws(RunError) -> [IntegerAdaptation.Result] {
    observer.progress(.adapting(finished: 0, subjects: jobs.count))
    let finished = Atomic<Int>(0)
    let found = AdaptationJob.run(
      jobs, on: windows, threads: threads, isCancelled: observer.isCancelled,
      keep: { index, result in
        results.keep(
          KeptAdaptation(plan: plan, result: result), of: .train, part: names[index],
          seconds: result.microsecondsPerStep * Double(result.steps) * 1e-6)
      },
      finished: {
        let count = finished.add(1, ordering: .relaxed).newValue
        observer.progress(.adapting(finished: count, subjects: jobs.count))
      })
    if observer.isCancelled() { throw .cancelled }
    return found
  }
}

extension CheckedPipeline {
  /// The seeds with which each subject adapts; the first is the pipeline's.
  var adaptationSeeds: [UInt64] { (0..<UInt64(train?.seeds ?? 1)).map { seed &+ $0 } }

  /// The name under which one adaptation is kept.
  func adaptationPart(of subject: String, seed: UInt64) -> String {
    subject + (seed == self.seed ? "" : ", seed \(seed)")
  }
}

extension TrainingPlan {
  /// Of the operations and the numbers that they start from.
  fileprivate var digest: String {
    var sum = SHA256()
    words.withUnsafeBytes { sum.add($0) }
    sum.add(constants)
    return sum.hexadecimal()
  }
}
