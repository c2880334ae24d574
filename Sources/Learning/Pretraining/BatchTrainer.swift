import TrainingCompiler

/// Computes the gradients of one batch, on several threads with the same bits as on one.
final class BatchTrainer: @unchecked Sendable {
  /// Fixed, because the order of sums, and with it every bit, hangs on it.
  static let shardCount = 8
  /// The weight of a batch in the running statistics.
  private static let momentum = 0.1

  let executor: FloatExecutor
  private(set) var gradients: FloatBuffer
  /// The network's running statistics; the other numbers stand in the executor.
  private(set) var numbers: [NodeParameters]
  private let schedule: TrainingSchedule
  private let samples: [Range<Int>]
  private let batchSize: Int
  private let labelSmoothing: Float
  private let threads: Int
  /// For each norm and channel `1 / sqrt(variance + epsilon)` of the batch.
  private var inverseDeviations: [[Double]]
  private let losses: FloatBuffer
  private let hits: FloatBuffer

  init(network: FloatNetwork, batchSize: Int, labelSmoothing: Float, threads: Int) {
    samples = ParallelShards.ranges(count: batchSize, shards: Self.shardCount)
    let learns = network.graph.nodes.map { $0.operation.hasNumbers }
    executor = FloatExecutor(
      graph: network.graph, capacity: batchSize, shardCount: samples.count,
      purpose: .training(weights: learns, biases: learns))
    executor.load(network)
    numbers = network.parameters
    gradients = FloatBuffer(count: executor.layout.count)
    schedule = TrainingSchedule(graph: network.graph, needsGradient: executor.needsGradient)
    self.batchSize = batchSize
    self.labelSmoothing = labelSmoothing
    self.threads = threads
    inverseDeviations = network.graph.nodes.map { node in
      Array(repeating: 0, count: node.operation.isNorm ? node.shape.channels : 0)
    }
    losses = FloatBuffer(count: samples.count)
    hits = FloatBuffer(count: samples.count)
  }

  /// The mean loss and the number of right predictions of a batch; its gradients are left in `gradients`.
  ///
  /// - Parameter load: Writes the values of one sample of the batch to the pointer.
  func step(
    labels: [Int], load: @Sendable (_ sample: Int, _ target: UnsafeMutablePointer<Float>) -> Void
  ) -> (loss: Double, correct: Int) {
    for segment in schedule.segments {
      ParallelShards.forEach(samples.count, threads: threads) { shard in
        for step in segment.steps { self.run(step, shard: shard, labels: labels, load: load) }
      }
      switch segment.join {
      case .moments(let node): joinMoments(ofNorm: node)
      case .gradientSums(let node): joinGradientSums(ofNorm: node)
      case .nothing: break
      }
    }
    reduceGradients()
    var loss = 0.0
    var correct = 0
    for shard in samples.indices {
      loss += Double(losses.base[shard])
      correct += Int(hits.base[shard])
    }
    return (loss / Double(batchSize), correct)
  }

  /// The network as it stands now.
  func network() -> FloatNetwork {
    var current = numbers
    executor.layout.read(executor.parameters.base, into: &current)
    return FloatNetwork(graph: executor.graph, parameters: current)
  }

