import Tensors

/// Proof that words from elsewhere may run: an engine trusts the fields of its plan, so a plan that was not
/// just compiled is decoded here first, record by record.
///
/// Every range that an operation reads or writes lies inside the arena or the constants and is aligned; nothing that
/// an operation writes overlaps what it reads, the engine's state, or weights that it does not update; every size,
/// factor and table is one that its kernel takes; and errors are read only after they were made. What is not proven
/// is that the plan computes something sensible.
public struct PlanCheck: Sendable, Hashable {
  public let arenaBytes: Int
  /// Of the int8 input window.
  public let inputBytes: Int
  public let classCount: Int
  /// Where initial weights are copied to: arena ranges that outlive a step.
  public let initialRanges: [Range<Int>]
  /// Whether the plan has a backward pass.
  public let learns: Bool

  /// The largest arena of a plan that is run; a device has a thousandth of it.
  public static var largestArenaBytes: Int { 1 << 28 }
  /// The most multiply-accumulates in one step, forward and backward: some seconds on a host.
  public static var mostMultiplyAccumulates: Int { 1 << 34 }
  /// The most operations of a pass, so that a check takes no longer than a step may.
  public static var mostOperations: Int { 1 << 14 }

  public init(words: [Int32], constants: [UInt8]) throws(PlanFault) {
    var walk = try PlanWalk(words: words, constants: constants)
    try walk.run()
    arenaBytes = walk.arenaBytes
    inputBytes = walk.header(Plan.Header.inputBytes)
    classCount = walk.header(Plan.Header.classes)
    initialRanges = walk.initialRanges
    learns = walk.header(Plan.Header.backwardOperations) > 0
  }
}

/// The state of a check: where it stands, and what the operations before made.
struct PlanWalk {
  enum Section { case initial, forward, backward }

  let words: [Int32]
  let constants: [UInt8]
  let arenaBytes: Int
  /// The engine's own words.
  private(set) var state = 0..<0
  /// The record being checked.
  private(set) var word = 0
  private(set) var initialRanges: [Range<Int>] = []
  /// Error and gradient tensors made so far in the backward pass, by their first byte.
  private var tensors: [Int: Tensor] = [:]
  private var multiplyAccumulates = 0
  /// Of the operation being checked.
  private var reads: [Range<Int>] = []
  private var writes: [Range<Int>] = []
  /// Reads that a write of the operation never overtakes.
  private var inPlace: Set<InPlacePair> = []

  private struct InPlacePair: Hashable {
    var input: Range<Int>
    var output: Range<Int>
  }

  /// A tensor that an operation made.
  struct Tensor {
    /// One past its last byte.
    var end: Int
    var content: Content

    enum Content: Hashable {
      /// An int32 gradient.
      case gradient
      /// Errors of magnitude at most `limit`.
      case errors(Plan.ErrorElement, limit: Int)
    }
  }

  init(words: [Int32], constants: [UInt8]) throws(PlanFault) {
    guard words.count >= Plan.Header.wordCount, words[Plan.Header.magic] == Plan.magic else {
      throw PlanFault(word: Plan.Header.magic, kind: .notAPlan)
    }
    let version = words[Plan.Header.version]
    guard version == Plan.version else {
      throw PlanFault(word: Plan.Header.version, kind: .unsupportedVersion(Int(version)))
    }
    arenaBytes = Int(words[Plan.Header.arenaBytes])
    guard arenaBytes > 0, arenaBytes <= PlanCheck.largestArenaBytes else {
      throw PlanFault(word: Plan.Header.arenaBytes, kind: .arenaBytes(arenaBytes))
    }
    guard Int(words[Plan.Header.constantBytes]) == constants.count else {
      throw PlanFault(
        word: Plan.Header.constantBytes,
        kind: .constantBytes(stated: Int(words[Plan.Header.constantBytes]), found: constants.count))
    }
    self.words = words
    self.constants = constants
  }

  func header(_ position: Int) -> Int { Int(words[position]) }

  func fault(_ kind: PlanFault.Kind) -> PlanFault { PlanFault(word: word, kind: kind) }

  func require(_ condition: Bool, _ kind: @autoclosure () -> PlanFault.Kind) throws(PlanFault) {
    guard condition else { throw fault(kind()) }
  }

