import Tensors

/// Fields of layers of which only some input channels are updated, and of channels that were reordered.
extension PlanWalk {
  mutating func copyChannels(_ f: [Int32]) throws(PlanFault) {
    let length = Int(f[2])
    let channels = Int(f[3])
    let kept = Int(f[4])
    try require(length > 0 && kept > 0 && kept <= channels, .geometry)
    try read(f[0], product(length, channels))
    try write(f[1], product(length, kept))
    mayWriteOver(f[0], product(length, channels), lead: 0)
    try work(product(length, kept))
  }

  /// A layer's weights: in one piece, or those of updated channels apart from constants.
  ///
  /// - Parameter split: The operand of frozen weights, and the number of updated channels.
  mutating func weights(
    _ operand: Int32, _ g: ConvolutionGeometry, depthwise: Bool, split: ArraySlice<Int32>
  ) throws(PlanFault) {
    let frozen = split[split.startIndex]
    let updated = Int(split[split.startIndex + 1])
    let rows = depthwise ? g.kernel : product(g.outputChannels, g.kernel)
    guard frozen != Plan.none else {
      try require(updated == 0, .field("updated channels"))
      try read(operand, product(rows, g.inputChannels))
      return
    }
    try require(updated > 0 && updated < g.inputChannels, .field("updated channels"))
    try require(frozen < 0, .field("frozen weights"))
    try read(operand, product(rows, updated))
    try read(frozen, product(rows, g.inputChannels - updated))
  }

  /// A table of indices as described, or none where each is its own.
  mutating func origins(_ operand: Int32, _ count: Int, below limit: Int) throws(PlanFault) {
    guard operand != Plan.none else { return }
    try table(operand, count, of: Int32.self, "origins") { $0 >= 0 && Int($0) < limit }
  }
}
