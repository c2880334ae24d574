import Foundation
import MartletTesting
import Testing

@testable import Learning

/// Prints how fast the engine trains the reference network; asserts nothing about time.
/// `MARTLET_SPEED=1 swift test -c release -Xswiftc -enable-testing --filter EngineSpeedTests`.
@Suite struct EngineSpeedTests {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_SPEED"] != nil), arguments: [1, 2])
  func trainingSpeedOfTheReferenceNetwork(threads: Int) throws {
    var random = TestRandom(seed: 1)
    let windows = WindowSet(
      length: 128, channels: 9, values: random.floats(640 * 1152), labels: (0..<640).map { $0 % 6 }, classes: 6)
    let configuration = PretrainingConfiguration(
      epochs: 3, augmentation: Augmentation(jitter: 0.05, scale: 0.1), threads: threads)
    let graph = try TestNetworks.mcu1d()
    let (_, epochs) = try Pretrainer(configuration: configuration).train(graph: graph, on: windows)
    let best = epochs.map(\.windowsPerSecond).max() ?? 0
    // Forward and backward, less the gradient of the input.
    let macs = Double(3 * graph.multiplyAccumulates - 64 * 5 * 9 * 32)
    print("\(threads) threads: \(Int(best)) windows/s, \(best * macs / 1e9) GMAC/s")
  }
}
