import TrainingCompiler

extension FloatExecutor {
  /// Computes the output of one node for some samples of the batch.
  ///
  /// Batch normalisation uses the statistics that its state holds.
  func forward(node index: Int, samples: Range<Int>, shard: Int) {
    let node = graph.nodes[index]
    guard let source = node.inputs.first else { return }
    let entry = layout.entries[index]
    let x = UnsafePointer(values[source].base)
    let y = values[index].base
    let inputShape = graph.nodes[source].shape
    let bias = entry.bias.isEmpty ? nil : UnsafePointer(parameters.base + entry.bias.lowerBound)
    let firstElement = samples.lowerBound * node.shape.elementCount
    let elements = samples.count * node.shape.elementCount
    switch node.operation {
    case .input: break
    case .convolution(let kernel, _):
      ConvolutionFloat(kernel: kernel, input: inputShape, output: node.shape).forward(
        samples: samples, input: x, packed: packed.base + entry.weights.lowerBound, bias: bias, output: y,
        scratch: scratch(ofShard: shard))
    case .depthwiseConvolution(let kernel, _):
      DepthwiseConvolutionFloat(kernel: kernel, input: inputShape, output: node.shape).forward(
        samples: samples, input: x, weights: parameters.base + entry.weights.lowerBound, bias: bias, output: y)
    case .dense:
      MatrixProduct.multiply(
        rows: samples.count, columns: node.shape.channels, depth: inputShape.elementCount,
        left: MatrixView(
          base: x + samples.lowerBound * inputShape.elementCount, rowStride: inputShape.elementCount,
          columnStride: 1),
        right: packed.base + entry.weights.lowerBound, rightStride: node.shape.channels, start: bias,
        startStride: 0, output: y + firstElement, outputStride: node.shape.channels)
    case .batchNormalization:
      guard let norm = norms[index] else { break }
      BatchNormalizationFloat.normalize(
        x + firstElement, rows: samples.count * node.shape.length, channels: node.shape.channels,
        mean: norm.mean.base, factor: norm.factor.base,
        shift: parameters.base + entry.normShift.lowerBound, into: y + firstElement)
    case .activation(let activation):
      Elementwise.activate(activation, x + firstElement, into: y + firstElement, count: elements)
    case .add:
      Elementwise.sum(
        x + firstElement, values[node.inputs[1]].base + firstElement, into: y + firstElement, count: elements)
    case .averagePool(let kernel):
      forEachSample(samples, PoolingFloat(kernel: kernel, input: inputShape, output: node.shape), x, y) {
        $0.forwardAverage(input: $1, output: $2)
      }
    case .maxPool(let kernel):
      forEachSample(samples, PoolingFloat(kernel: kernel, input: inputShape, output: node.shape), x, y) {
        $0.forwardMaximum(input: $1, output: $2)
      }
    case .globalAveragePool:
      forEachSample(samples, .global(input: inputShape), x, y) { $0.forwardAverage(input: $1, output: $2) }
    }
  }

  private func forEachSample(
    _ samples: Range<Int>, _ pool: PoolingFloat, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ body: (PoolingFloat, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    for sample in samples {
      body(pool, x + sample * pool.input.elementCount, y + sample * pool.output.elementCount)
    }
  }

  /// Runs all nodes for some samples, with the statistics at hand.
  func forward(samples: Range<Int>, shard: Int = 0) {
    for index in graph.nodes.indices { forward(node: index, samples: samples, shard: shard) }
  }

  /// The logits of one sample of the batch.
  func logits(ofSample sample: Int) -> UnsafePointer<Float> {
    UnsafePointer(values[values.count - 1].base + sample * graph.classCount)
  }
}