  private func run(
    _ step: TrainingSchedule.Step, shard: Int, labels: [Int],
    load: @Sendable (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let range = samples[shard]
    switch step {
    case .loadWindows:
      let elements = executor.graph.inputShape.elementCount
      for sample in range { load(sample, executor.values[0].base + sample * elements) }
    case .forward(let node):
      executor.forward(node: node, samples: range, shard: shard)
    case .moments(let node):
      withNorm(node, shard: shard) { norm, input, rows, channels in
        BatchNormalizationFloat.moments(
          input, rows: rows, channels: channels, mean: norm.firstSums[shard].base,
          squares: norm.secondSums[shard].base)
      }
    case .loss:
      measureLoss(shard: shard, labels: labels)
    case .gradientSums(let node):
      withNorm(node, shard: shard) { norm, input, rows, channels in
        BatchNormalizationFloat.gradientSums(
          input: input, outputGradients: executor.gradients[node].base + range.lowerBound * elementCount(node),
          rows: rows, channels: channels, mean: norm.mean.base, sums: norm.firstSums[shard].base,
          products: norm.secondSums[shard].base)
      }
    case .backward(let node):
      executor.backward(node: node, samples: range, shard: shard)
    }
  }

  private func elementCount(_ node: Int) -> Int { executor.graph.nodes[node].shape.elementCount }

  private func withNorm(
    _ index: Int, shard: Int,
    _ body: (_ norm: FloatExecutor.NormState, _ input: UnsafePointer<Float>, _ rows: Int, _ channels: Int) -> Void
  ) {
    guard let norm = executor.norms[index] else { return }
    let node = executor.graph.nodes[index]
    let range = samples[shard]
    body(
      norm, executor.values[node.inputs[0]].base + range.lowerBound * elementCount(index),
      range.count * node.shape.length, node.shape.channels)
  }

  private func measureLoss(shard: Int, labels: [Int]) {
    let classes = executor.graph.classCount
    let last = executor.graph.nodes.count - 1
    var loss = 0.0
    var correct = 0
    for sample in samples[shard] {
      let logits = executor.logits(ofSample: sample)
      loss += SoftmaxCrossEntropy.loss(
        logits: logits, classes: classes, label: labels[sample], smoothing: labelSmoothing,
        gradients: executor.gradients[last].base + sample * classes, gradientScale: 1 / Double(batchSize))
      if SoftmaxCrossEntropy.argumentOfMaximum(logits, classes: classes) == labels[sample] { correct += 1 }
    }
    losses.base[shard] = Float(loss)
    hits.base[shard] = Float(correct)
  }

  /// From the shards' moments: the batch's mean and factor, and the running statistics.
  private func joinMoments(ofNorm index: Int) {
    let node = executor.graph.nodes[index]
    guard case .batchNormalization(let epsilon) = node.operation, let norm = executor.norms[index] else { return }
    let rows = samples.map { $0.count * node.shape.length }
    let count = Double(batchSize * node.shape.length)
    let scale = executor.parameters.base + executor.layout.entries[index].normScale.lowerBound
    for channel in 0..<node.shape.channels {
      let joined = BatchNormalizationFloat.join(
        rows: rows, means: norm.firstSums.map { $0.base[channel] },
        squares: norm.secondSums.map { $0.base[channel] })
      let inverse = 1 / (joined.variance + Double(epsilon)).squareRoot()
      inverseDeviations[index][channel] = inverse
      norm.mean.base[channel] = Float(joined.mean)
      norm.factor.base[channel] = Float(Double(scale[channel]) * inverse)
      // Running variance is unbiased, the variance that normalises is not.
      let unbiased = count > 1 ? joined.variance * count / (count - 1) : joined.variance
      move(&numbers[index].runningMean[channel], towards: joined.mean)
      move(&numbers[index].runningVariance[channel], towards: unbiased)
    }
  }

  private func move(_ running: inout Float, towards value: Double) {
    running = Float((1 - Self.momentum) * Double(running) + Self.momentum * value)
  }

  /// From the shards' sums: the gradients of scale and shift, and what the backward pass subtracts.
  private func joinGradientSums(ofNorm index: Int) {
    guard let norm = executor.norms[index] else { return }
    let node = executor.graph.nodes[index]
    let entry = executor.layout.entries[index]
    let count = Double(batchSize * node.shape.length)
    let own = executor.shardGradients[0].base
    for channel in 0..<node.shape.channels {
      var sum = 0.0
      var product = 0.0
      for shard in samples.indices {
        sum += Double(norm.firstSums[shard].base[channel])
        product += Double(norm.secondSums[shard].base[channel])
      }
      let inverse = inverseDeviations[index][channel]
      // All of it goes to shard 0: the others never write here.
      own[entry.normShift.lowerBound + channel] = Float(sum)
      own[entry.normScale.lowerBound + channel] = Float(product * inverse)
      norm.meanGradient.base[channel] = Float(sum / count)
      norm.slope.base[channel] = Float(Double(norm.factor.base[channel]) * product * inverse * inverse / count)
    }
  }

  private func reduceGradients() {
    let count = gradients.count
    gradients.base.update(from: executor.shardGradients[0].base, count: count)
    for shard in executor.shardGradients.dropFirst() {
      Elementwise.add(shard.base, to: gradients.base, count: count)
    }
  }
}

extension NetworkGraph.Operation {
  /// Whether the operation has weights or other numbers that learn.
  var hasNumbers: Bool {
    switch self {
    case .convolution, .depthwiseConvolution, .dense, .batchNormalization: true
    case .input, .activation, .add, .averagePool, .maxPool, .globalAveragePool: false
    }
  }
}
