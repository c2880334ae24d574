import HostKernels
import Tensors
import Training

/// A small generator for tests: SplitMix64.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }

  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func flag() -> Bool { next() & 1 == 1 }
  mutating func one<Element>(of choices: [Element]) -> Element { choices[int(0...choices.count - 1)] }

  /// Over the whole range, or its ends only.
  mutating func int8s(_ count: Int, lowest: Int8 = -128) -> [Int8] {
    switch int(0...3) {
    case 0: (0..<count).map { _ in one(of: [lowest, 127, -127]) }
    case 1: [Int8](repeating: one(of: [lowest, 127]), count: count)
    default: (0..<count).map { _ in Int8.random(in: lowest...127, using: &self) }
    }
  }

  mutating func zeroPoint() -> Int32 { one(of: [-128, 127, 0, Int32(int(-128...127))]) }
}

/// A plan of a few operations with its memory, made by hand, so that one operation can be tried in every shape.
struct OperationPlan {
  private(set) var arena: [UInt8] = []
  private var constants: [UInt8] = []
  private var forward: [[Int32]] = []
  private var backward: [[Int32]] = []
  private let state: Int32
  /// Bytes that an operation may leave as it likes.
  private var workspace: [Range<Int>] = []
  private var random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    state = 0
    arena = [UInt8](repeating: 0, count: Plan.State.byteCount)
  }

  // MARK: Memory

  /// Puts elements into the arena, behind a gap of random bytes that shows stray writes.
  mutating func place<Element: FixedWidthInteger>(_ elements: [Element], scale: RuntimeScale? = nil) -> Int32 {
    let gap = random.int(0...9)
    arena += (0..<gap).map { _ in UInt8.random(in: 0...255, using: &random) }
    while arena.count % (scale == nil ? Element.bitWidth / 8 : 4) != 0 { arena.append(0xA5) }
    let offset = Int32(arena.count)
    if let scale { arena += bytes([scale.mantissa, scale.exponent]) }
    arena += bytes(elements)
    return offset
  }

  mutating func placeWorkspace(bytes count: Int) -> Int32 {
    let offset = place([Int32](repeating: -1, count: (count + 3) / 4))
    workspace.append(Int(offset)..<Int(offset) + count)
    return offset
  }

  mutating func constant<Element: FixedWidthInteger>(_ elements: [Element]) -> Int32 {
    while constants.count % 16 != 0 { constants.append(0x5A) }
    defer { constants += bytes(elements) }
    return Plan.constant(constants.count)
  }

  private func bytes<Element: FixedWidthInteger>(_ elements: [Element]) -> [UInt8] {
    elements.flatMap { element in withUnsafeBytes(of: element.littleEndian) { Array($0) } }
  }

  // MARK: Operations

  mutating func addForward(_ opcode: Plan.Opcode, _ fields: [Int32]) {
    forward.append([opcode.rawValue | Int32(fields.count + 1) << 8] + fields)
  }

  mutating func addBackward(_ opcode: Plan.Opcode, _ fields: [Int32]) {
    backward.append([opcode.rawValue | Int32(fields.count + 1) << 8] + fields)
  }

  private var words: [Int32] {
    var words = [Int32](repeating: 0, count: Plan.Header.wordCount)
    words[Plan.Header.magic] = Plan.magic
    words[Plan.Header.version] = Plan.version
    words[Plan.Header.arenaBytes] = Int32(arena.count)
    words[Plan.Header.constantBytes] = Int32(constants.count)
    words[Plan.Header.forwardOperations] = Int32(forward.count)
    words[Plan.Header.backwardOperations] = Int32(backward.count)
    words[Plan.Header.classes] = 1
    words[Plan.Header.stateOffset] = state
    return words + forward.flatMap { $0 } + backward.flatMap { $0 }
  }

  // MARK: Running

  /// The arena after some steps, the workspace painted over.
  func result<Kernels: KernelSet>(
    _ kernels: Kernels, steps: Int = 1, rate: RuntimeScale = .powerOfTwo(-8), seed: UInt64 = 1
  ) throws -> [UInt8] {
    let memory = try GuardedMemory(count: (arena.count + 15) / 16 * 16)
    let tables = try GuardedMemory(count: (constants.count + 16) / 16 * 16)
    memory.buffer.copyBytes(from: arena)
    tables.buffer.copyBytes(from: constants)
    return try withExtendedLifetime((memory, tables)) {
      try words.withUnsafeBufferPointer { words in
        var engine = try PlanExecutor(
          unsafePlan: words, unsafeConstants: UnsafeRawBufferPointer(rebasing: tables.buffer[..<constants.count]),
          arena: Arena(unsafeMemory: memory.buffer), kernels: kernels, learningRate: LearningRate(rate: rate),
          seed: seed)
        for _ in 0..<steps { engine.step(label: 0) }
      }
      var bytes = Array(memory.buffer)
      for range in workspace { for i in range { bytes[i] = 0 } }
      return bytes
    }
  }
}