  mutating func run() throws(PlanFault) {
    word = Plan.Header.stateOffset
    state = try arenaRange(words[Plan.Header.stateOffset], Plan.State.byteCount, alignment: 4)
    word = Plan.Header.inputOffset
    try require(header(Plan.Header.inputBytes) > 0, .field("window"))
    let input = try arenaRange(words[Plan.Header.inputOffset], header(Plan.Header.inputBytes), alignment: 1)
    try require(!input.overlaps(state), .overlap(offset: input.lowerBound))
    word = Plan.Header.classes
    try require(header(Plan.Header.classes) > 0, .field("number of classes"))

    word = Plan.Header.wordCount
    let sections: [(Section, Int)] = [
      (.initial, Plan.Header.initialOperations), (.forward, Plan.Header.forwardOperations),
      (.backward, Plan.Header.backwardOperations),
    ]
    for (section, field) in sections {
      let count = header(field)
      try require(count >= (section == .forward ? 1 : 0), .recordsEnd)
      try require(count <= PlanCheck.mostOperations, .tooMuchWork)
      for index in 0..<count {
        try operation(in: section, isLast: index == count - 1)
      }
    }
    try require(word == words.count, .recordsEnd)
    try require(initialRanges.allSatisfy { !$0.overlaps(input) }, .overlap(offset: input.lowerBound))
  }

  private mutating func operation(in section: Section, isLast: Bool) throws(PlanFault) {
    try require(word < words.count, .recordsEnd)
    let length = Int(words[word] >> 8)
    try require(length >= 1 && length <= words.count - word, .recordLength(length))
    let code = words[word] & 0xFF
    guard let opcode = Plan.Opcode(rawValue: code) else { throw fault(.unknownOperation(Int(code))) }
    try require(length == 1 + opcode.fieldCount, .recordLength(length))
    let isAllowed =
      switch opcode {
      case .copy, .clear: section == .initial
      // A prediction is read when the forward pass is over, so the logits come last.
      case .logits: section == .forward && isLast
      case .copyChannels: (section == .forward && !isLast) || section == .backward
      case .convolution, .depthwiseConvolution, .residualAdd, .averagePool, .maxPool:
        section == .forward && !isLast
      case .loss, .gradient, .updateWeights, .updateDepthwiseWeights, .updateBias: section == .backward
      }
    try require(isAllowed, .misplacedOperation)
    inPlace.removeAll(keepingCapacity: true)
    reads.removeAll(keepingCapacity: true)
    writes.removeAll(keepingCapacity: true)
    try check(opcode, Array(words[word + 1..<word + length]))
    for (i, written) in writes.enumerated() {
      let isApart =
        writes[(i + 1)...].allSatisfy { !$0.overlaps(written) }
        && reads.allSatisfy { !$0.overlaps(written) || inPlace.contains(InPlacePair(input: $0, output: written)) }
      try require(isApart, .overlap(offset: written.lowerBound))
    }
    word += length
  }

  // MARK: Memory

  /// The product of sizes; larger than any memory if it does not fit.
  func product(_ factors: Int...) -> Int {
    factors.reduce(1) { partial, factor in
      let (product, overflow) = partial.multipliedReportingOverflow(by: factor)
      return overflow ? Int.max : product
    }
  }

  private func arenaRange(_ operand: Int32, _ byteCount: Int, alignment: Int) throws(PlanFault) -> Range<Int> {
    try require(operand != Plan.none, .absentOperand)
    try require(operand >= 0, .writesConstant)
    let offset = Int(operand)
    try require(
      byteCount > 0 && offset <= arenaBytes && byteCount <= arenaBytes - offset,
      .outsideArena(offset: offset, byteCount: byteCount))
    try require(offset % alignment == 0, .misaligned)
    return offset..<offset + byteCount
  }

  private func constantRange(_ operand: Int32, _ byteCount: Int, alignment: Int) throws(PlanFault) -> Range<Int> {
    try require(operand != Plan.none, .absentOperand)
    try require(operand < 0, .field("table"))
    let offset = Int(~operand)
    try require(
      byteCount > 0 && offset <= constants.count && byteCount <= constants.count - offset,
      .outsideConstants(offset: offset, byteCount: byteCount))
    try require(offset % alignment == 0, .misaligned)
    return offset..<offset + byteCount
  }

  mutating func read(_ operand: Int32, _ byteCount: Int, alignment: Int = 1) throws(PlanFault) {
    if operand < 0 {
      _ = try constantRange(operand, byteCount, alignment: alignment)
    } else {
      reads.append(try arenaRange(operand, byteCount, alignment: alignment))
    }
  }

  /// Bytes that live for some operations of a step.
  @discardableResult
  mutating func write(_ operand: Int32, _ byteCount: Int, alignment: Int = 1) throws(PlanFault) -> Range<Int> {
    let range = try arenaRange(operand, byteCount, alignment: alignment)
    let isApart = !range.overlaps(state) && initialRanges.allSatisfy { !$0.overlaps(range) }
    try require(isApart, .overlap(offset: range.lowerBound))
    writes.append(range)
    tensors = tensors.filter { start, tensor in !(start..<tensor.end).overlaps(range) }
    return range
  }

