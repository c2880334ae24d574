import Tensors

/// The fields of each operation, in the order in which the engine reads them, and what its kernel does with them.
extension PlanWalk {
  mutating func check(_ opcode: Plan.Opcode, _ f: [Int32]) throws(PlanFault) {
    switch opcode {
    case .copy:
      try read(f[1], Int(f[2]))
      try begin(f[0], Int(f[2]))
    case .copyChannels: try copyChannels(f)
    case .convolution: try convolution(f, depthwise: false)
    case .depthwiseConvolution: try convolution(f, depthwise: true)
    case .logits: try logits(f)
    case .residualAdd: try residualAdd(f)
    case .averagePool: try averagePool(f)
    case .maxPool: try maxPool(f)
    case .loss:
      let classes = Int(f[1])
      try require(
        classes == header(Plan.Header.classes) && f[0] == words[Plan.Header.logitsOffset], .disagreesWithHeader)
      try read(f[0], product(4, classes), alignment: 4)
      try makeTensor(f[2], product(4, classes))
    case .gradient: try gradient(f)
    case .updateWeights: try updateWeights(f, depthwise: false)
    case .updateDepthwiseWeights: try updateWeights(f, depthwise: true)
    case .updateBias: try updateBias(f)
    }
  }

  // MARK: Fields

  /// Sizes that `ConvolutionGeometry` takes; its products do not overflow once they were checked against memory.
  private func geometry(_ f: ArraySlice<Int32>, keepsChannels: Bool = false) throws(PlanFault) -> ConvolutionGeometry {
    let g = f.map { Int($0) }
    let hasSizes = g[0] > 0 && g[1] > 0 && g[2] > 0 && g[3] > 0 && g[4] > 0 && g[5] > 0 && g[6] >= 0 && g[6] < g[4]
    try require(hasSizes && (g[2] - 1) * g[5] + g[4] <= g[0] + 2 * g[6], .geometry)
    try require(!keepsChannels || g[1] == g[3], .geometry)
    return ConvolutionGeometry(
      inputLength: g[0], inputChannels: g[1], outputLength: g[2], outputChannels: g[3], kernel: g[4], stride: g[5],
      padding: g[6])
  }

  private func zeroPoint(_ value: Int32) throws(PlanFault) {
    try require((-128...127).contains(value), .field("zero point"))
  }

  private func range(_ f: ArraySlice<Int32>) throws(PlanFault) {
    let zero = f[f.startIndex]
    let low = f[f.startIndex + 1]
    let high = f[f.startIndex + 2]
    try zeroPoint(zero)
    try require(-128 <= low && low <= high && high <= 127, .field("range"))
  }

  private mutating func factorTables(_ mantissas: Int32, _ shifts: Int32, _ count: Int) throws(PlanFault) {
    try table(mantissas, count, of: Int32.self, "factors") { $0 >= 0 }
    try table(shifts, count, of: UInt8.self, "shifts") { (1...62).contains($0) }
  }

  private mutating func stepTables(_ mantissas: Int32, _ exponents: Int32, _ count: Int) throws(PlanFault) {
    try table(mantissas, count, of: Int32.self, "step factors") { $0 == 0 || $0 >= 1 << 30 }
    try table(exponents, count, of: Int8.self, "step exponents") { _ in true }
  }

  private func maskBytes(_ elements: Int) -> Int { elements / 8 + (elements % 8 == 0 ? 0 : 1) }

  private func weightCount(_ g: ConvolutionGeometry, depthwise: Bool) -> Int {
    depthwise ? product(g.kernel, g.inputChannels) : product(g.outputChannels, g.kernel, g.inputChannels)
  }

  private mutating func optionalMask(_ operand: Int32, _ elements: Int) throws(PlanFault) {
    if operand != Plan.none { try read(operand, maskBytes(elements)) }
  }

  // MARK: Forward

  private mutating func inputs(
    _ f: [Int32], _ g: ConvolutionGeometry, depthwise: Bool, split: ArraySlice<Int32>
  ) throws(PlanFault) {
    try read(f[0], g.inputCount)
    try zeroPoint(f[1])
    try weights(f[2], g, depthwise: depthwise, split: split)
    try read(f[3], product(4, g.outputChannels), alignment: 4)
    try factorTables(f[4], f[5], g.outputChannels)
    try work(product(g.outputLength, weightCount(g, depthwise: depthwise)))
  }

