import Tensors

/// The fields of gradients and updates, in the order in which the engine reads them.
extension PlanWalk {
  // MARK: Gradients

  mutating func gradient(_ f: [Int32]) throws(PlanFault) {
    guard let source = Plan.GradientSource(rawValue: f[0]) else { throw fault(.field("source")) }
    let keepsChannels = [.depthwiseConvolution, .averagePool, .maxPool].contains(source)
    let g = try geometry(f[1..<8], keepsChannels: keepsChannels)
    let element = try element(f[37])
    try require((0...31).contains(f[10]), .field("bits"))
    try require(f[11] == 0 || f[11] >= 1 << 30, .field("divisor"))
    try require(ErrorRounding(rawValue: f[39]) != nil, .field("rounding of errors"))
    switch source {
    case .none: break
    case .convolution, .depthwiseConvolution:
      let isDepthwise = source == .depthwiseConvolution
      let weights = weightCount(g, depthwise: isDepthwise)
      let limit = try readErrors(f[8], g.outputCount, element)
      let products = product(g.overlap, isDepthwise ? 1 : g.outputChannels, 127)
      try requireSum(products, ofErrorsUpTo: limit)
      try require(Int(f[10]) >= bits(products * limit), .field("bits"))
      try self.weights(f[9], g, depthwise: isDepthwise, split: f[40...])
      try work(product(g.outputLength, weights))
    case .stored:
      try readGradient(f[8], g.inputCount)
    case .averagePool, .maxPool:
      try require(g.padding == 0, .geometry)
      try readGradient(f[8], g.outputCount)
      if source == .maxPool { try read(f[9], g.outputCount) }
      try work(product(g.inputCount, g.kernel))
    }
    // An engine would take any other source apart in the same way.
    let mayBeSplit = source == .convolution || source == .depthwiseConvolution
    try require(mayBeSplit || (f[40] == Plan.none && f[41] == 0), .field("updated channels"))
    try require((0...2).contains(f[15]), .field("number of addends"))
    try require((0...31).contains(f[38]), .field("bits of addends"))
    for addend in f[16..<16 + Int(f[15])] {
      let limit = try readErrors(addend, g.inputCount, element)
      try require(Int(f[38]) >= bits(limit), .field("bits of addends"))
    }
    try gradientOutputs(f, g, element)
  }

  private func element(_ value: Int32) throws(PlanFault) -> Plan.ErrorElement {
    guard let element = Plan.ErrorElement(rawValue: value) else { throw fault(.field("type of errors")) }
    return element
  }

  /// The least power of two above a number.
  private func bits(_ bound: Int) -> Int { Int.bitWidth - bound.leadingZeroBitCount }

  private mutating func gradientOutputs(
    _ f: [Int32], _ g: ConvolutionGeometry, _ element: Plan.ErrorElement
  ) throws(PlanFault) {
    try require((1...2).contains(f[18]), .field("number of outputs"))
    // An engine decodes both kinds, even of an output that is absent.
    for kind in [f[19], f[28]] {
      try require(Plan.GradientOutput(rawValue: kind) != nil, .field("kind of output"))
    }
    let outputs = (0..<Int(f[18])).map { Array(f[19 + 9 * $0..<28 + 9 * $0]) }
    let quantized = outputs.count { $0[0] == Plan.GradientOutput.quantized.rawValue }
    // An int32 gradient stands alone: the workspace is laid out for quantized outputs only.
    let isStored = outputs.count == 1 && outputs[0][0] == Plan.GradientOutput.int32.rawValue
    try require(quantized == outputs.count || isStored, .field("kind of output"))
    try require(g.inputChannels <= arenaBytes, .geometry)
    try write(
      f[14], Plan.gradientWorkspaceBytes(channels: g.inputChannels, quantizedOutputs: quantized), alignment: 4)
    if f[13] != Plan.none { try write(f[13], product(4, g.inputCount), alignment: 4) }
    for output in outputs {
      if isStored {
        try makeTensor(output[1], product(4, g.inputCount), .gradient)
      } else {
        try quantizedOutput(output, g, element)
        permitInPlace(f, g, element)
      }
    }
  }

  /// A gradient's output may stand over the errors or the addends from which it is made, frame by frame.
  private mutating func permitInPlace(_ f: [Int32], _ g: ConvolutionGeometry, _ element: Plan.ErrorElement) {
    let source = Plan.GradientSource(rawValue: f[0])
    if source == .convolution || source == .depthwiseConvolution {
      mayWriteOver(
        f[8], Plan.scaleBytes + element.byteCount * g.outputCount,
        lead: FrameLead.inputGradient(g, elementBytes: element.byteCount))
    }
    for addend in f[16..<16 + Int(f[15])] {
      mayWriteOver(addend, Plan.scaleBytes + element.byteCount * g.inputCount, lead: 0)
    }
  }

