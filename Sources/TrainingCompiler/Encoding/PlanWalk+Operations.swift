import Tensors

/// The fields of each operation, in the order in which the engine reads them, and what its kernel does with them.
extension PlanWalk {
  mutating func check(_ opcode: Plan.Opcode, _ f: [Int32]) throws(PlanFault) {
    switch opcode {
    case .copy:
      try read(f[1], Int(f[2]))
      try begin(f[0], Int(f[2]))
    case .clear: try begin(f[0], Int(f[1]))
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
      try makeTensor(f[2], product(4, classes), .gradient)
    case .gradient: try gradient(f)
    case .updateWeights: try updateWeights(f, depthwise: false)
    case .updateDepthwiseWeights: try updateWeights(f, depthwise: true)
    case .updateBias: try updateBias(f)
    }
  }

  // MARK: Fields

  /// Sizes that `ConvolutionGeometry` takes; its products do not overflow once they were checked against memory.
  func geometry(_ f: ArraySlice<Int32>, keepsChannels: Bool = false) throws(PlanFault) -> ConvolutionGeometry {
    let g = f.map { Int($0) }
    let hasSizes = g[0] > 0 && g[1] > 0 && g[2] > 0 && g[3] > 0 && g[4] > 0 && g[5] > 0 && g[6] >= 0 && g[6] < g[4]
    try require(hasSizes && (g[2] - 1) * g[5] + g[4] <= g[0] + 2 * g[6], .geometry)
    try require(!keepsChannels || g[1] == g[3], .geometry)
    return ConvolutionGeometry(
      inputLength: g[0], inputChannels: g[1], outputLength: g[2], outputChannels: g[3], kernel: g[4], stride: g[5],
      padding: g[6])
  }

  func zeroPoint(_ value: Int32) throws(PlanFault) {
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

  mutating func stepTables(_ mantissas: Int32, _ exponents: Int32, _ count: Int) throws(PlanFault) {
    try table(mantissas, count, of: Int32.self, "step factors") { $0 == 0 || $0 >= 1 << 30 }
    try table(exponents, count, of: Int8.self, "step exponents") { _ in true }
  }

  func maskBytes(_ elements: Int) -> Int { elements / 8 + (elements % 8 == 0 ? 0 : 1) }

  func weightCount(_ g: ConvolutionGeometry, depthwise: Bool) -> Int {
    depthwise ? product(g.kernel, g.inputChannels) : product(g.outputChannels, g.kernel, g.inputChannels)
  }

  mutating func optionalMask(_ operand: Int32, _ elements: Int) throws(PlanFault) {
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
}
