import Martlet
import Testing

struct ModelShapeTests {
  @Test func theReferenceNetworkHasItsPublishedSize() throws {
    let model = try #require(mcu1d.model)
    let (layers, issue) = model.facts(lengthSamples: 128, channels: 9, classCount: 6)
    #expect(issue == nil)
    #expect(layers.reduce(0) { $0 + $1.parameters } == 57_894)
    #expect(layers.reduce(0) { $0 + $1.multiplyAccumulates } == 1_852_928)
    #expect(layers.map(\.output.length) == [64, 64, 32, 32, 16, 16, 1, 1])
    #expect(layers.map(\.output.channels) == [32, 32, 48, 48, 64, 128, 128, 6])
    #expect(
      layers.map(\.name) == ["conv1", "block1", "block2", "block3", "block4", "pointwise1", "globalPool1", "dense1"])
    #expect(model.tensorNames.count == 2 * (1 + 4 * 3 + 1 + 1))
  }

  /// Counts the places of a kernel one by one.
  private func outputs(_ length: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Int {
    stride <= 0
      ? 0 : Swift.stride(from: -padding, to: length + padding - kernel + 1, by: stride).reduce(0) { n, _ in n + 1 }
  }

  @Test(arguments: 1...9)
  func aKernelHasAsManyOutputsAsPlaces(length: Int) throws {
    for kernel in 1...10 {
      for stride in 1...4 {
        for padding in 0..<kernel {
          let conv = Model { Conv1D(2, kernel: kernel, stride: stride, padding: padding) }
          let (layers, issue) = conv.facts(lengthSamples: length, channels: 3, classCount: 2)
          let expected = outputs(length, kernel, stride, padding)
          #expect((layers.first?.output.length ?? 0) == expected)
          #expect((issue == nil) == (expected > 0))
        }
        let pool = Model { MaxPool(kernel: kernel, stride: stride) }
        let pooled = pool.facts(lengthSamples: length, channels: 3, classCount: 2).layers
        #expect((pooled.first?.output.length ?? 0) == outputs(length, kernel, stride, 0))
      }
    }
  }

  @Test func sizesBeyondAnyDeviceAreRefusedWithoutOverflow() {
    let model = Model {
      Conv1D(65_536, kernel: 65_536, padding: 65_535)
      InvertedResidual(65_536, expand: 64, kernel: 65_536)
      Dense(.classes)
    }
    let (layers, issue) = model.facts(lengthSamples: 1_000_000, channels: 65_536, classCount: 6)
    #expect(layers.isEmpty)
    #expect(issue?.path == PipelinePath().child(0))
  }

  @Test func layersOfOneKindAreNumbered() {
    let model = Model {
      Conv1D(4, kernel: 3, activation: .none, batchNorm: false)
      BatchNormalization()
      ReLU()
      Conv1D(4, kernel: 3)
      InvertedResidual(4, expand: 1)
      Dense(.classes)
    }
    #expect(model.layerNames == ["conv1", "norm1", "activation1", "conv2", "block1", "dense1"])
    #expect(
      model.tensorNames == [
        "conv1.weights", "conv1.bias", "conv2.weights", "conv2.bias", "block1.depthwise.weights",
        "block1.depthwise.bias", "block1.project.weights", "block1.project.bias", "dense1.weights", "dense1.bias",
      ])
  }
}
