public import Foundation
import Learning
public import PipelineModel
import PipelineRunner
import PipelineText
import TrainingCompiler

/// The networks that pipelines pretrain, kept between runs so that many ways of adapting them can be compared.
public struct Study: Sendable {
  /// Where pretrained networks are kept.
  public var cache: URL
  public var threads: Int

  public init(cache: URL, threads: Int) {
    self.cache = cache
    self.threads = threads
  }

  /// Networks for the people whom a pipeline holds out.
  public func networks(of file: String, seeds: [Int], overrides: [String] = []) throws -> [StudyNetwork] {
    try seeds.map { seed in
      let run = try PipelineRun(Self.pipeline(file, overrides + ["seed=\(seed)"]), threads: threads)
      var ingested = try run.ingest()
      let heldOut = ingested.heldOut
      let training = Set(ingested.windows.subjectNames.indices).subtracting(heldOut)
      let indices = ingested.windows.indices(ofSubjects: training)
      if run.pipeline.ingest.normalize.mode == .perChannel {
        ingested.windows.normalize(with: Learning.ChannelStatistics(of: ingested.windows, indices: indices))
      }
      let windows = ingested.windows.subset(indices)
      let network = try pretrained(run, on: windows, named: "\(run.pipeline.name)-\(seed)")
      guard let quantize = run.pipeline.quantize, let train = run.pipeline.train else {
        throw Failure("\(file) neither quantises nor trains")
      }
      return StudyNetwork(
        seed: seed, folded: try run.fold(network),
        quantized: try run.quantize(network, quantize, training: windows).0, windows: ingested.windows,
        subjects: heldOut.sorted().map { windows.subjectNames[$0] },
        pretrainingSubjects: training.sorted().map { windows.subjectNames[$0] }, fraction: train.adaptFraction,
        pieces: train.adaptFrom == .eachSeries ? .series : .classes)
    }
  }

  /// Networks for the people who validate in the search of a pipeline; nothing of its test is in them.
  public func validationNetworks(of file: String, seeds: [Int], overrides: [String] = []) throws -> [StudyNetwork] {
    try seeds.map { seed in
      var run = try PipelineRun(Self.pipeline(file, overrides + ["seed=\(seed)"]), threads: threads)
      let place = cache.appendingPathComponent("\(run.pipeline.name)-validation-\(seed)").path
      run.searchPlace = SearchPlace(directory: place, resumes: SearchPlace(directory: place).holdsSearch)
      let prepared = try PipelineSearch(run).prepare()
      guard let train = run.pipeline.train else { throw Failure("\(file) does not train") }
      let subjects = prepared.deployment.subjects.map(\.name)
      return StudyNetwork(
        seed: seed, folded: prepared.folded, quantized: prepared.network, windows: prepared.windows,
        subjects: subjects,
        pretrainingSubjects: prepared.windows.subjectNames.filter { !subjects.contains($0) },
        fraction: train.adaptFraction, pieces: train.adaptFrom == .eachSeries ? .series : .classes)
    }
  }

  public static func pipeline(_ file: String, _ overrides: [String] = []) throws -> CheckedPipeline {
    let read = Pipeline.read(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: file))), named: file)
    guard let pipeline = read.pipeline else { throw Failure(read.rendered) }
    return try pipeline.applying(overrides: overrides).checked()
  }

  /// The same seed, stages and windows give the same network, so one that was kept is as good.
  private func pretrained(_ run: PipelineRun, on windows: WindowSet, named name: String) throws -> FloatNetwork {
    let graph = try run.pipeline.model.networkGraph(input: windows.shape, classCount: windows.classNames.count)
    var digest = Fingerprint()
    digest.add(run.pipeline.seed)
    digest.add("\(run.pipeline.pretrain)")
    digest.add("\(graph)")
    digest.add(windows.labels)
    for value in windows.values { digest.add(value.bitPattern) }
    let path = cache.appendingPathComponent("\(name).json").path
    if let kept = try? FloatNetworkFile.read(
      from: path, fingerprint: digest.text, like: FloatNetwork(initializing: graph, with: .kaimingNormal, seed: 0))
    {
      return kept
    }
    note("\(name): pretraining on \(windows.count) windows")
    let (network, _) = try run.pretrain(graph, on: windows)
    try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
    try FloatNetworkFile(network, fingerprint: digest.text).write(to: path)
    return network
  }
}

/// What stops a benchmark.
public struct Failure: Error, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// Says how far a benchmark is, beside its results.
public func note(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}