  private mutating func convolution(_ f: [Int32], depthwise: Bool) throws(PlanFault) {
    let g = try geometry(f[6..<13], keepsChannels: depthwise)
    try inputs(f, g, depthwise: depthwise, split: f[19...])
    try range(f[13..<16])
    try write(f[16], product(4, g.outputChannels), alignment: 4)
    try write(f[17], g.outputCount)
    mayWriteOver(f[0], g.inputCount, lead: FrameLead.convolution(g))
    if f[18] != Plan.none { try write(f[18], maskBytes(g.outputCount)) }
  }

  private mutating func logits(_ f: [Int32]) throws(PlanFault) {
    let g = try geometry(f[6..<13])
    try require(g.outputLength == 1, .geometry)
    try require(
      g.outputChannels == header(Plan.Header.classes) && f[13] == words[Plan.Header.logitsOffset],
      .disagreesWithHeader)
    try inputs(f, g, depthwise: false, split: f[14...])
    try write(f[13], product(4, g.outputChannels), alignment: 4)
  }

  private mutating func residualAdd(_ f: [Int32]) throws(PlanFault) {
    let count = Int(f[7])
    try read(f[0], count)
    try read(f[1], count)
    try zeroPoint(f[2])
    try zeroPoint(f[3])
    try require((0...1 << 30).contains(f[4]) && (0...1 << 30).contains(f[5]), .field("factor"))
    try require((1...62).contains(f[6]), .field("shift"))
    try range(f[8..<11])
    try write(f[11], count)
    mayWriteOver(f[0], count, lead: 0)
    mayWriteOver(f[1], count, lead: 0)
    if f[12] != Plan.none { try write(f[12], maskBytes(count)) }
  }

  private mutating func averagePool(_ f: [Int32]) throws(PlanFault) {
    let g = try pool(f[4..<11])
    try read(f[0], g.inputCount)
    try zeroPoint(f[1])
    try require(f[2] >= 0 && (1...62).contains(f[3]), .field("factor"))
    try write(f[11], g.outputCount)
    mayWriteOver(f[0], g.inputCount, lead: 0)
  }

  private mutating func maxPool(_ f: [Int32]) throws(PlanFault) {
    let g = try pool(f[1..<8])
    try read(f[0], g.inputCount)
    try write(f[8], g.outputCount)
    mayWriteOver(f[0], g.inputCount, lead: 0)
    guard f[9] != Plan.none else { return }
    // A tap must fit a byte.
    try require(g.kernel <= 256, .geometry)
    try write(f[9], g.outputCount)
  }

  private mutating func pool(_ f: ArraySlice<Int32>) throws(PlanFault) -> ConvolutionGeometry {
    let g = try geometry(f, keepsChannels: true)
    try require(g.padding == 0, .geometry)
    try work(product(g.outputCount, g.kernel))
    return g
  }

  // MARK: Backward

  private mutating func gradient(_ f: [Int32]) throws(PlanFault) {
    guard let source = Plan.GradientSource(rawValue: f[0]) else { throw fault(.field("source")) }
    let keepsChannels = [.depthwiseConvolution, .averagePool, .maxPool].contains(source)
    let g = try geometry(f[1..<8], keepsChannels: keepsChannels)
    try require((0...31).contains(f[10]), .field("bits"))
    try require(f[11] == 0 || f[11] >= 1 << 30, .field("divisor"))
    switch source {
    case .none: break
    case .convolution, .depthwiseConvolution:
      let weights = weightCount(g, depthwise: source == .depthwiseConvolution)
      try readTensor(f[8], g.outputCount)
      try self.weights(f[9], g, depthwise: source == .depthwiseConvolution, split: f[31...])
      try work(product(g.outputLength, weights))
    case .stored:
      try readTensor(f[8], product(4, g.inputCount))
    case .averagePool, .maxPool:
      try require(g.padding == 0, .geometry)
      try readTensor(f[8], product(4, g.outputCount))
      if source == .maxPool { try read(f[9], g.outputCount) }
      try work(product(g.inputCount, g.kernel))
    }
    // An engine would take any other source apart in the same way.
    let mayBeSplit = source == .convolution || source == .depthwiseConvolution
    try require(mayBeSplit || (f[31] == Plan.none && f[32] == 0), .field("updated channels"))
    try require((0...2).contains(f[15]), .field("number of addends"))
    for addend in f[16..<16 + Int(f[15])] { try readTensor(addend, g.inputCount) }
    try gradientOutputs(f, g)
  }

