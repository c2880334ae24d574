import Foundation
import Synchronization
import Tensors
import Testing
import TrainingCompiler

@testable import Learning
@testable import PipelineRunner

/// A folder of its own for a cache; removed with the value.
final class CacheFolder: Sendable {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-cache-\(UUID().uuidString)").path

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func cache(limitBytes: Int = ResultCache.defaultLimitBytes) -> ResultCache {
    ResultCache(directory: path, limitBytes: limitBytes)
  }

  func files(_ folder: String = "results") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).sorted()
  }
}

@Suite struct ResultCacheTests {
  static var adaptation: KeptAdaptation {
    KeptAdaptation(
      plan: "plan",
      result: .init(
        predictionsBefore: [0, 1, 1], predictionsAfter: [1, 1, 0], losses: [0.7, .infinity], steps: 6,
        saturatedErrors: 2, microsecondsPerStep: 12.5, arena: [1, 2, 3, 255]))
  }

  /// Bytes of every kind of result; the decoder for each.
  static func samples() -> [(name: String, bytes: [UInt8], read: ([UInt8]) throws -> [UInt8])] {
    func sample<Result: KeptResult>(
      _ name: String, _ result: Result
    ) -> (String, [UInt8], ([UInt8]) throws -> [UInt8]) {
      func bytes(_ result: Result) -> [UInt8] {
        var writer = ResultWriter()
        result.write(to: &writer)
        return writer.bytes
      }
      return (
        name, bytes(result),
        { data in
          var reader = ResultReader(data)
          let result = try Result(from: &reader)
          guard reader.isAtEnd else { throw ResultDamage("more follows") }
          return bytes(result)
        }
      )
    }
    var node = NodeParameters()
    node.weights = [1, -.zero, .leastNonzeroMagnitude]
    node.runningVariance = [2]
    var summary = IngestSummary()
    summary.losses = ["a loss"]
    summary.findings.unknownLabels = ["walk": "walking", "fly": String?.none]
    let windows = WindowSet(
      shape: ActivationShape(length: 2, channels: 1), values: [1, 2, 3, .infinity], labels: [0, 1], subjects: [0, 0],
      recordings: [3, 3], startFrames: [0, 2], stretches: [0, 1], startNanoseconds: [-5, .max],
      classNames: ["a", "b"], subjectNames: ["s"])
    return [
      sample(
        "windows",
        KeptWindows(
          IngestedWindows(
            windows: windows, channelNames: ["x"], channelUnits: [nil], sampleRateHz: 50, heldOut: [], summary: summary)
        )),
      sample(
        "network",
        KeptNetwork(
          FloatNetwork(graph: NetworkGraph(input: ActivationShape(length: 2, channels: 1)), parameters: [node]),
          epochs: [.init(epoch: 0, loss: 0.5, accuracy: 0.25, learningRate: 0.1, windowsPerSecond: 1e6)],
          statistics: ChannelStatistics(mean: [0.1], deviation: [2]))),
      sample("calibration", KeptCalibration(ranges: [-1...1, 0...0.3], scores: ChannelScores(layers: [[], [0.5]]))),
      sample("confusion", KeptConfusion(ConfusionMatrix(classes: 2, counts: [1, 2, 3, 4]))),
      sample("adaptation", adaptation),
    ]
  }

  @Test func everyResultComesBackAsItWas() throws {
    for sample in Self.samples() { #expect(try sample.read(sample.bytes) == sample.bytes, "\(sample.name)") }
  }

  @Test func aResultThatEndsTooEarlyOrGoesOnIsNone() {
    for sample in Self.samples() {
      for count in 0..<sample.bytes.count {
        #expect(throws: ResultDamage.self, "\(sample.name), \(count) bytes") {
          try sample.read(Array(sample.bytes[..<count]))
        }
      }
      #expect(throws: ResultDamage.self) { try sample.read(sample.bytes + [0]) }
    }
  }

  /// Whatever the bytes say: an end in order, and no memory that they alone ask for.
  @Test func changedBytesOfAResultDoNoHarm() {
    for sample in Self.samples() {
      for index in sample.bytes.indices {
        for bit: UInt8 in [1, 0x80] {
          var bytes = sample.bytes
          bytes[index] ^= bit
          _ = try? sample.read(bytes)
        }
      }
    }
  }

  private func state(_ found: ResultCache.Found<KeptAdaptation>) -> String {
    switch found {
    case .nothing: "nothing"
    case .result: "result"
    case .damaged: "damaged"
    }
  }

