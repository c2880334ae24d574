import Tensors

/// Turns a placed training graph into the words that `Training` executes.
struct PlanEncoder {
  let graph: TrainingGraph
  /// The operand of every buffer: an arena offset, or a constant.
  let operands: [Int32]
  private var words: [Int32] = []

  init(graph: TrainingGraph, operands: [Int32]) {
    self.graph = graph
    self.operands = operands
  }

  static func encode(
    _ graph: TrainingGraph, operands: [Int32], arenaBytes: Int, constantBytes: Int
  ) -> [Int32] {
    var encoder = PlanEncoder(graph: graph, operands: operands)
    var header = [Int32](repeating: 0, count: Plan.Header.wordCount)
    header[Plan.Header.magic] = Plan.magic
    header[Plan.Header.version] = Plan.version
    header[Plan.Header.arenaBytes] = Int32(arenaBytes)
    header[Plan.Header.constantBytes] = Int32(constantBytes)
    header[Plan.Header.initialOperations] = Int32(graph.initial.count)
    header[Plan.Header.forwardOperations] = Int32(graph.forward.count)
    header[Plan.Header.backwardOperations] = Int32(graph.backward.count)
    header[Plan.Header.inputOffset] = operands[graph.input]
    header[Plan.Header.inputBytes] = Int32(graph.buffers[graph.input].byteCount)
    header[Plan.Header.logitsOffset] = operands[graph.logits]
    header[Plan.Header.classes] = Int32(graph.buffers[graph.logits].byteCount / 4)
    header[Plan.Header.stateOffset] = operands[graph.state]
    encoder.words = header
    for operation in graph.initial + graph.step { encoder.encode(operation.kind) }
    return encoder.words
  }

  private func operand(_ buffer: Int?) -> Int32 { buffer.map { operands[$0] } ?? Plan.none }

  private mutating func record(_ opcode: Plan.Opcode, _ fields: [Int32]) {
    words.append(opcode.rawValue | Int32(fields.count + 1) << 8)
    words += fields
  }

  private func fields(_ geometry: ConvolutionGeometry) -> [Int32] {
    [
      geometry.inputLength, geometry.inputChannels, geometry.outputLength, geometry.outputChannels, geometry.kernel,
      geometry.stride, geometry.padding,
    ].map { Int32($0) }
  }

  private func fields(_ range: OutputRange) -> [Int32] { [range.zeroPoint, range.low, range.high] }

  private mutating func encode(_ kind: TrainingGraph.Kind) {
    switch kind {
    case .copy(let to, let from):
      record(.copy, [operand(to), operand(from), Int32(graph.buffers[to].byteCount)])
    case .clear(let buffer):
      record(.clear, [operand(buffer), Int32(graph.buffers[buffer].byteCount)])
    case .copyChannels(let input, let shape, let kept, let output):
      record(
        .copyChannels, [operand(input), operand(output), Int32(shape.length), Int32(shape.channels), Int32(kept)])
    case .convolution(let c, let depthwise):
      record(
        depthwise ? .depthwiseConvolution : .convolution,
        inputs(c) + fields(c.geometry) + fields(c.range) + [operand(c.sums), operand(c.output), operand(c.mask)]
          + split(c.frozen, c.updatedChannels))
    case .logits(let c):
      record(.logits, inputs(c) + fields(c.geometry) + [operand(c.output)] + split(c.frozen, c.updatedChannels))
    case .residualAdd(let a):
      record(
        .residualAdd,
        [
          operand(a.left), operand(a.right), a.leftZeroPoint, a.rightZeroPoint, a.leftFactor, a.rightFactor, a.shift,
          Int32(a.count),
        ] + fields(a.range) + [operand(a.output), operand(a.mask)])
    case .averagePool(let input, let zeroPoint, let factor, let geometry, let output):
      record(
        .averagePool,
        [operand(input), zeroPoint, factor.mantissa, Int32(factor.shift)] + fields(geometry) + [operand(output)])
    case .maxPool(let input, let geometry, let output, let winners):
      record(.maxPool, [operand(input)] + fields(geometry) + [operand(output), operand(winners)])
    case .loss(let logits, let classes, let gradient):
      record(.loss, [operand(logits), Int32(classes), operand(gradient)])
    case .sums, .requantize, .weightGradient, .applyWeights, .biasGradient, .applyBias:
      preconditionFailure("fusion comes before encoding")
    case .gradient(let g):
      encode(g)
    case .updateWeights(let u, let depthwise):
      record(
        depthwise ? .updateDepthwiseWeights : .updateWeights,
        [operand(u.errors), operand(u.input), u.inputZeroPoint, operand(u.weights)] + fields(u.geometry) + [
          operand(u.mantissas), operand(u.exponents), operand(u.workspace), u.rounding.rawValue, operand(u.residual),
          Int32(u.firstIndex), u.element.rawValue,
        ] + fields(u.velocity) + [Int32(u.frameStride), Int32(u.rowStride), operand(u.rows), operand(u.places)])
    case .updateBias(let u):
      record(
        .updateBias,
        [
          operand(u.errors), operand(u.bias), Int32(u.length), Int32(u.channels), operand(u.mantissas),
          operand(u.exponents), u.limit, u.rounding.rawValue, operand(u.residual), Int32(u.firstIndex),
          u.element.rawValue,
        ] + fields(u.velocity) + [operand(u.workspace), operand(u.places)])
    }
  }

  private func fields(_ velocity: TrainingGraph.Velocity?) -> [Int32] {
    guard let velocity else { return [Plan.none, 0, 0, 1] }
    return [operand(velocity.buffer), velocity.decay.mantissa, velocity.decay.exponent, Int32(velocity.period)]
  }

  private func split(_ frozen: TrainingGraph.BufferID?, _ updatedChannels: Int) -> [Int32] {
    [operand(frozen), Int32(updatedChannels)]
  }

  private func inputs(_ c: TrainingGraph.Convolution) -> [Int32] {
    [
      operand(c.input), c.inputZeroPoint, operand(c.weights), operand(c.bias), operand(c.mantissas), operand(c.shifts),
    ]
  }

  private mutating func encode(_ g: TrainingGraph.Gradient) {
    precondition(g.addends.count <= 2 && (1...2).contains(g.outputs.count), "lowering keeps gradients small")
    var record: [Int32] = [g.source.rawValue] + fields(g.geometry)
    record += [
      operand(g.errors), operand(g.weights), g.sourceBits, g.divisor.mantissa, g.divisor.exponent, operand(g.staging),
      operand(g.workspace), Int32(g.addends.count),
      operand(g.addends.first), operand(g.addends.dropFirst().first), Int32(g.outputs.count),
    ]
    for i in 0..<2 {
      // An absent second output repeats the first; the count says that it is not read.
      let output = g.outputs[min(i, g.outputs.count - 1)]
      record += [
        output.kind.rawValue, operand(output.buffer), operand(output.mask), operand(output.otherMask),
        operand(output.factors), output.factorExponent, output.limit, operand(output.carried), output.randomKey,
      ]
    }
    record += [g.element.rawValue, g.addendBits, g.errorRounding.rawValue]
    self.record(.gradient, record + split(g.frozen, g.updatedChannels))
  }
}
