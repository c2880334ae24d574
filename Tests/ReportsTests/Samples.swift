import Reports

enum Samples {
  static var full: RunReport {
    var ingest = IngestMetrics()
    (ingest.files, ingest.frames, ingest.windows) = (10, 262_841, 3_911)
    (ingest.bytesRead, ingest.bytesDecoded, ingest.gaps) = (9_876_543, 41_234_567, 12)
    (ingest.droppedFrames, ingest.unlabelledFrames, ingest.duplicateFrames) = (34, 1_205, 31)
    (ingest.stepsBackwards, ingest.nonFiniteFrames, ingest.leftoverFrames) = (2, 3, 777)
    ingest.notes = ["acc_x: 12 values at full scale"]
    ingest.losses = ["s04.mcap: the chunk at byte 81,920 has a wrong checksum; 1,024 frames skipped"]
    ingest.recordings = recordings
    var metrics = RunMetrics(
      pipeline: "wrist-exercises", seed: 7, ingest: ingest,
      model: ModelMetrics(parameters: 41_287, multiplyAccumulates: 1_823_744))
    metrics.pretraining = Score(accuracy: 0.9712, macroF1: 0.9688)
    metrics.quantization = Score(accuracy: 0.9697, macroF1: 0.967)
    metrics.memory = MemoryMetrics(
      arenaBytes: 87_040, plannedPeakBytes: 87_040, measuredPeakBytes: 87_040, constantBytes: 21_504,
      budgetBytes: 98_304)
    metrics.search = SearchMetrics(
      tensors: ["conv1.weights", "dense1.bias"], arenaBytes: 87_040, budgetBytes: 98_304,
      validationSubjects: ["s02", "s05"], accuracyBefore: 0.612, validationAccuracy: 0.9013, evaluations: 1_061)
    metrics.training = TrainingMetrics(
      scheme: "lastBlocks(2)", steps: 4_120, updatedParameters: 28_900, saturatedErrors: 0,
      microsecondsPerStep: 812.4)
    metrics.training?.multiplyAccumulatesPerStep = 4_321_987
    metrics.training?.updatedBytes = 30_004
    metrics.training?.storedRecordingBytes = 157_440
    let names = ["pendulum", "abduction", "flexion", "internal rotation", "external rotation", "trapezius", "row"]
    let before = names.indices.map { row in names.indices.map { $0 == row ? 61 + row : ($0 + row) % 5 * 4 } }
    let after = names.indices.map { row in names.indices.map { $0 == row ? 96 - row : ($0 + row) % 3 } }
    metrics.evaluation = EvaluationMetrics(
      before: Score(accuracy: 0.7631, macroF1: 0.7412), after: Score(accuracy: 0.9384, macroF1: 0.931),
      perSubject: [
        SubjectMetrics(
          subject: "s08", windowsAdapted: 190, windowsTested: 188, before: Score(accuracy: 0.713, macroF1: 0.702),
          after: Score(accuracy: 0.951, macroF1: 0.949)),
        SubjectMetrics(
          subject: "s09", windowsAdapted: 171, windowsTested: 169, before: Score(accuracy: 0.822, macroF1: 0.811),
          after: Score(accuracy: 0.936, macroF1: 0.93)),
        SubjectMetrics(
          subject: "s10", windowsAdapted: 205, windowsTested: 203, before: Score(accuracy: 0.754, macroF1: 0.71),
          after: Score(accuracy: 0.748, macroF1: 0.705)),
      ],
      confusion: ConfusionMetrics(classes: names, before: before, after: after))
    metrics.evaluation?.seeds = SeedMetrics([
      SeedScore(seed: 7, Score(accuracy: 0.9384, macroF1: 0.931)),
      SeedScore(seed: 8, Score(accuracy: 0.9261, macroF1: 0.9204)),
    ])
    var report = RunReport(metrics: metrics)
    report.pretrainingHistory = (1...12).map { EpochResult(loss: 1.9 / Double($0), accuracy: 1 - 0.7 / Double($0)) }
    report.adaptationCurves = curves
    report.layers = layers
    report.forwardSteps = 8
    report.timelines = timelines
    report.previews = previews
    report.stepNames =
      (0..<8).map { "forward \($0)" } + ["loss"] + (0..<7).reversed().map { "backward \($0)" }
    report.arenaBuffers = arena
    report.search = search
    report.provenance = [Fact("processor", "x86-64 with AVX2"), Fact("version", "0.1")]
    return report
  }

  private static var search: SearchFindings {
    SearchFindings(
      budgetBytes: 98_304, accuracyBefore: 0.612,
      candidates: [
        SearchFindings.Candidate(
          name: "first convolution + last layer, with block1.expand.bias", origin: "refined", arenaBytes: 87_040,
          accuracy: 0.9013, standardError: 0.0123),
        SearchFindings.Candidate(
          name: "last 2 of 5 blocks", origin: "by hand", arenaBytes: 71_234, accuracy: 0.8457, standardError: 0.031),
      ],
      freezePath: [
        SearchFindings.FreezeStep(tensor: nil, outcome: "start", arenaBytes: 131_072, accuracy: 0.9111),
        SearchFindings.FreezeStep(tensor: "block3.expand.bias", outcome: "kept", arenaBytes: 120_001, accuracy: 0.9066),
      ],
      layers: [
        SearchFindings.Layer(name: "conv1", weights: "all", bias: "–"),
        SearchFindings.Layer(name: "block1.expand", weights: "1/4", bias: "all"),
      ])
  }

  private static var arena: [ArenaBuffer] {
    func buffer(_ name: String, _ kind: String, _ offset: Int, _ bytes: Int, _ steps: ClosedRange<Int>) -> ArenaBuffer {
      ArenaBuffer(
        name: name, kind: kind, offset: offset, bytes: bytes, firstStep: steps.lowerBound, lastStep: steps.upperBound)
    }
    return [
      buffer("block 6 weights", "weights", 0, 28_672, 0...15),
      buffer("input", "activation", 28_672, 4_096, 0...1),
      buffer("conv 1 output", "activation", 32_768, 16_384, 0...2),
      buffer("block 4 output", "activation", 49_152, 14_336, 3...13),
      buffer("block 5 output", "activation", 63_488, 9_216, 4...12),
      buffer("block 5 mask", "mask", 72_704, 1_152, 4...12),
      buffer("logit error", "error", 73_856, 28, 8...9),
      buffer("block 5 error", "error", 28_672, 12_288, 9...12),
      buffer("block 4 error", "error", 40_960, 8_192, 11...15),
      buffer("gradient", "workspace", 76_800, 10_240, 9...15),
    ]
  }
}
