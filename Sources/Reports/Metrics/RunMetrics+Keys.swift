/// A key of `metrics.json`, for people.
public struct MetricKey: Sendable, Hashable {
  /// Where it stands, parts joined by dots; `[]` after a list.
  public let path: String
  public let unit: String
  public let meaning: String

  init(_ path: String, _ unit: String, _ meaning: String) {
    self.path = path
    self.unit = unit
    self.meaning = meaning
  }
}

extension RunMetrics {
  /// Every key, in the order of a run.
  public static let keys: [MetricKey] = [
    MetricKey("schemaVersion", "", "1; grows when a key changes its meaning or goes away"),
    MetricKey("pipeline", "", "the pipeline's name"),
    MetricKey("seed", "", "the seed from which every random number follows"),
    MetricKey(
      "cachedStages[]", "", "what an earlier run had computed; times among it are that run's; absent where all is new"),
    MetricKey("ingest.files", "files", "recordings read"),
    MetricKey("ingest.frames", "frames", "frames decoded"),
    MetricKey("ingest.windows", "windows", "windows cut"),
    MetricKey("ingest.bytesRead", "bytes", "bytes of the files, compressed as they are"),
    MetricKey("ingest.bytesDecoded", "bytes", "bytes after decompression"),
    MetricKey("ingest.gaps", "places", "places where time jumps or frames are missing, and windows split"),
    MetricKey("ingest.filledGaps", "places", "gaps that were filled"),
    MetricKey("ingest.filledFrames", "frames", "frames made up to fill them"),
    MetricKey("ingest.droppedFrames", "frames", "frames not used: duplicates, late ones, values that are no numbers"),
    MetricKey("ingest.unlabelledFrames", "frames", "frames that nobody labelled"),
    MetricKey("ingest.duplicateFrames", "frames", "frames of one time for which another stands"),
    MetricKey("ingest.spreadFrames", "frames", "frames of a burst that were given times of their own"),
    MetricKey("ingest.reorderedFrames", "frames", "frames put back in the order of their times"),
    MetricKey("ingest.lateFrames", "frames", "frames that came too late for that, and were dropped"),
    MetricKey("ingest.stepsBackwards", "places", "places where time steps back a little"),
    MetricKey("ingest.clockJumpsForward", "places", "places where the clock was set forwards"),
    MetricKey("ingest.clockJumpsBackward", "places", "places where the clock was set back"),
    MetricKey("ingest.nonFiniteFrames", "frames", "frames dropped because a value was infinite or no number"),
    MetricKey("ingest.heldValues", "values", "values that were no numbers, and for which the last good one stands"),
    MetricKey("ingest.saturatedValues", "values", "values at full scale, where the pipeline states it"),
    MetricKey("ingest.stuckValues", "values", "values of channels that repeated one, where the pipeline looks for it"),
    MetricKey("ingest.leftoverFrames", "frames", "labelled frames that are in no window"),
    MetricKey("ingest.rejectedWindows", "windows", "windows left out because a value in them is not to be used"),
    MetricKey("ingest.ambiguousWindows", "windows", "windows left out because their frames disagree on the label"),
    MetricKey("ingest.notes[]", "", "a sentence for each channel that was faulty, absent or converted"),
    MetricKey("ingest.losses[]", "", "a sentence for each part of a recording that could not be read"),
    MetricKey("ingest.recordings[].file", "", "a file's name"),
    MetricKey("ingest.recordings[].subject", "", "who it is of"),
    MetricKey("ingest.recordings[].frames", "frames", "frames decoded from it"),
    MetricKey("ingest.recordings[].seconds", "s", "from its first frame to its last, steps backwards left out"),
    MetricKey("ingest.recordings[].hertz", "Hz", "the mean rate of its frames, gaps left out; 0 where there is none"),
    MetricKey("ingest.recordings[].lowestHertz", "Hz", "of the stretch of a second or more with the lowest rate"),
    MetricKey("ingest.recordings[].highestHertz", "Hz", "of the stretch of a second or more with the highest rate"),
    MetricKey("ingest.recordings[].gaps", "places", "as `ingest.gaps`, in this file"),
    MetricKey("ingest.recordings[].filledFrames", "frames", "as `ingest.filledFrames`, in this file"),
    MetricKey("ingest.recordings[].droppedFrames", "frames", "as `ingest.droppedFrames`, in this file"),
    MetricKey("ingest.recordings[].timeFaults", "places", "steps backwards and clock jumps in this file"),
    MetricKey("ingest.recordings[].losses", "losses", "parts of this file that could not be read"),
    MetricKey("model.parameters", "parameters", "weights and biases of the network"),
    MetricKey("model.multiplyAccumulates", "operations", "multiply-accumulate operations for one window forward"),
    MetricKey("pretraining.accuracy", "share of 1", "accuracy of the float32 network"),
    MetricKey("pretraining.macroF1", "share of 1", "macro-F1 of the float32 network"),
    MetricKey("quantization.accuracy", "share of 1", "accuracy of the int8 network"),
    MetricKey("quantization.macroF1", "share of 1", "macro-F1 of the int8 network"),
    MetricKey("search.tensors[]", "", "what the scheme that a search found updates"),
    MetricKey("search.arenaBytes", "bytes", "the arena that it takes"),
    MetricKey("search.budgetBytes", "bytes", "what the search allowed it"),
    MetricKey("search.validationSubjects[]", "", "training subjects who played newcomers in the search"),
    MetricKey("search.accuracyBefore", "share of 1", "their accuracy before they adapt"),
    MetricKey("search.validationAccuracy", "share of 1", "the same after adapting by the scheme"),
    MetricKey("search.evaluations", "schemes", "schemes that the search measured"),
    MetricKey("memory.arenaBytes", "bytes", "everything writable that training needs"),
    MetricKey("memory.plannedPeakBytes", "bytes", "the largest extent of the arena, by the plan"),
    MetricKey(
      "memory.measuredPeakBytes", "bytes", "the largest extent of the arena that a training step was seen to write"),
    MetricKey("memory.constantBytes", "bytes", "frozen weights and tables (flash on a device)"),
    MetricKey("memory.budgetBytes", "bytes", "what the pipeline allows the arena"),
    MetricKey("training.scheme", "", "which tensors training updates"),
    MetricKey("training.steps", "steps", "training steps, one window each"),
    MetricKey("training.updatedParameters", "parameters", "parameters that training may change"),
    MetricKey(
      "training.saturatedErrors", "elements", "error elements cut at the scale carried from the steps before"),
    MetricKey(
      "training.microsecondsPerStep", "µs",
      "time of a step on this machine, the median subject's mean; differs from run to run"),
    MetricKey(
      "training.multiplyAccumulatesPerStep", "operations",
      "multiply-accumulate operations of a step, forward and backward, each gradient made once"),
    MetricKey("training.updatedBytes", "bytes", "the parameters that training may change, as they lie in the arena"),
    MetricKey(
      "training.storedRecordingBytes", "bytes", "int8 windows that stay readable outside the arena, to be read again"),
    MetricKey("evaluation.accuracyBefore", "share of 1", "accuracy on held-out windows before adaptation"),
    MetricKey("evaluation.accuracyAfter", "share of 1", "the same after adaptation"),
    MetricKey("evaluation.macroF1Before", "share of 1", "macro-F1 before adaptation"),
    MetricKey("evaluation.macroF1After", "share of 1", "macro-F1 after adaptation"),
    MetricKey("evaluation.perSubject[].subject", "", "the subject's name"),
    MetricKey("evaluation.perSubject[].windowsAdapted", "windows", "the subject's windows that adaptation used"),
    MetricKey("evaluation.perSubject[].windowsTested", "windows", "the subject's windows that evaluation used"),
    MetricKey("evaluation.perSubject[].accuracyBefore", "share of 1", "the subject's accuracy before adaptation"),
    MetricKey("evaluation.perSubject[].accuracyAfter", "share of 1", "the subject's accuracy after adaptation"),
    MetricKey("evaluation.perSubject[].macroF1Before", "share of 1", "the subject's macro-F1 before adaptation"),
    MetricKey("evaluation.perSubject[].macroF1After", "share of 1", "the subject's macro-F1 after adaptation"),
    MetricKey("evaluation.confusion.classes[]", "", "class names, in the order of rows and columns"),
    MetricKey("evaluation.confusion.before[][]", "windows", "rows are true classes, columns predictions; before"),
    MetricKey("evaluation.confusion.after[][]", "windows", "the same after adaptation"),
    MetricKey(
      "evaluation.seeds.accuracyMean", "share of 1", "mean of `accuracyAfter` over the seeds of `Train(seeds:)`"),
    MetricKey("evaluation.seeds.accuracyDeviation", "share of 1", "its sample standard deviation"),
    MetricKey("evaluation.seeds.macroF1Mean", "share of 1", "mean of `macroF1After` over the seeds"),
    MetricKey("evaluation.seeds.macroF1Deviation", "share of 1", "its sample standard deviation"),
    MetricKey("evaluation.seeds.runs[].seed", "", "a seed; the first gave the model and all other figures"),
    MetricKey("evaluation.seeds.runs[].accuracyAfter", "share of 1", "accuracy after adaptation with that seed"),
    MetricKey("evaluation.seeds.runs[].macroF1After", "share of 1", "macro-F1 after adaptation with that seed"),
  ]

  /// The keys as a Markdown table, for the README.
  public static var keysAsMarkdown: String {
    let rows = keys.map { "| `\($0.path)` | \($0.unit) | \($0.meaning) |" }
    return (["| key | unit | meaning |", "|---|---|---|"] + rows).joined(separator: "\n") + "\n"
  }
}
