import TrainingCompiler

extension FloatExecutor {
  /// From the gradient of a node's output: the gradients of its numbers, over these samples, and its share
  /// of the gradients of its inputs.
  func backward(node index: Int, samples: Range<Int>, shard: Int) {
    guard needsGradient[index] else { return }
    let node = graph.nodes[index]
    guard let source = node.inputs.first else { return }
    let inputShape = graph.nodes[source].shape
    let entry = layout.entries[index]
    let own = shardGradients[shard].base
    let errors = UnsafePointer(gradients[index].base)
    let firstElement = samples.lowerBound * node.shape.elementCount
    let elements = samples.count * node.shape.elementCount
    let wantsInput = needsGradient[source]
    let accumulate = accumulates[index][0]
    let inputGradients = gradients[source].base
    if updatesBias[index] && !entry.bias.isEmpty {
      Elementwise.columnSums(
        errors + firstElement, rows: samples.count * node.shape.length, channels: node.shape.channels,
        into: own + entry.bias.lowerBound)
    }
    switch node.operation {
    case .input: break
    case .convolution(let kernel, _):
      let convolution = ConvolutionFloat(kernel: kernel, input: inputShape, output: node.shape)
      let scratch = scratch(ofShard: shard)
      if updatesWeights[index] {
        convolution.backwardWeights(
          samples: samples, input: values[source].base, outputGradients: errors,
          gradients: own + entry.weights.lowerBound, scratch: scratch)
      }
      if wantsInput {
        convolution.backwardInput(
          samples: samples, weights: parameters.base + entry.weights.lowerBound, outputGradients: errors,
          inputGradients: inputGradients, accumulate: accumulate, scratch: scratch)
      }
    case .depthwiseConvolution(let kernel, _):
      let convolution = DepthwiseConvolutionFloat(kernel: kernel, input: inputShape, output: node.shape)
      if updatesWeights[index] {
        convolution.backwardWeights(
          samples: samples, input: values[source].base, outputGradients: errors,
          gradients: own + entry.weights.lowerBound)
      }
      if wantsInput {
        convolution.backwardInput(
          samples: samples, weights: parameters.base + entry.weights.lowerBound, outputGradients: errors,
          inputGradients: inputGradients, accumulate: accumulate)
      }
    case .dense:
      backwardDense(node: index, samples: samples, own: own)
    case .batchNormalization:
      guard wantsInput, let norm = norms[index] else { break }
      BatchNormalizationFloat.backward(
        input: values[source].base + firstElement, outputGradients: errors + firstElement,
        rows: samples.count * node.shape.length, channels: node.shape.channels, mean: norm.mean.base,
        factor: norm.factor.base, meanGradient: norm.meanGradient.base, slope: norm.slope.base,
        inputGradients: inputGradients + firstElement, accumulate: accumulate)
    case .activation(let activation):
      Elementwise.activateBackward(
        activation, output: values[index].base + firstElement, outputGradients: errors + firstElement,
        inputGradients: inputGradients + firstElement, accumulate: accumulate, count: elements)
    case .add:
      for (position, input) in node.inputs.enumerated() where needsGradient[input] {
        let target = gradients[input].base + firstElement
        if accumulates[index][position] {
          Elementwise.add(errors + firstElement, to: target, count: elements)
        } else {
          target.update(from: errors + firstElement, count: elements)
        }
      }
    case .averagePool(let kernel):
      let pool = PoolingFloat(kernel: kernel, input: inputShape, output: node.shape)
      for sample in samples {
        pool.backwardAverage(
          outputGradients: errors + sample * node.shape.elementCount,
          inputGradients: inputGradients + sample * inputShape.elementCount, accumulate: accumulate)
      }
    case .maxPool(let kernel):
      let pool = PoolingFloat(kernel: kernel, input: inputShape, output: node.shape)
      for sample in samples {
        pool.backwardMaximum(
          input: values[source].base + sample * inputShape.elementCount,
          outputGradients: errors + sample * node.shape.elementCount,
          inputGradients: inputGradients + sample * inputShape.elementCount, accumulate: accumulate)
      }
    case .globalAveragePool:
      for sample in samples {
        PoolingFloat.global(input: inputShape).backwardAverage(
          outputGradients: errors + sample * node.shape.elementCount,
          inputGradients: inputGradients + sample * inputShape.elementCount, accumulate: accumulate)
      }
    }
  }

  private func backwardDense(node index: Int, samples: Range<Int>, own: UnsafeMutablePointer<Float>) {
    let source = graph.nodes[index].inputs[0]
    let inputs = graph.nodes[source].shape.elementCount
    let outputs = graph.nodes[index].shape.channels
    let weights = layout.entries[index].weights.lowerBound
    let x = values[source].base + samples.lowerBound * inputs
    let errors = gradients[index].base + samples.lowerBound * outputs
    if updatesWeights[index] {
      MatrixProduct.multiply(
        rows: outputs, columns: inputs, depth: samples.count,
        left: MatrixView(base: errors, rowStride: 1, columnStride: outputs), right: x, rightStride: inputs,
        start: nil, startStride: 0, output: own + weights, outputStride: inputs)
    }
    if needsGradient[source] {
      let target = gradients[source].base + samples.lowerBound * inputs
      MatrixProduct.multiply(
        rows: samples.count, columns: inputs, depth: outputs,
        left: MatrixView(base: errors, rowStride: outputs, columnStride: 1), right: parameters.base + weights,
        rightStride: inputs, start: accumulates[index][0] ? UnsafePointer(target) : nil, startStride: inputs,
        output: target, outputStride: inputs)
    }
  }
}
