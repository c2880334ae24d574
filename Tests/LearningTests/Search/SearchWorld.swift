import Foundation
import Tensors
import TrainingCompiler

@testable import Learning

/// What searches are tested on: a small network, people to learn from, and problems whose answer is known.
enum SearchWorld {
  typealias Kernel = NetworkGraph.SlidingKernel

  /// Six layers with parameters, a join among them.
  static func graph() throws -> NetworkGraph {
    var graph = NetworkGraph(input: .init(length: 24, channels: 3))
    var last = try graph.appendConvolution(
      named: "stem", to: 0, channels: 6, kernel: Kernel(size: 5, stride: 2, padding: 2), batchNormalized: false,
      activation: .relu6)
    last = try graph.appendInvertedResidual(
      named: "block1", to: last, channels: 6, expansion: 2, kernel: Kernel(size: 3, padding: 1),
      batchNormalized: false)
    last = try graph.appendConvolution(
      named: "head", to: last, channels: 8, kernel: Kernel(size: 1), batchNormalized: false, activation: .relu6)
    last = try graph.append(.globalAveragePool, named: "pool", to: [last])
    try graph.append(.dense(hasBias: true), named: "classifier", to: [last], channels: 3)
    return graph
  }

  /// With random weights.
  static func network() throws -> QuantizedNetwork {
    let graph = try graph()
    var random = TestRandom(seed: 11)
    let parameters = graph.nodes.indices.map { n in
      var numbers = NodeParameters()
      let count = graph.weightCount(ofNode: n)
      numbers.weights = random.floats(count, in: -0.6...0.6)
      if count > 0 { numbers.bias = random.floats(graph.nodes[n].shape.channels, in: -0.2...0.2) }
      return numbers
    }
    let ranges = graph.nodes.map { node -> ClosedRange<Float> in
      if case .activation = node.operation { return 0...4 }
      return -3...3
    }
    return try QuantizedNetwork(quantizing: FloatNetwork(graph: graph, parameters: parameters), ranges: ranges)
  }

  /// Three classes, each of them a movement along one axis, by six people; the last three wear the sensor
  /// turned, so that their axes are others.
  static func windows(perClass: Int = 12) -> WindowSet {
    var random = TestRandom(seed: 5)
    var values: [Float] = []
    var labels: [Int] = []
    var people: [Int] = []
    for person in 0..<6 {
      for label in 0..<3 {
        for _ in 0..<perClass {
          let phase = Float.random(in: 0..<1, using: &random)
          for t in 0..<24 {
            let turn = (Float(t) / 8 + phase).truncatingRemainder(dividingBy: 1)
            // A triangle wave: no library's sine is needed.
            let wave = abs(turn * 4 - 2) - 1
            let noise = random.floats(3, in: -0.2...0.2)
            for channel in 0..<3 { values.append((channel == (label + person / 3) % 3 ? wave : 0) + noise[channel]) }
          }
          labels.append(label)
          people.append(person)
        }
      }
    }
    return WindowSet(length: 24, channels: 3, values: values, labels: labels, classes: 3, subjects: people)
  }

  /// "subject 3" and "subject 4" play the deployment of a network that knows 0, 1 and 2; 5 is tested at the end.
  static func deployment(
    network: QuantizedNetwork? = nil, subjects: [String] = ["subject 3", "subject 4"],
    adaptation: Deployment.Adaptation = .init(learningRate: 0.02, epochs: 2)
  ) throws -> Deployment {
    try Deployment(
      network: try network ?? self.network(), windows: windows(), subjects: subjects,
      pretrainingSubjects: ["subject 0", "subject 1", "subject 2"], testSubjects: ["subject 5"],
      adaptation: adaptation)
  }
}

extension SchemeTrial {
  /// A trial in which every subject's accuracy is what a function says of a scheme.
  static func known(
    subjects: Int = 3, seeds: [UInt64] = [0], _ accuracy: @escaping @Sendable (UpdateScheme, Int) -> Double
  ) -> SchemeTrial {
    SchemeTrial(
      subjects: (0..<subjects).map { "person \($0)" }, seeds: seeds, fingerprint: "known"
    ) { scheme in
      { subject, seed, _ in accuracy(scheme, subject) + Double(seed) / 1000 }
    }
  }

  /// A trial in which tensors add up: accuracy is a half and the values of the tensors that are updated.
  static func additive(_ values: [String: Double], network: QuantizedNetwork) -> SchemeTrial {
    known { scheme, subject in
      scheme.tensorNames(in: network).reduce(0.5 + Double(subject) / 100) { $0 + (values[$1] ?? 0) }
    }
  }
}

/// Numbers that several threads may add to.
final class Tally: @unchecked Sendable {
  private let lock = NSLock()
  private var counts: [String: Int] = [:]

  func add(_ name: String) {
    lock.lock()
    counts[name, default: 0] += 1
    lock.unlock()
  }

  var all: [String: Int] {
    lock.lock()
    defer { lock.unlock() }
    return counts
  }

  var total: Int { all.values.reduce(0, +) }
}

extension UpdateScheme {
  /// Any scheme of a network, each tensor updated with the given probability.
  static func random(
    of network: QuantizedNetwork, probability: Double, shares: [ChannelShare] = [.all], using random: inout TestRandom
  ) -> UpdateScheme {
    var scheme = UpdateScheme.predictionOnly(network)
    for layer in network.parameterLayers {
      if Double.random(in: 0..<1, using: &random) < probability {
        // What reads the sensor's channels is updated whole.
        let share = shares.randomElement(using: &random) ?? .all
        scheme.updates[layer].weights = network.mayUpdateShare(ofNode: layer) ? share : .all
      }
      if Double.random(in: 0..<1, using: &random) < probability { scheme.updates[layer].bias = true }
    }
    return scheme
  }
}
