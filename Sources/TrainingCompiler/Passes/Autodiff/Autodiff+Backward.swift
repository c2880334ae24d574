import Tensors

/// The backward pass.
///
/// Nodes are visited from the last to the first. A node's gradient is summed over all its consumers and
/// quantized once for each use: as the int8 error of a convolution, with clamp marks and weight scales folded
/// in; as an int8 gradient that a residual join passes on; or it stays int32 behind a pool.
extension Autodiff {
  mutating func addBackward() {
    let last = network.nodes.count - 1
    let classes = network.classCount
    let gradient = graph.addBuffer("loss gradient", .gradient, bytes: Plan.scaleBytes + 4 * classes, alignment: 4)
    graph.backward.append(
      TrainingGraph.Operation(
        name: "loss", kind: .loss(logits: outputs[last], classes: classes, gradient: gradient),
        reads: [outputs[last]], writes: [gradient, graph.state]))
    var errors = Errors(count: network.nodes.count)
    for n in network.nodes.indices.reversed() where n > 0 && hasGradient[n] {
      if errors.error[n] == nil { addGradient(n, lossGradient: n == last ? gradient : nil, errors: &errors) }
      if let error = errors.error[n] { addParameterGradients(n, error: error) }
    }
  }

  /// What the backward pass has made so far, by node.
  struct Errors {
    /// Int8 errors of convolutions and dense layers.
    var error: [Int?]
    /// Int8 gradients at residual joins.
    var join: [Int?]
    /// Int32 gradients at pools, with the power of two that bounds them.
    var pool: [(buffer: Int, bits: Int32)?]

    init(count: Int) {
      error = Array(repeating: nil, count: count)
      join = Array(repeating: nil, count: count)
      pool = Array(repeating: nil, count: count)
    }
  }

  private func hasWeights(_ n: Int) -> Bool { !node(n).weights.isEmpty }

  /// A source of a node's gradient that is computed, as opposed to stored addends.
  private struct Source {
    var kind: Plan.GradientSource
    var geometry: ConvolutionGeometry
    var errors: Int?
    var weights: Int?
    /// Weights of the consumer's other channels, and how many channels `weights` has then.
    var frozen: Int?
    var updatedChannels = 0
    var bits: Int32
    var divisor: Double = 1
    var name: String
    /// The node that sends it; absent for the loss and for addends alone.
    var reader: Int?
  }

  private mutating func addGradient(_ n: Int, lossGradient: Int?, errors: inout Errors) {
    let shape = node(n).shape
    let elementwise = ConvolutionGeometry(
      inputLength: shape.length, inputChannels: shape.channels, outputLength: shape.length,
      outputChannels: shape.channels, kernel: 1, stride: 1, padding: 0)
    var sources: [Source] = []
    var addends: [Int] = []
    if let lossGradient {
      sources.append(
        Source(kind: .stored, geometry: elementwise, errors: lossGradient, bits: 31, name: "loss"))
    }
    for consumer in consumers[n] where hasGradient[consumer] {
      if let join = errors.join[consumer] {
        addends.append(join)
      } else if let pool = errors.pool[consumer] {
        sources.append(poolSource(consumer, gradient: pool.buffer, bits: pool.bits))
      } else if errors.error[consumer] != nil {
        sources.append(convolutionSource(consumer, errors: errors))
      }
    }
    // One source is computed where the sum is made; what others give is stored and added.
    while sources.count > 1 {
      let source = sources.removeFirst()
      let partial = addGradientBuffer("\(node(n).name) gradient by \(source.name)", shape.elementCount)
      appendGradient(
        "\(node(n).name) gradient by \(source.name)", source: source, addends: [],
        outputs: [joinOutput(partial, source.reader.map { .byReader($0) } ?? .ofNode(n))])
      addends.append(partial)
    }
    var sums = 0
    while addends.count > 2 {
      let sum = addGradientBuffer("\(node(n).name) gradient sum \(addends.count)", shape.elementCount)
      let pair = Array(addends.prefix(2))
      addends.removeFirst(2)
      appendGradient(
        "\(node(n).name) gradient sum", source: Source(kind: .none, geometry: elementwise, bits: 0, name: ""),
        addends: pair, outputs: [joinOutput(sum, .sum(sums, ofNode: n))])
      sums += 1
      addends.insert(sum, at: 0)
    }
    let source = sources.first ?? Source(kind: .none, geometry: elementwise, bits: 0, name: "")
    // Aligned terms are at most 2^24 each, and there are at most three.
    let results = gradientOutputs(n, sourceBits: addends.isEmpty ? source.bits : 26, errors: &errors)
    if source.kind == .stored || results.contains(where: { $0.kind == .int32 }) {
      appendGradient(
        "\(node(n).name) gradient", source: source, addends: addends, outputs: results)
      return
    }
    let whole = graph.addBuffer(
      "\(node(n).name) gradient, whole", .gradient, bytes: Plan.scaleBytes + 4 * shape.elementCount, alignment: 4)
    appendGradient(
      "\(node(n).name) gradient", source: source, addends: addends, outputs: [wholeOutput(whole)])
    appendGradient(
      "\(node(n).name) quantize",
      source: Source(kind: .stored, geometry: elementwise, errors: whole, bits: 31, name: "gradient"), addends: [],
      outputs: results)
  }