  /// Leave for the last write to share bytes with something that the operation reads frame by frame, if that begins
  /// far enough behind it.
  mutating func mayWriteOver(_ operand: Int32, _ byteCount: Int, lead: Int) {
    guard let output = writes.last, operand >= 0, Int(operand) - output.lowerBound >= lead else { return }
    inPlace.insert(InPlacePair(input: Int(operand)..<Int(operand) + byteCount, output: output))
  }

  /// Bytes that an update changes; they outlive a step.
  mutating func update(_ operand: Int32, _ byteCount: Int, alignment: Int = 1) throws(PlanFault) {
    let range = try arenaRange(operand, byteCount, alignment: alignment)
    try require(
      initialRanges.contains { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound },
      .overlap(offset: range.lowerBound))
    writes.append(range)
  }

  /// The destination of an initial copy.
  mutating func begin(_ operand: Int32, _ byteCount: Int) throws(PlanFault) {
    initialRanges.append(try write(operand, byteCount))
  }

  /// An error or gradient tensor, with its scale in front.
  mutating func makeTensor(_ operand: Int32, _ valueBytes: Int, _ content: Tensor.Content) throws(PlanFault) {
    try require(valueBytes <= arenaBytes, .outsideArena(offset: Int(operand), byteCount: valueBytes))
    let range = try write(operand, Plan.scaleBytes + valueBytes, alignment: 4)
    tensors[range.lowerBound] = Tensor(end: range.upperBound, content: content)
  }

  /// Reads an int32 gradient that an operation before this one made: its scale is one that an engine wrote.
  mutating func readGradient(_ operand: Int32, _ count: Int) throws(PlanFault) {
    guard try readTensor(operand, product(4, count)) == .gradient else { throw fault(.unmadeErrors) }
  }

  /// Reads errors that an operation before this one made.
  ///
  /// - Returns: The largest magnitude of an element.
  mutating func readErrors(_ operand: Int32, _ count: Int, _ element: Plan.ErrorElement) throws(PlanFault) -> Int {
    guard case .errors(element, let limit) = try readTensor(operand, product(element.byteCount, count)) else {
      throw fault(.unmadeErrors)
    }
    return limit
  }

  private mutating func readTensor(_ operand: Int32, _ valueBytes: Int) throws(PlanFault) -> Tensor.Content {
    try require(valueBytes <= arenaBytes, .outsideArena(offset: Int(operand), byteCount: valueBytes))
    let range = try arenaRange(operand, Plan.scaleBytes + valueBytes, alignment: 4)
    guard let tensor = tensors[range.lowerBound], range.upperBound <= tensor.end else { throw fault(.unmadeErrors) }
    reads.append(range)
    return tensor.content
  }

  /// A sum of so many products of errors must fit int32.
  func requireSum(_ products: Int, ofErrorsUpTo limit: Int) throws(PlanFault) {
    try require(product(products, limit) <= Int(Int32.max), .sumTooWide)
  }

  /// A table of constants.
  mutating func table<Integer: FixedWidthInteger>(
    _ operand: Int32, _ count: Int, of type: Integer.Type, _ name: String, where isLegal: (Integer) -> Bool
  ) throws(PlanFault) {
    let size = MemoryLayout<Integer>.size
    let range = try constantRange(operand, product(count, size), alignment: size)
    try work(range.count)
    for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      let value = (0..<size).reduce(Integer(0)) { $0 | Integer(truncatingIfNeeded: constants[start + $1]) << (8 * $1) }
      try require(isLegal(value), .table(name))
    }
  }

  mutating func work(_ products: Int) throws(PlanFault) {
    let (sum, overflow) = multiplyAccumulates.addingReportingOverflow(products)
    try require(!overflow && sum <= PlanCheck.mostMultiplyAccumulates, .tooMuchWork)
    multiplyAccumulates = sum
  }
}

extension Plan.Opcode {
  /// Words of a record after its first.
  var fieldCount: Int {
    switch self {
    case .clear: 2
    case .copy, .loss: 3
    case .copyChannels: 5
    case .convolution, .depthwiseConvolution: 21
    case .logits: 16
    case .residualAdd: 13
    case .averagePool: 12
    case .maxPool: 10
    case .updateBias: 17
    case .gradient: 42
    case .updateWeights, .updateDepthwiseWeights: 26
    }
  }
}
