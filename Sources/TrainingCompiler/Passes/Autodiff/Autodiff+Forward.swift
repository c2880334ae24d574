import Tensors

extension Autodiff {
  mutating func addForward(_ n: Int) {
    masks.append(nil)
    weights.append(nil)
    frozen.append(nil)
    biases.append(nil)
    winners.append(nil)
    let node = node(n)
    switch node.operation {
    case .input:
      outputs.append(graph.addBuffer("input window", .input, bytes: node.shape.elementCount))
    case .convolution, .depthwiseConvolution, .dense:
      addConvolution(n)
    case .add:
      addJoin(n)
    case .averagePool, .globalAveragePool:
      let geometry = network.geometry(ofNode: n)
      let output = graph.addBuffer("\(node.name) output", .activation, bytes: node.shape.elementCount)
      outputs.append(output)
      graph.forward.append(
        TrainingGraph.Operation(
          name: "\(node.name) forward",
          kind: .averagePool(
            input: outputs[node.inputs[0]], zeroPoint: node.output.zeroPoint,
            factor: FixedPointMultiplier(1 / Double(geometry.kernel)), geometry, output: output),
          reads: [outputs[node.inputs[0]]], writes: [output]))
    case .maxPool:
      let output = graph.addBuffer("\(node.name) output", .activation, bytes: node.shape.elementCount)
      outputs.append(output)
      winners[n] = graph.addBuffer("\(node.name) winners", .winners, bytes: node.shape.elementCount)
      graph.forward.append(
        TrainingGraph.Operation(
          name: "\(node.name) forward",
          kind: .maxPool(
            input: outputs[node.inputs[0]], network.geometry(ofNode: n), output: output, winners: winners[n]),
          reads: [outputs[node.inputs[0]]], writes: [output] + (winners[n].map { [$0] } ?? [])))
    }
  }

  /// A parameter's buffer: in the arena with an initial copy if it is updated, in constants otherwise.
  private mutating func parameter<Integer: FixedWidthInteger>(
    _ name: String, _ role: TrainingGraph.Role, _ values: [Integer], updated: Bool
  ) -> Int {
    let bytes = littleEndianBytes(values)
    let alignment = MemoryLayout<Integer>.alignment
    let constant = graph.addBuffer(
      updated ? "\(name), initial" : name, role, bytes: bytes.count, alignment: alignment, storage: .constant(bytes))
    guard updated else { return constant }
    let live = graph.addBuffer(name, role, bytes: bytes.count, alignment: alignment, storage: .persistent)
    graph.initial.append(
      TrainingGraph.Operation(
        name: "\(name) copy", kind: .copy(to: live, from: constant), reads: [constant], writes: [live]))
    return live
  }

  private mutating func addConvolution(_ n: Int) {
    let node = node(n)
    let isLogits = n == network.nodes.count - 1
    let w = parameter(
      "\(node.name).weights", .weights, node.weights(ofChannels: 0..<storedChannels(n), of: inputChannels(n)),
      updated: scheme[n].weights != .none)
    if isSplit(n) { frozen[n] = addFrozenWeights(n) }
    let b = parameter("\(node.name).bias", .bias, node.bias, updated: scheme[n].bias)
    weights[n] = w
    biases[n] = b
    let inputScale = Double(self.node(node.inputs[0]).output.scale)
    // Logits of different classes meet in units of 2^-20; all others in their own output scale.
    let outputScale = isLogits ? 1.0 / 1_048_576 : Double(node.output.scale)
    let factors = node.weightScales.map { FixedPointMultiplier(inputScale * Double($0) / outputScale) }
    let mantissas = graph.addTable("\(node.name) factors", factors.map(\.mantissa))
    let shifts = graph.addTable("\(node.name) shifts", factors.map(\.shift))
    let geometry = network.geometry(ofNode: n)
    let output = graph.addBuffer(
      "\(node.name) output", isLogits ? .logits : .activation,
      bytes: node.shape.elementCount * (isLogits ? 4 : 1), alignment: isLogits ? 4 : 1)
    outputs.append(output)
    let input = outputs[node.inputs[0]]
    var convolution = TrainingGraph.Convolution(
      input: input, inputZeroPoint: self.node(node.inputs[0]).output.zeroPoint, weights: w, bias: b,
      mantissas: mantissas, shifts: shifts, geometry: geometry, range: node.output.outputRange, sums: nil,
      output: output, mask: nil, frozen: frozen[n], updatedChannels: isSplit(n) ? storedChannels(n) : 0)
    let parameters = [w] + (frozen[n].map { [$0] } ?? []) + [b]
    if isLogits {
      graph.forward.append(
        TrainingGraph.Operation(
          name: "\(node.name) logits", kind: .logits(convolution), reads: [input] + parameters + [mantissas, shifts],
          writes: [output, graph.state]))
      return
    }
    let sums = graph.addBuffer("\(node.name) sums, whole", .workspace, bytes: 4 * node.shape.elementCount, alignment: 4)
    convolution.sums = sums
    let mask = addMask(n)
    convolution.mask = mask
    graph.forward.append(
      TrainingGraph.Operation(
        name: "\(node.name) sums", kind: .sums(convolution, depthwise: isDepthwise(n)), reads: [input] + parameters,
        writes: [sums]))
    graph.forward.append(
      TrainingGraph.Operation(
        name: "\(node.name) requantize", kind: .requantize(convolution), reads: [sums, mantissas, shifts],
        writes: [output, mask]))
  }

  private mutating func addJoin(_ n: Int) {
    let node = node(n)
    let left = self.node(node.inputs[0]).output
    let right = self.node(node.inputs[1]).output
    let leftRatio = Double(left.scale) / Double(node.output.scale)
    let rightRatio = Double(right.scale) / Double(node.output.scale)
    // The larger ratio becomes a mantissa in 2^29 ... 2^30, the smaller follows with the same shift.
    let exponent = Int(max(leftRatio, rightRatio).exponent)
    let shift = max(1, min(62, 29 - exponent))
    let unit = Double(sign: .plus, exponent: shift, significand: 1)
    // Beyond the smallest shift a factor saturates: any difference but 0 is clamped anyway.
    func factor(_ ratio: Double) -> Int32 { Int32(min(1_073_741_824, (ratio * unit).rounded())) }
    let output = graph.addBuffer("\(node.name) output", .activation, bytes: node.shape.elementCount)
    outputs.append(output)
    let mask = addMask(n)
    let add = TrainingGraph.ResidualAdd(
      left: outputs[node.inputs[0]], right: outputs[node.inputs[1]], leftZeroPoint: left.zeroPoint,
      rightZeroPoint: right.zeroPoint, leftFactor: factor(leftRatio), rightFactor: factor(rightRatio),
      shift: Int32(shift), count: node.shape.elementCount, range: node.output.outputRange, output: output,
      mask: mask)
    graph.forward.append(
      TrainingGraph.Operation(
        name: "\(node.name) forward", kind: .residualAdd(add), reads: [add.left, add.right],
        writes: [output, mask]))
  }

  /// A byte an element; `MaskPacking` makes it a bit.
  private mutating func addMask(_ n: Int) -> Int {
    let mask = graph.addBuffer("\(node(n).name) clamp bits", .mask, bytes: node(n).shape.elementCount)
    masks[n] = mask
    return mask
  }
}