  private func convolutionSource(_ consumer: Int, errors: Errors) -> Source {
    let geometry = network.geometry(ofNode: consumer)
    let isDepthwise = isDepthwise(consumer)
    let bound = geometry.overlap * (isDepthwise ? 1 : geometry.outputChannels) * 127 * Int(errorLimit(consumer))
    return Source(
      kind: isDepthwise ? .depthwiseConvolution : .convolution, geometry: geometry,
      errors: errors.error[consumer], weights: weights[consumer], frozen: frozen[consumer],
      updatedChannels: isSplit(consumer) ? storedChannels(consumer) : 0, bits: bitWidth(of: bound),
      name: node(consumer).name, reader: consumer)
  }

  private func poolSource(_ consumer: Int, gradient: Int, bits: Int32) -> Source {
    let geometry = network.geometry(ofNode: consumer)
    let sumBits = bits + geometry.overlapBits
    if case .maxPool = node(consumer).operation {
      return Source(
        kind: .maxPool, geometry: geometry, errors: gradient, weights: winners[consumer], bits: sumBits,
        name: node(consumer).name, reader: consumer)
    }
    return Source(
      kind: .averagePool, geometry: geometry, errors: gradient, bits: sumBits,
      divisor: 1 / Double(geometry.kernel), name: node(consumer).name, reader: consumer)
  }

  /// The largest magnitude of a layer's errors.
  private func errorLimit(_ n: Int) -> Int32 {
    var poolBits: Int32 = 0
    var before = node(n).inputs[0]
    while isPool(before) {
      poolBits += network.geometry(ofNode: before).overlapBits
      before = node(before).inputs[0]
    }
    return options.errorLimit(
      network.geometry(ofNode: n), isDepthwise: isDepthwise(n), passesOn: isWanted[node(n).inputs[0]],
      poolBits: poolBits, update: scheme[n])
  }

  private func isPool(_ n: Int) -> Bool {
    switch node(n).operation {
    case .averagePool, .maxPool, .globalAveragePool: true
    default: false
    }
  }

  /// The power of two above a bound.
  private func bitWidth(of bound: Int) -> Int32 { Int32(Int.bitWidth - bound.leadingZeroBitCount) }

  /// What the gradient of a node becomes; buffers are added and recorded.
  private mutating func gradientOutputs(
    _ n: Int, sourceBits: Int32, errors: inout Errors
  ) -> [TrainingGraph.GradientOutput] {
    let count = node(n).shape.elementCount
    switch node(n).operation {
    case .convolution, .depthwiseConvolution, .dense:
      return [errorOutput(n, otherMask: nil, errors: &errors)]
    case .add:
      // A convolution that feeds only this join takes its error from the exact sum; all else reads the
      // join's gradient, quantized once.
      var results: [TrainingGraph.GradientOutput] = []
      var shares = false
      for input in node(n).inputs where hasGradient[input] {
        if hasWeights(input) && consumers[input] == [n] {
          results.append(errorOutput(input, otherMask: masks[n], errors: &errors))
        } else {
          shares = true
        }
      }
      if shares {
        let join = addGradientBuffer("\(node(n).name) gradient", count)
        errors.join[n] = join
        var result = joinOutput(join, .ofNode(n))
        result.mask = masks[n]
        results.append(result)
      }
      return results
    case .averagePool, .maxPool, .globalAveragePool:
      let buffer = graph.addBuffer(
        "\(node(n).name) gradient", .gradient, bytes: Plan.scaleBytes + 4 * count, alignment: 4)
      errors.pool[n] = (buffer, sourceBits)
      return [wholeOutput(buffer)]
    case .input:
      preconditionFailure("the input window has no gradient")
    }
  }

  private func wholeOutput(_ buffer: Int) -> TrainingGraph.GradientOutput {
    TrainingGraph.GradientOutput(
      kind: .int32, buffer: buffer, mask: nil, otherMask: nil, factors: nil, factorExponent: 0)
  }

  /// A gradient that is added to others later: no sum but that of aligned terms reads it.
  private mutating func joinOutput(_ buffer: Int, _ key: ErrorTensorKey) -> TrainingGraph.GradientOutput {
    TrainingGraph.GradientOutput(
      kind: .quantized, buffer: buffer, mask: nil, otherMask: nil, factors: nil, factorExponent: 0,
      limit: options.errorPrecision.largestMagnitude, carried: addCarriedScale(of: buffer),
      randomKey: key.value(nodeCount: network.nodes.count))
  }

