import TrainingCompiler

@testable import Learning

/// Uniform numbers that are the same in every run.
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

enum TestNetworks {
  /// The reference network of the project: 57,894 parameters after folding.
  static func mcu1d(length: Int = 128, channels: Int = 9, classes: Int = 6) throws -> NetworkGraph {
    var graph = NetworkGraph(input: .init(length: length, channels: channels))
    let five = NetworkGraph.SlidingKernel(size: 5, padding: 2)
    let fiveByTwo = NetworkGraph.SlidingKernel(size: 5, stride: 2, padding: 2)
    var last = try graph.appendConvolution(
      named: "stem", to: 0, channels: 32, kernel: fiveByTwo, activation: .relu6)
    for (index, block) in [(32, five), (48, fiveByTwo), (48, five), (64, fiveByTwo)].enumerated() {
      last = try graph.appendInvertedResidual(
        named: "block\(index + 1)", to: last, channels: block.0, expansion: 3, kernel: block.1)
    }
    last = try graph.appendConvolution(
      named: "head", to: last, channels: 128, kernel: NetworkGraph.SlidingKernel(size: 1), activation: .relu6)
    last = try graph.append(.globalAveragePool, named: "pool", to: [last])
    try graph.append(.dense(hasBias: true), named: "classifier", to: [last], channels: classes)
    return graph
  }
}

extension WindowSet {
  /// Windows with everything but their values and classes made up.
  init(length: Int, channels: Int, values: [Float], labels: [Int], classes: Int, subjects: [Int]? = nil) {
    let people = subjects ?? labels.map { _ in 0 }
    self.init(
      shape: .init(length: length, channels: channels), values: values, labels: labels, subjects: people,
      recordings: people, startFrames: labels.indices.map { $0 * length }, stretches: people,
      startNanoseconds: labels.indices.map { Int64($0) * 1_000_000_000 },
      classNames: (0..<classes).map { "class \($0)" },
      subjectNames: (0...(people.max() ?? 0)).map { "subject \($0)" })
  }
}