  private mutating func gradientOutputs(_ f: [Int32], _ g: ConvolutionGeometry) throws(PlanFault) {
    try require((1...2).contains(f[18]), .field("number of outputs"))
    // An engine decodes both kinds, even of an output that is absent.
    for kind in [f[19], f[25]] {
      try require(Plan.GradientOutput(rawValue: kind) != nil, .field("kind of output"))
    }
    let outputs = (0..<Int(f[18])).map { Array(f[19 + 6 * $0..<25 + 6 * $0]) }
    let int8Outputs = outputs.count { $0[0] == Plan.GradientOutput.int8.rawValue }
    // An int32 gradient stands alone: the workspace is laid out for int8 outputs only.
    let isStored = outputs.count == 1 && outputs[0][0] == Plan.GradientOutput.int32.rawValue
    try require(int8Outputs == outputs.count || isStored, .field("kind of output"))
    try require(g.inputChannels <= arenaBytes, .geometry)
    try write(
      f[14], Plan.gradientWorkspaceBytes(channels: g.inputChannels, int8Outputs: int8Outputs), alignment: 4)
    if f[13] != Plan.none { try write(f[13], product(4, g.inputCount), alignment: 4) }
    for output in outputs {
      if !isStored {
        try optionalMask(output[2], g.inputCount)
        try optionalMask(output[3], g.inputCount)
        if output[4] != Plan.none {
          try table(output[4], g.inputChannels, of: Int32.self, "error factors") { $0 >= 0 }
        }
      }
      try makeTensor(output[1], isStored ? product(4, g.inputCount) : g.inputCount)
      guard !isStored else { continue }
      let source = Plan.GradientSource(rawValue: f[0])
      if source == .convolution || source == .depthwiseConvolution {
        mayWriteOver(
          f[8], Plan.scaleBytes + g.outputCount, lead: FrameLead.inputGradient(g, elementBytes: 1))
      }
      for addend in f[16..<16 + Int(f[15])] { mayWriteOver(addend, Plan.scaleBytes + g.inputCount, lead: 0) }
    }
  }

  private mutating func updateWeights(_ f: [Int32], depthwise: Bool) throws(PlanFault) {
    let g = try geometry(f[4..<11])
    // A depthwise convolution has errors for channels that are not updated too.
    try require(!depthwise || g.inputChannels <= g.outputChannels, .geometry)
    let weights = weightCount(g, depthwise: depthwise)
    let row = depthwise ? g.inputChannels : product(g.kernel, g.inputChannels)
    try readTensor(f[0], g.outputCount)
    try require(Int(f[17]) >= g.inputChannels, .field("frame stride"))
    try read(f[1], product(g.inputLength, Int(f[17])))
    try zeroPoint(f[2])
    try update(f[3], weights)
    try stepTables(f[11], f[12], g.outputChannels)
    try write(f[13], product(4, row), alignment: 4)
    try rounding(f[14], residual: f[15], weights)
    try require(Int(f[18]) >= row, .field("row stride"))
    try origins(f[19], depthwise ? g.kernel : g.outputChannels, below: depthwise ? g.kernel : g.outputChannels)
    try origins(f[20], row, below: Int(f[18]))
    try work(product(g.outputLength, weights))
  }

  private mutating func updateBias(_ f: [Int32]) throws(PlanFault) {
    let channels = Int(f[3])
    try require(f[2] > 0 && channels > 0, .geometry)
    try readTensor(f[0], product(Int(f[2]), channels))
    try update(f[1], product(4, channels), alignment: 4)
    try stepTables(f[4], f[5], channels)
    try require(f[6] >= 0, .field("limit"))
    try rounding(f[7], residual: f[8], channels)
    try origins(f[10], channels, below: channels)
  }

  private mutating func rounding(_ value: Int32, residual: Int32, _ count: Int) throws(PlanFault) {
    guard let rounding = UpdateRounding(rawValue: value) else { throw fault(.field("rounding")) }
    try require(rounding != .errorFeedback || residual != Plan.none, .absentOperand)
    if residual != Plan.none { try update(residual, count) }
  }
}
