import Learning
public import PipelineModel
import PipelineRunner
import Tensors
import TrainingCompiler

/// Compares the gradients of a network with finite differences.
///
/// The float32 engine that pretrains gives the gradients; the differences are central ones of a definition of the same
/// network in float64, written the obvious way.
public struct GradientCheck: Sendable {
  /// One number of the network.
  public struct Entry: Sendable, Hashable {
    /// Such as `conv1.weights`.
    public var tensor: String
    /// In the tensor as it is stored.
    public var index: Int
    public var gradient: Double
    public var difference: Double
    /// How far the differences to either side are apart.
    public var bend: Double
  }

  /// Mean losses of the batch in float32 and float64.
  public let loss: Double
  public let referenceLoss: Double
  public let entries: [Entry]
  public let seed: UInt64

  /// Those at which the loss has an edge, where an activation or a largest value changes sides: there is no gradient there,
  /// and they do not count.
  public var edges: [Entry] { entries.filter { $0.bend > 2e-4 * scale } }

  /// The largest distance between gradient and difference, as a share of the network's largest gradient. Float32 leaves about
  /// 1e-5; a wrong formula misses by a part of the gradient itself.
  public var worstError: Double { worst.map { abs($0.gradient - $0.difference) / scale } ?? 0 }
  public var worst: Entry? {
    entries.filter { $0.bend <= 2e-4 * scale }
      .max { abs($0.gradient - $0.difference) < abs($1.gradient - $1.difference) }
  }
  private var scale: Double { max(1e-3, entries.map { abs($0.gradient) }.max() ?? 0) }

  /// Checks a model of the pipeline language with random weights on random windows.
  ///
  /// - Parameters:
  ///   - lengthSamples: Of a window.
  ///   - classes: At least 2.
  ///   - batch: Windows.
  ///   - perTensor: About so many numbers of each tensor are checked, spread over it.
  ///   - step: Of the finite differences.
  /// - Throws: `RunError.network` where the model does not fit the window.
  public init(
    _ model: Model, lengthSamples: Int, channels: Int, classes: Int, batch: Int = 4, perTensor: Int = 16,
    step: Double = 1e-6, seed: UInt64 = 1
  ) throws {
    precondition(batch > 0 && classes > 1 && perTensor > 0, "a check has windows, classes and numbers to look at")
    self.seed = seed
    let graph = try model.networkGraph(
      input: ActivationShape(length: lengthSamples, channels: channels), classCount: classes)
    var noise = SeededNoise(seed: seed)
    var network = FloatNetwork(initializing: graph, with: .kaimingNormal, seed: seed)
    // Away from their neutral start, so that a forgotten one shows.
    for node in graph.nodes.indices {
      network.parameters[node].bias = network.parameters[node].bias.map { _ in 0.5 * noise.uniform() }
      network.parameters[node].normShift = network.parameters[node].normShift.map { _ in 0.5 * noise.uniform() }
      network.parameters[node].normScale = network.parameters[node].normScale.map { _ in 1 + 0.5 * noise.uniform() }
    }
    let samples = (0..<batch).map { _ in (0..<lengthSamples * channels).map { _ in 2 * noise.uniform() } }
    let labels = (0..<batch).map { $0 % classes }
    let (loss, gradients) = network.lossAndGradients(samples, labels: labels)
    self.loss = loss
    let exact = samples.map { $0.map(Double.init) }
    var reference = ReferenceNetwork(network)
    referenceLoss = reference.loss(exact, labels: labels, smoothing: 0, batchStatistics: true)
    var entries: [Entry] = []
    for (index, node) in graph.nodes.enumerated() {
      let parts: [(String, WritableKeyPath<ReferenceNetwork.Numbers, [Double]>, [Float])] = [
        ("weights", \.weights, gradients[index].weights), ("bias", \.bias, gradients[index].bias),
        ("scale", \.normScale, gradients[index].normScale), ("shift", \.normShift, gradients[index].normShift),
      ]
      for (name, part, found) in parts {
        // An odd stride visits every row and column remainder.
        for place in stride(from: 0, to: found.count, by: found.count / perTensor | 1) {
          let kept = reference.numbers[index][keyPath: part][place]
          func lossWith(_ value: Double) -> Double {
            reference.numbers[index][keyPath: part][place] = value
            return reference.loss(exact, labels: labels, smoothing: 0, batchStatistics: true)
          }
          let (up, down) = (lossWith(kept + step), lossWith(kept - step))
          reference.numbers[index][keyPath: part][place] = kept
          entries.append(
            Entry(
              tensor: "\(node.name).\(name)", index: place, gradient: Double(found[place]),
              difference: (up - down) / (2 * step),
              bend: abs(up + down - 2 * referenceLoss) / step))
        }
      }
    }
    self.entries = entries
  }
}
