import MartletTesting
import Testing
import TrainingCompiler

@testable import Learning

/// Gradients of every operation against finite differences of the float64 reference.
@Suite struct GradientTests {
  typealias Kernel = NetworkGraph.SlidingKernel

  /// A small graph with the operation under test in its middle.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let length: Int
    let channels: Int
    let build: @Sendable (inout NetworkGraph) throws -> Void
  }

  static let cases: [Case] = kernelCases + normCases + otherCases

  static var kernelCases: [Case] {
    var cases: [Case] = []
    for (size, stride, padding) in [
      (1, 1, 0), (1, 2, 0), (2, 1, 1), (3, 1, 1), (3, 2, 1), (5, 2, 2), (4, 3, 0), (5, 1, 4), (2, 3, 0), (7, 1, 3),
    ] {
      for length in [7, 8] {
        let kernel = Kernel(size: size, stride: stride, padding: padding)
        cases.append(
          Case(
            testDescription: "convolution \(size)/\(stride)/\(padding) over \(length)", length: length, channels: 3
          ) { graph in
            // Twice, so that both weight and input gradients are needed.
            try graph.append(.convolution(kernel, hasBias: true), named: "a", to: [0], channels: 5)
            let middle = graph.nodes[1].shape
            let second = middle.length + 2 * padding >= size ? kernel : Kernel(size: 1)
            try graph.append(.convolution(second, hasBias: false), named: "b", to: [1], channels: 13)
            try graph.append(.dense(hasBias: true), named: "out", to: [2], channels: 3)
          })
        cases.append(
          Case(
            testDescription: "depthwise \(size)/\(stride)/\(padding) over \(length)", length: length, channels: 4
          ) { graph in
            try graph.append(.convolution(Kernel(size: 1), hasBias: true), named: "a", to: [0], channels: 6)
            try graph.append(.depthwiseConvolution(kernel, hasBias: true), named: "b", to: [1])
            try graph.append(.dense(hasBias: false), named: "out", to: [2], channels: 3)
          })
      }
    }
    return cases
  }

  static var normCases: [Case] {
    [
      Case(testDescription: "batch normalization", length: 5, channels: 3) { graph in
        try graph.append(.convolution(Kernel(size: 3, padding: 1), hasBias: false), named: "a", to: [0], channels: 6)
        try graph.append(.batchNormalization(epsilon: 1e-5), named: "norm", to: [1])
        try graph.append(.activation(.relu), named: "relu", to: [2])
        try graph.append(.depthwiseConvolution(Kernel(size: 3, stride: 2), hasBias: false), named: "b", to: [3])
        try graph.append(.batchNormalization(epsilon: 1e-3), named: "norm2", to: [4])
        try graph.append(.dense(hasBias: true), named: "out", to: [5], channels: 3)
      },
      Case(testDescription: "batch normalization of a dense layer", length: 2, channels: 3) { graph in
        try graph.append(.dense(hasBias: true), named: "a", to: [0], channels: 9)
        try graph.append(.batchNormalization(epsilon: 1e-5), named: "norm", to: [1])
        try graph.append(.dense(hasBias: true), named: "out", to: [2], channels: 2)
      },
    ]
  }

  static var otherCases: [Case] {
    [
      Case(testDescription: "relu6 that clamps at both ends", length: 6, channels: 3) { graph in
        try graph.append(.convolution(Kernel(size: 3), hasBias: true), named: "a", to: [0], channels: 8)
        try graph.append(.activation(.relu6), named: "relu6", to: [1])
        try graph.append(.dense(hasBias: true), named: "out", to: [2], channels: 3)
      },
      Case(testDescription: "residual join over a fork", length: 5, channels: 4) { graph in
        try graph.append(.convolution(Kernel(size: 1), hasBias: true), named: "a", to: [0], channels: 4)
        try graph.append(.convolution(Kernel(size: 3, padding: 1), hasBias: true), named: "b", to: [1], channels: 4)
        try graph.append(.add, named: "add", to: [2, 1])
        try graph.append(.activation(.relu), named: "relu", to: [3])
        try graph.append(.add, named: "add2", to: [4, 1])
        try graph.append(.add, named: "twice", to: [5, 5])
        try graph.append(.dense(hasBias: true), named: "out", to: [6], channels: 3)
      },
      Case(testDescription: "one activation read by every operation", length: 7, channels: 4) { graph in
        let same = Kernel(size: 3, padding: 1)
        try graph.append(.convolution(Kernel(size: 1), hasBias: true), named: "root", to: [0], channels: 5)
        try graph.append(.convolution(same, hasBias: true), named: "b1", to: [1], channels: 5)
        try graph.append(.depthwiseConvolution(same, hasBias: true), named: "b2", to: [1])
        try graph.append(.activation(.relu), named: "b3", to: [1])
        try graph.append(.convolution(Kernel(size: 1), hasBias: false), named: "b4", to: [1], channels: 5)
        try graph.append(.batchNormalization(epsilon: 1e-5), named: "b5", to: [1])
        try graph.append(.averagePool(Kernel(size: 1)), named: "b6", to: [1])
        try graph.append(.maxPool(Kernel(size: 1)), named: "b7", to: [1])
        var last = 2
        for branch in 3...8 {
          last = try graph.append(.add, named: "join\(branch)", to: [last, branch])
        }
        try graph.append(.dense(hasBias: true), named: "out", to: [last], channels: 3)
      },
      Case(testDescription: "a branch that nobody reads", length: 5, channels: 2) { graph in
        try graph.append(.convolution(Kernel(size: 2), hasBias: true), named: "a", to: [0], channels: 4)
        try graph.append(.convolution(Kernel(size: 2), hasBias: true), named: "unread", to: [1], channels: 4)
        try graph.append(.batchNormalization(epsilon: 1e-5), named: "unread.norm", to: [2])
        try graph.append(.dense(hasBias: true), named: "out", to: [1], channels: 3)
      },
      pool("average pool", .averagePool(Kernel(size: 3, stride: 2))),
      pool("average pool that overlaps", .averagePool(Kernel(size: 4, stride: 1))),
      pool("average pool that skips", .averagePool(Kernel(size: 2, stride: 3))),
      pool("maximum pool", .maxPool(Kernel(size: 2, stride: 2))),
      pool("maximum pool that overlaps", .maxPool(Kernel(size: 3, stride: 1))),
      pool("global average pool", .globalAveragePool),
    ]
  }

  static func pool(_ name: String, _ operation: NetworkGraph.Operation) -> Case {
    Case(testDescription: name, length: 9, channels: 3) { graph in
      try graph.append(.convolution(Kernel(size: 2), hasBias: true), named: "a", to: [0], channels: 5)
      try graph.append(operation, named: "pool", to: [1])
      try graph.append(.dense(hasBias: true), named: "out", to: [2], channels: 3)
    }
  }

  struct Fixture {
    var network: FloatNetwork
    var batch: [[Float]]
    var labels: [Int]

    init(_ test: Case, batchSize: Int, seed: UInt64) throws {
      var graph = NetworkGraph(input: .init(length: test.length, channels: test.channels))
      try test.build(&graph)
      network = FloatNetwork(initializing: graph, with: .kaimingUniform, seed: seed)
      var random = TestRandom(seed: seed)
      for index in graph.nodes.indices {
        // Biases and norms away from their neutral start, so that a forgotten one shows.
        network.parameters[index].bias = random.floats(network.parameters[index].bias.count)
        network.parameters[index].normShift = random.floats(network.parameters[index].normShift.count)
        network.parameters[index].normScale = random.floats(network.parameters[index].normScale.count, in: 0.5...2)
      }
      batch = (0..<batchSize).map { _ in random.floats(graph.inputShape.elementCount, in: -4...4) }
      let classes = graph.classCount
      labels = (0..<batchSize).map { $0 % classes }
    }

    /// Loss and gradients of the float32 engine.
    func engine(threads: Int = 1) -> (loss: Double, gradients: [Float], layout: ParameterLayout) {
      let trainer = BatchTrainer(network: network, batchSize: batch.count, labelSmoothing: 0.1, threads: threads)
      let batch = batch
      let result = trainer.step(labels: labels) { sample, target in
        target.update(from: batch[sample], count: batch[sample].count)
      }
      return (result.loss, trainer.gradients.array, trainer.executor.layout)
    }
  }

  /// Float32 sums of a few hundred terms leave errors near 1e-6 of the largest gradient; a wrong formula
  /// misses by a part of the gradient itself.
  @Test(arguments: cases, [1, 5])
  func agreeWithFiniteDifferences(test: Case, batchSize: Int) throws {
    let seed: UInt64 = 0xC0FFEE
    let fixture = try Fixture(test, batchSize: batchSize, seed: seed)
    let engine = fixture.engine()
    let batch = fixture.batch.map { $0.map(Double.init) }
    func loss(_ reference: ReferenceNetwork) -> Double {
      reference.loss(batch, labels: fixture.labels, smoothing: 0.1, batchStatistics: true)
    }
    var reference = ReferenceNetwork(fixture.network)
    #expect(abs(engine.loss - loss(reference)) < 1e-5, "seed \(seed)")
    let scale = max(engine.gradients.map(abs).max() ?? 0, 1e-3)
    let step = 1e-5
    for (index, entry) in engine.layout.entries.enumerated() {
      let parts: [(WritableKeyPath<ReferenceNetwork.Numbers, [Double]>, Range<Int>)] = [
        (\.weights, entry.weights), (\.bias, entry.bias), (\.normScale, entry.normScale),
        (\.normShift, entry.normShift),
      ]
      for (part, range) in parts {
        // An odd stride keeps large layers cheap and still visits every row and column remainder.
        for (position, parameter) in range.enumerated() where position % (range.count / 16 | 1) == 0 {
          let kept = reference.numbers[index][keyPath: part][position]
          reference.numbers[index][keyPath: part][position] = kept + step
          let up = loss(reference)
          reference.numbers[index][keyPath: part][position] = kept - step
          let down = loss(reference)
          reference.numbers[index][keyPath: part][position] = kept
          let expected = (up - down) / (2 * step)
          #expect(
            abs(Double(engine.gradients[parameter]) - expected) < 2e-4 * Double(scale),
            "\(fixture.network.graph.nodes[index].name) \(position), seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: cases)
  func areTheSameBitsOnAnyNumberOfThreads(test: Case) throws {
    let fixture = try Fixture(test, batchSize: 11, seed: 5)
    let alone = fixture.engine()
    for threads in [2, 3] {
      let together = fixture.engine(threads: threads)
      #expect(alone.gradients.map(\.bitPattern) == together.gradients.map(\.bitPattern))
      #expect(alone.loss == together.loss)
    }
  }
}