  private mutating func addGradientBuffer(_ name: String, _ count: Int) -> Int {
    graph.addBuffer(
      name, .gradient, bytes: Plan.scaleBytes + count * options.errorPrecision.byteCount, alignment: 4)
  }

  /// Where a tensor's largest magnitude waits for the next step, if the options say so.
  private mutating func addCarriedScale(of tensor: Int) -> Int? {
    guard options.errorScale == .carried else { return nil }
    return addCleared("\(graph.buffers[tensor].name) magnitude", .carriedScale, bytes: Plan.scaleBytes, alignment: 4)
  }

  /// Bytes that outlive a step and begin as zeros.
  private mutating func addCleared(_ name: String, _ role: TrainingGraph.Role, bytes: Int, alignment: Int = 1) -> Int {
    let buffer = graph.addBuffer(name, role, bytes: bytes, alignment: alignment, storage: .persistent)
    graph.initial.append(
      TrainingGraph.Operation(name: "\(name) clearing", kind: .clear(buffer), reads: [], writes: [buffer]))
    return buffer
  }

  /// The error of a layer with weights: its clamp bits and weight scales are folded in.
  private mutating func errorOutput(
    _ n: Int, otherMask: Int?, errors: inout Errors
  ) -> TrainingGraph.GradientOutput {
    let node = node(n)
    let buffer = graph.addBuffer(
      "\(node.name) error", .error,
      bytes: Plan.scaleBytes + node.shape.elementCount * options.errorPrecision.byteCount, alignment: 4)
    errors.error[n] = buffer
    // In units of 2^(exponent − 31), the largest just below 2^31.
    let largest = Double(node.weightScales.max() ?? 1)
    let exponent = Int32(largest.exponent) + 1
    let unit = Double(sign: .plus, exponent: 31 - Int(exponent), significand: 1)
    let factors = node.weightScales.map { Int32(min(Double(Int32.max), (Double($0) * unit).rounded())) }
    return TrainingGraph.GradientOutput(
      kind: .quantized, buffer: buffer, mask: masks[n], otherMask: otherMask,
      factors: graph.addTable("\(node.name) error factors", factors), factorExponent: exponent,
      limit: errorLimit(n), carried: addCarriedScale(of: buffer),
      randomKey: ErrorTensorKey.ofNode(n).value(nodeCount: network.nodes.count))
  }

  private mutating func appendGradient(
    _ name: String, source: Source, addends: [Int], outputs: [TrainingGraph.GradientOutput]
  ) {
    let operation = TrainingGraph.Gradient(
      source: source.kind, geometry: source.geometry, errors: source.errors, weights: source.weights,
      sourceBits: source.bits, divisor: RuntimeScale(source.divisor), addends: addends, outputs: outputs,
      workspace: nil, staging: nil, element: options.errorPrecision, addendBits: options.addendBits,
      errorRounding: options.errorRounding, frozen: source.frozen, updatedChannels: source.updatedChannels)
    graph.backward.append(
      TrainingGraph.Operation(
        name: name, kind: .gradient(operation), reads: operation.reads, writes: operation.writes + [graph.state]))
  }

  // MARK: Parameters

  private mutating func addParameterGradients(_ n: Int, error: Int) {
    if let buffer = weights[n] { addWeightGradient(n, of: buffer, error: error) }
    if let buffer = biases[n] { addBiasGradient(n, of: buffer, error: error) }
  }

