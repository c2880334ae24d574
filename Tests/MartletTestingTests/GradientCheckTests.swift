import Martlet
import MartletTesting
import Testing

@Suite struct GradientCheckTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func gradientsOfAModelAgreeWithFiniteDifferences(seed: UInt64) throws {
    let model = Model {
      Conv1D(8, kernel: 5, stride: 2)
      InvertedResidual(8, expand: 2, kernel: 3)
      GlobalAveragePool()
      Dense(.classes)
    }
    let check = try GradientCheck(model, lengthSamples: 24, channels: 3, classes: 3, batch: 5, seed: seed)
    #expect(check.worstError < 2e-4, "\(String(describing: check.worst)), seed \(seed)")
    #expect(abs(check.loss - check.referenceLoss) < 1e-5)
    #expect(check.edges.count * 20 < check.entries.count)
    // Every tensor that learns is looked at, and none has vanished.
    let tensors = Set(check.entries.map(\.tensor))
    #expect(tensors.contains("conv1.weights") && tensors.contains("dense1.bias"))
    #expect(
      tensors.allSatisfy { name in check.entries.contains { $0.tensor == name && $0.difference.magnitude > 1e-9 } })
  }

  @Test func aModelThatDoesNotFitIsAnError() {
    let model = Model {
      Conv1D(8, kernel: 50, padding: 0)
      Dense(.classes)
    }
    #expect(throws: RunError.self) {
      _ = try GradientCheck(model, lengthSamples: 24, channels: 3, classes: 3)
    }
  }
}
