import Foundation
import Learning
import PipelineModel
import PipelineRunner
import PipelineText
import TrainingCompiler

/// The people of the reference data: who is tested, and who tunes the learning rate.
enum Subjects {
  static let test = ["s02", "s04", "s09", "s10", "s12", "s13", "s18", "s20", "s24"]
  /// Training subjects held out of a second pretraining.
  static let tuning = ["s03", "s08", "s15", "s22", "s28"]
}

/// A pretrained network, its int8 form, and the windows normalised with its own statistics.
struct Network: Sendable {
  var seed: Int
  var folded: FloatNetwork
  var quantized: QuantizedNetwork
  var windows: WindowSet
  var integers: QuantizedWindows
  var float32: Learning.ConfusionMatrix
  var int8: Learning.ConfusionMatrix
}

/// Windows of all subjects, as measured and as turned by each subject's rotation.
struct Recordings {
  var plain: WindowSet
  var rotated: WindowSet

  init(threads: Int) throws {
    plain = try Self.windows(of: "Pipelines/mcu1d.swift", threads: threads)
    rotated = try Self.windows(
      of: "Pipelines/mcu1d-rotated.swift", threads: threads,
      overrides: ["ingest.rotate.on=all", "ingest.rotate.matrices=Benchmarks/Data/har-rotations-all.json"])
  }

  private static func windows(of file: String, threads: Int, overrides: [String] = []) throws -> WindowSet {
    let run = try PipelineRun(pipeline(file, overrides), threads: threads)
    return try run.ingest().windows
  }

  static func pipeline(_ file: String, _ overrides: [String] = []) throws -> CheckedPipeline {
    let read = Pipeline.read(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: file))), named: file)
    guard let pipeline = read.pipeline else { throw Failure(text: read.rendered) }
    return try pipeline.applying(overrides: overrides).checked()
  }

  func indices(_ names: [String]) -> [Int] {
    plain.indices(ofSubjects: Set(names.compactMap(plain.subjectNames.firstIndex(of:))))
  }

  /// Pretrains on all subjects but some and quantizes, as `Pipelines/mcu1d.swift` says.
  func network(seed: Int, without heldOut: [String], threads: Int) throws -> Network {
    let pipeline = try Recordings.pipeline("Pipelines/mcu1d.swift")
    let training = plain.subjectNames.filter { !heldOut.contains($0) }
    let statistics = Learning.ChannelStatistics(of: plain, indices: indices(training))
    let normalized = plain.normalized(with: statistics)
    let graph = try pipeline.model.networkGraph(input: plain.shape, classCount: plain.classNames.count)
    let stage = pipeline.pretrain
    let (network, _) = try Pretrainer(
      configuration: PretrainingConfiguration(
        epochs: stage.epochs, batchSize: stage.batch, learningRate: Float(stage.optimizer.learningRate),
        weightDecay: Float(stage.weightDecay), labelSmoothing: Float(stage.labelSmoothing),
        augmentation: Learning.Augmentation(jitter: 0.05, scale: 0.1), seed: UInt64(seed), threads: threads)
    ).train(graph: graph, on: normalized.subset(indices(training)))
    let folded = try BatchNormFolding.fold(network)
    let trainingWindows = normalized.subset(indices(training))
    let chosen = Calibration.choose(500, of: trainingWindows.count, seed: UInt64(seed))
    let ranges = try Calibration.ranges(of: folded, on: trainingWindows.subset(chosen), threads: threads)
    let quantized = try QuantizedNetwork(quantizing: folded, ranges: ranges)
    let turned = rotated.normalized(with: statistics)
    let held = normalized.subset(indices(heldOut))
    let predictions = try quantized.predictions(for: QuantizedWindows(held, for: quantized), threads: threads)
    return Network(
      seed: seed, folded: folded, quantized: quantized, windows: turned,
      integers: QuantizedWindows(turned, for: quantized), float32: try folded.confusion(on: held, threads: threads),
      int8: Learning.ConfusionMatrix(labels: held.labels, predictions: predictions, classes: held.classNames.count))
  }

  /// The halves of a subject's windows as the reference cuts them: for each class in recorded order the first
  /// half, less its last window, which overlaps the second half.
  func split(_ subject: String) -> (adapt: [Int], test: [Int]) {
    let all = indices([subject])
    var adapt: [Int] = []
    var test: [Int] = []
    for label in plain.classNames.indices {
      let ofClass = all.filter { plain.labels[$0] == label }
      let half = ofClass.count / 2
      adapt += ofClass.prefix(max(half - 1, 1))
      test += ofClass.dropFirst(half)
    }
    return (adapt.sorted(), test.sorted())
  }
}

struct Failure: Error, CustomStringConvertible {
  var text: String
  var description: String { text }
}