  private mutating func addWeightGradient(_ n: Int, of buffer: Int, error: Int) {
    let node = node(n)
    let depthwise = isDepthwise(n)
    let isUpdated = scheme[n].weights != .none
    let input = outputs[node.inputs[0]]
    let inputScale = Double(self.node(node.inputs[0]).output.scale)
    // The gradient of the stored integers is error scale · input scale · Σ; quantisation-aware scaling
    // divides by the squared weight scale.
    let isScaled = options.scaling == .quantizationAware
    let constants = stepConstants(n) { scale in
      isScaled ? inputScale / (scale * scale) : inputScale
    }
    let geometry = updatedGeometry(n)
    let count = node.weights.count / inputChannels(n) * storedChannels(n)
    let origin = weightOrigin(n)
    let residual = isUpdated ? addResidual("\(node.name).weights", count) : nil
    let velocity =
      isUpdated
      ? addVelocity(
        "\(node.name).weights", rows: depthwise ? geometry.kernel : node.shape.channels, parameters: count) : nil
    let gradient = graph.addBuffer(
      "\(node.name) weight gradient, whole", .gradient, bytes: 4 * count, alignment: 4)
    let update = TrainingGraph.WeightUpdate(
      errors: error, input: input, inputZeroPoint: self.node(node.inputs[0]).output.zeroPoint, weights: buffer,
      geometry: geometry, mantissas: constants.mantissas, exponents: constants.exponents, workspace: nil,
      rounding: options.rounding, residual: residual, firstIndex: network.firstParameter(ofNode: n),
      element: options.errorPrecision, velocity: velocity, frameStride: inputChannels(n), rowStride: origin.rowStride,
      rows: origin.rows, places: origin.places)
    graph.backward.append(
      TrainingGraph.Operation(
        name: "\(node.name) weight gradient", kind: .weightGradient(update, gradient: gradient, depthwise: depthwise),
        reads: [error, input], writes: [gradient]))
    guard isUpdated else { return }
    let kept = [residual, velocity?.buffer].compactMap { $0 }
    updates.append(
      TrainingGraph.Operation(
        name: "\(node.name) weight update", kind: .applyWeights(update, gradient: gradient, depthwise: depthwise),
        reads: [gradient, error, constants.mantissas, constants.exponents, buffer] + kept
          + [origin.rows, origin.places].compactMap { $0 }, writes: [buffer] + kept))
  }

  private mutating func addBiasGradient(_ n: Int, of buffer: Int, error: Int) {
    let node = node(n)
    let inputScale = Double(self.node(node.inputs[0]).output.scale)
    let isScaled = options.scaling == .quantizationAware
    let constants = stepConstants(n, of: "bias") { scale in
      isScaled ? 1 / (scale * scale * inputScale) : inputScale
    }
    let residual = scheme[n].bias ? addResidual("\(node.name).bias", node.bias.count) : nil
    let velocity =
      scheme[n].bias ? addVelocity("\(node.name).bias", rows: 1, parameters: node.bias.count) : nil
    let places = addOrigins("\(node.name).bias places", network.channelOrigins(ofNode: n))
    let gradient = graph.addBuffer(
      "\(node.name) bias gradient, whole", .gradient, bytes: 4 * node.bias.count, alignment: 4)
    let update = TrainingGraph.BiasUpdate(
      errors: error, bias: buffer, length: node.shape.length, channels: node.shape.channels,
      mantissas: constants.mantissas, exponents: constants.exponents,
      limit: node.biasLimit(patchCount: patchCount(n)), rounding: options.rounding, residual: residual,
      firstIndex: network.firstParameter(ofNode: n) + node.weights.count, element: options.errorPrecision,
      velocity: velocity, workspace: nil, places: places)
    graph.backward.append(
      TrainingGraph.Operation(
        name: "\(node.name) bias gradient", kind: .biasGradient(update, gradient: gradient), reads: [error],
        writes: [gradient]))
    guard scheme[n].bias else { return }
    let kept = [residual, velocity?.buffer].compactMap { $0 }
    updates.append(
      TrainingGraph.Operation(
        name: "\(node.name) bias update", kind: .applyBias(update, gradient: gradient),
        reads: [gradient, error, constants.mantissas, constants.exponents, buffer] + kept
          + [places].compactMap { $0 }, writes: [buffer] + kept))
  }

  /// One constant an output channel, as mantissa and exponent tables.
  private mutating func stepConstants(
    _ n: Int, of kind: String = "weight", _ value: (Double) -> Double
  ) -> (mantissas: Int, exponents: Int) {
    let scales = node(n).weightScales.map { RuntimeScale(value(Double($0))) }
    return (
      graph.addTable("\(node(n).name) \(kind) step factors", scales.map(\.mantissa)),
      graph.addTable(
        "\(node(n).name) \(kind) step exponents", scales.map { Int8(max(-128, min(127, $0.exponent))) })
    )
  }

  /// What error feedback keeps of each parameter; it starts at 0 with the engine.
  private mutating func addResidual(_ name: String, _ count: Int) -> Int? {
    guard options.rounding == .errorFeedback else { return nil }
    return addCleared("\(name) residual", .residual, bytes: count)
  }

  /// What is kept of a tensor's gradients from step to step; it starts at 0 with the engine.
  private mutating func addVelocity(_ name: String, rows: Int, parameters: Int) -> TrainingGraph.Velocity? {
    let decay: Double
    let period: Int
    switch options.gradientMemory {
    case .none, .momentum(0), .accumulation(windows: 1): return nil
    case .momentum(let share): (decay, period) = (share, 1)
    case .accumulation(let windows): (decay, period) = (1, windows)
    }
    let buffer = addCleared(
      "\(name) velocity", .velocity, bytes: Plan.velocityBytes(rows: rows, parameters: parameters), alignment: 4)
    return TrainingGraph.Velocity(buffer: buffer, decay: RuntimeScale(decay), period: period)
  }
}