  @Test func aKeptResultIsReadOnlyIfNoBitOfItHasChanged() throws {
    let folder = CacheFolder()
    let cache = folder.cache()
    #expect(state(cache.read("train-1", as: KeptAdaptation.self)) == "nothing")
    #expect(cache.write(Self.adaptation, as: "train-1", seconds: 1.5) == nil)
    guard case .result(let kept, let seconds) = cache.read("train-1", as: KeptAdaptation.self) else {
      Issue.record("it was not kept")
      return
    }
    #expect(kept.result.arena == Self.adaptation.result.arena && seconds == 1.5)
    let whole = try #require(FileManager.default.contents(atPath: cache.path("train-1")))
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 0x10
      try bytes.write(to: URL(fileURLWithPath: cache.path("train-1")))
      #expect(state(cache.read("train-1", as: KeptAdaptation.self)) == "damaged", "byte \(index)")
      #expect(cache.state("train-1")?.isEmpty == false)
    }
    for count in 0..<whole.count {
      try whole.prefix(count).write(to: URL(fileURLWithPath: cache.path("train-1")))
      #expect(state(cache.read("train-1", as: KeptAdaptation.self)) == "damaged", "\(count) bytes")
    }
    // A result under the name of another is none of its.
    try whole.write(to: URL(fileURLWithPath: cache.path("train-2")))
    #expect(state(cache.read("train-2", as: KeptAdaptation.self)) == "damaged")
    try whole.write(to: URL(fileURLWithPath: cache.path("train-1")))
    #expect(state(cache.read("train-1", as: KeptAdaptation.self)) == "result")
  }

  @Test func whatWasUnusedForLongestGoesFirst() throws {
    let folder = CacheFolder()
    let cache = folder.cache()
    for number in 1...4 {
      #expect(cache.write(Self.adaptation, as: "train-\(number)", seconds: 0) == nil)
      // As if they had been used one a minute, the last a minute ago.
      let time = Date(timeIntervalSinceNow: -60 * Double(5 - number))
      try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: cache.path("train-\(number)"))
    }
    #expect(cache.entries().map(\.name) == ["train-1", "train-2", "train-3", "train-4"])
    // Reading is using.
    #expect(state(cache.read("train-1", as: KeptAdaptation.self)) == "result")
    let size = cache.entries()[0].bytes
    #expect(cache.evict(to: 2 * size + 1) == 2 * size)
    #expect(folder.files() == ["train-1", "train-4"])
    // A cache of two holds the newest two.
    #expect(folder.cache(limitBytes: 2 * size).write(Self.adaptation, as: "train-5", seconds: 0) == nil)
    #expect(folder.files() == ["train-1", "train-5"])
    // One that takes more than half of it would drive out all the others.
    #expect(folder.cache(limitBytes: 100).write(Self.adaptation, as: "train-6", seconds: 0) == nil)
    #expect(!folder.files().contains("train-6"))
    #expect(cache.clear() > 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func manyWritersAndReadersOfOneNameSeeWholeResults() {
    let folder = CacheFolder()
    let failures = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 64) { index in
      // Each as a process of its own would.
      let cache = ResultCache(directory: folder.path)
      if index % 2 == 0 {
        if cache.write(Self.adaptation, as: "train-1", seconds: Double(index)) != nil {
          failures.add(1, ordering: .relaxed)
        }
      } else if case .damaged = cache.read("train-1", as: KeptAdaptation.self) {
        failures.add(1, ordering: .relaxed)
      }
    }
    #expect(failures.load(ordering: .relaxed) == 0)
    #expect(folder.files() == ["train-1"])
  }

  @Test func twoWhoWantTheSameComputeItOnce() {
    let folder = CacheFolder()
    let cache = folder.cache()
    let computed = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      cache.alone(with: "train-1", isCancelled: { false }) {
        if case .result = cache.read("train-1", as: KeptAdaptation.self) { return }
        computed.add(1, ordering: .relaxed)
        usleep(20_000)
        _ = cache.write(Self.adaptation, as: "train-1", seconds: 0)
      }
    }
    #expect(computed.load(ordering: .relaxed) == 1)
  }

  @Test func aFileThatChangedBehindItsTimesIsReadAgain() throws {
    let folder = CacheFolder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let file = "\(folder.path)/data.csv"
    let index = "\(folder.path)/inputs.json"
    func digest(secondsLater: Int = 0) -> String {
      let found = InputIndex(path: index, now: Int(Date().timeIntervalSince1970) + secondsLater)
      defer { found.save() }
      return found.file(file).sha256
    }
    try Data("one".utf8).write(to: URL(fileURLWithPath: file))
    let old = Date(timeIntervalSinceNow: -1000)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: file)
    let first = digest()
    #expect(first == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed")
    // Touched a moment ago: too fresh to be remembered by its times.
    #expect(!FileManager.default.fileExists(atPath: index))
    #expect(digest(secondsLater: 10) == first)
    #expect(FileManager.default.fileExists(atPath: index))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    try handle.write(contentsOf: Data("two".utf8))
    try handle.close()
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: file)
    let second = digest(secondsLater: 10)
    #expect(second == "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3")
    // A digest that the index does not vouch for is made again.
    let text = try String(contentsOfFile: index, encoding: .utf8)
    #expect(text.contains(second))
    try text.replacingOccurrences(of: second, with: String(repeating: "0", count: 64))
      .write(toFile: index, atomically: true, encoding: .utf8)
    #expect(digest() == second)
    #expect(InputIndex(path: index).file("\(folder.path)/missing").sha256.isEmpty)
  }
}