  private mutating func quantizedOutput(
    _ f: [Int32], _ g: ConvolutionGeometry, _ element: Plan.ErrorElement
  ) throws(PlanFault) {
    try optionalMask(f[2], g.inputCount)
    try optionalMask(f[3], g.inputCount)
    if f[4] != Plan.none {
      try table(f[4], g.inputChannels, of: Int32.self, "error factors") { $0 >= 0 }
    }
    try require((1...element.largestMagnitude).contains(f[6]), .field("limit of errors"))
    if f[7] != Plan.none { try update(f[7], Plan.scaleBytes, alignment: 4) }
    try makeTensor(f[1], product(element.byteCount, g.inputCount), .errors(element, limit: Int(f[6])))
  }

  // MARK: Updates

  mutating func updateWeights(_ f: [Int32], depthwise: Bool) throws(PlanFault) {
    let g = try geometry(f[4..<11])
    // A depthwise convolution has errors for channels that are not updated too.
    try require(!depthwise || g.inputChannels <= g.outputChannels, .geometry)
    let weights = weightCount(g, depthwise: depthwise)
    let rows = depthwise ? g.kernel : g.outputChannels
    let rowCount = depthwise ? g.inputChannels : product(g.kernel, g.inputChannels)
    let limit = try readErrors(f[0], g.outputCount, try element(f[17]))
    try requireSum(product(g.outputLength, 255), ofErrorsUpTo: limit)
    try require(Int(f[22]) >= g.inputChannels, .field("frame stride"))
    try read(f[1], product(g.inputLength, Int(f[22])))
    try zeroPoint(f[2])
    try update(f[3], weights)
    try stepTables(f[11], f[12], g.outputChannels)
    try write(f[13], product(4, rowCount), alignment: 4)
    try rounding(f[14], residual: f[15], weights)
    _ = try velocity(f[18..<22], rows: rows, weights)
    try require(Int(f[23]) >= rowCount, .field("row stride"))
    try origins(f[24], rows, below: rows)
    try origins(f[25], rowCount, below: Int(f[23]))
    try work(product(g.outputLength, weights))
  }

  mutating func updateBias(_ f: [Int32]) throws(PlanFault) {
    let length = Int(f[2])
    let channels = Int(f[3])
    try require(length > 0 && channels > 0, .geometry)
    let limit = try readErrors(f[0], product(length, channels), try element(f[10]))
    try requireSum(length, ofErrorsUpTo: limit)
    try update(f[1], product(4, channels), alignment: 4)
    try stepTables(f[4], f[5], channels)
    try require(f[6] >= 0, .field("limit"))
    try rounding(f[7], residual: f[8], channels)
    if try velocity(f[11..<15], rows: 1, channels) {
      try write(f[15], product(4, channels), alignment: 4)
    }
    try origins(f[16], channels, below: channels)
  }

  private mutating func rounding(_ value: Int32, residual: Int32, _ count: Int) throws(PlanFault) {
    guard let rounding = UpdateRounding(rawValue: value) else { throw fault(.field("rounding")) }
    try require(rounding != .errorFeedback || residual != Plan.none, .absentOperand)
    if residual != Plan.none { try update(residual, count) }
  }

  /// - Returns: Whether the update has a velocity.
  private mutating func velocity(_ f: ArraySlice<Int32>, rows: Int, _ parameters: Int) throws(PlanFault) -> Bool {
    let fields = Array(f)
    // An engine decodes the decay and the period even where there is no velocity.
    try require(fields[1] == 0 || fields[1] >= 1 << 30, .field("decay"))
    // At most 1, so that no velocity grows beyond the sum of its gradients.
    let isAtMostOne = fields[2] < -30 || (fields[2] == -30 && fields[1] <= 1 << 30)
    try require(fields[1] == 0 || (isAtMostOne && fields[2] >= -1_000), .field("decay"))
    try require((1...65_536).contains(fields[3]), .field("period"))
    guard fields[0] != Plan.none else { return false }
    try require(parameters <= arenaBytes && rows <= arenaBytes, .geometry)
    try update(fields[0], Plan.velocityBytes(rows: rows, parameters: parameters), alignment: 4)
    return true
  }
}
