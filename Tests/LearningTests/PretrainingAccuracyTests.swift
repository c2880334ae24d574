import Foundation
import MartletTesting
import Testing
import TrainingCompiler

@testable import Learning

/// The reference network on the reference windows. Minutes in a release build, so only on request:
/// `MARTLET_DATA=<folder> MARTLET_ACCURACY=3 swift test -c release -Xswiftc -enable-testing --filter PretrainingAccuracyTests`.
@Suite struct PretrainingAccuracyTests {
  /// How many seeds, from `MARTLET_SEED` on.
  static let seeds = ProcessInfo.processInfo.environment["MARTLET_ACCURACY"].flatMap { Int($0) } ?? 0
  static let firstSeed = ProcessInfo.processInfo.environment["MARTLET_SEED"].flatMap { Int($0) } ?? 0

  @Test(.enabled(if: seeds > 0 && ReferenceWindows.folder != nil))
  func theReferenceNetworkReachesTheReferenceAccuracy() throws {
    let folder = try #require(ReferenceWindows.folder)
    let raw = try ReferenceWindows.load(from: folder)
    let isTest = raw.subjects.map { ReferenceWindows.testSubjects.contains($0 + 1) }
    let trainIndices = raw.labels.indices.filter { !isTest[$0] }
    let windows = raw.normalized(with: ChannelStatistics(of: raw, indices: trainIndices))
    let training = windows.subset(trainIndices)
    let testing = windows.subset(raw.labels.indices.filter { isTest[$0] })
    #expect(training.count == 7415 && testing.count == 2996)
    let graph = try TestNetworks.mcu1d()
    #expect(graph.foldedParameterCount == 57_894)
    var accuracies: [Double] = []
    for seed in Self.firstSeed..<Self.firstSeed + Self.seeds {
      let start = ContinuousClock.now
      let configuration = PretrainingConfiguration(
        augmentation: Augmentation(jitter: 0.05, scale: 0.1), seed: UInt64(seed), threads: 2)
      let (network, epochs) = try Pretrainer(configuration: configuration).train(graph: graph, on: training) {
        print("  epoch \($0.epoch) loss \($0.loss) accuracy \($0.accuracy) windows/s \(Int($0.windowsPerSecond))")
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let confusion = try network.confusion(on: testing, threads: 2)
      let folded = try BatchNormFolding.fold(network)
      let foldedAccuracy = try folded.confusion(on: testing, threads: 2).accuracy
      accuracies.append(confusion.accuracy)
      print(
        "seed \(seed): accuracy \(confusion.accuracy) macro-F1 \(confusion.macroF1) folded \(foldedAccuracy)",
        "seconds \(seconds) final loss \(epochs.last?.loss ?? 0)")
    }
    print("mean \(Summary(accuracies).mean) ± \(Summary(accuracies).populationDeviation)")
    #expect(Summary(accuracies).mean >= 0.955)
  }
}
