import Tensors
import Testing

@testable import TrainingCompiler

@Suite struct PlanCheckTests {
  private func plans() throws -> [(name: String, plan: TrainingPlan)] {
    try SmallNetworks.all().flatMap { name, network in
      try SmallNetworks.schemes(network).flatMap { scheme in
        try [
          TrainingOptions(), TrainingOptions(rounding: .errorFeedback),
          TrainingOptions(errorPrecision: .int16, errorScale: .carried, gradientMemory: .momentum(0.9)),
          TrainingOptions(
            errorPrecision: .int32, errorRounding: .stochastic, gradientMemory: .accumulation(windows: 4)),
        ].map { options in
          let plan = try TrainingPlan.compile(network, scheme: scheme, options: options)
          return ("\(name), \(scheme.name), \(options)", plan)
        }
      }
    }
  }

  private func fault(_ words: [Int32], _ constants: [UInt8]) -> PlanFault.Kind? {
    do {
      _ = try PlanCheck(words: words, constants: constants)
      return nil
    } catch {
      return error.kind
    }
  }

  @Test func everyCompiledPlanPassesAndSaysWhatItHolds() throws {
    for (name, plan) in try plans() {
      let check = try PlanCheck(words: plan.words, constants: plan.constants)
      #expect(check.arenaBytes == plan.arenaBytes, "\(name)")
      #expect(check.learns == (plan.operationNames.count > plan.forwardCount), "\(name)")
      let persistent = plan.buffers.filter { $0.isPersistent && $0.role != .state }
        .map { $0.offset..<$0.offset + $0.byteCount }
      #expect(Set(check.initialRanges) == Set(persistent), "\(name)")
    }
  }

  @Test func everyCutAndEveryLargerConstantIsRefused() throws {
    let (_, plan) = try plans()[1]
    for count in plan.words.indices {
      #expect(fault(Array(plan.words.prefix(count)), plan.constants) != nil, "\(count) words")
    }
    #expect(fault(plan.words + [0], plan.constants) == .recordsEnd)
    #expect(fault(plan.words, Array(plan.constants.dropLast())) != nil)
  }

  /// The words of the first record of an opcode, with the position of the first field.
  private func first(_ opcode: Plan.Opcode, in plan: TrainingPlan) -> Int? {
    var position = Plan.Header.wordCount
    while position < plan.words.count {
      if plan.words[position] & 0xFF == opcode.rawValue { return position + 1 }
      position += Int(plan.words[position] >> 8)
    }
    return nil
  }

  @Test func eachKindOfDamageIsNamed() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.chain())
    let plan = try TrainingPlan.compile(network, scheme: .full(network))
    let convolution = try #require(first(.convolution, in: plan))
    let update = try #require(first(.updateWeights, in: plan))
    let gradient = try #require(first(.gradient, in: plan))
    func expect(
      _ kind: PlanFault.Kind, _ position: Int, _ value: Int32, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      var words = plan.words
      words[position] = value
      #expect(fault(words, plan.constants) == kind, sourceLocation: sourceLocation)
    }
    let state = plan.words[Plan.Header.stateOffset]
    expect(.notAPlan, Plan.Header.magic, 0)
    expect(.unsupportedVersion(9), Plan.Header.version, 9)
    expect(.arenaBytes(-1), Plan.Header.arenaBytes, -1)
    expect(.arenaBytes(Int(Int32.max)), Plan.Header.arenaBytes, .max)
    expect(.misaligned, Plan.Header.stateOffset, state + 1)
    expect(.overlap(offset: Int(state)), Plan.Header.inputOffset, state)
    expect(.tooMuchWork, Plan.Header.forwardOperations, .max)
    expect(.recordsEnd, Plan.Header.backwardOperations, plan.words[Plan.Header.backwardOperations] + 1)
    expect(.unknownOperation(99), convolution - 1, plan.words[convolution - 1] & ~0xFF | 99)
    expect(.recordLength(21), convolution - 1, plan.words[convolution - 1] - 0x100)
    // The first operation of the forward pass among the copies.
    expect(.misplacedOperation, Plan.Header.initialOperations, plan.words[Plan.Header.initialOperations] + 1)
    expect(.geometry, convolution + 6, 0)
    expect(.geometry, convolution + 11, 0)
    expect(.absentOperand, convolution, Plan.none)
    expect(.field("zero point"), convolution + 1, 128)
    expect(.field("range"), convolution + 14, 128)
    expect(.writesConstant, convolution + 17, -1)
    // Output onto the window that is being read, and onto the engine's state.
    expect(.overlap(offset: Int(plan.words[convolution])), convolution + 17, plan.words[convolution])
    expect(.overlap(offset: Int(state)), convolution + 17, state)
    expect(.field("rounding"), update + 14, 3)
    // Errors that start four bytes later have no scale.
    expect(.unmadeErrors, update, plan.words[update] + 4)
    expect(.field("divisor"), gradient + 11, 5)
    expect(.field("number of addends"), gradient + 15, 3)
    expect(.field("number of outputs"), gradient + 18, 0)
  }

  /// The fields of every record of an opcode.
  private func records(_ opcode: Plan.Opcode, in plan: TrainingPlan) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var position = Plan.Header.wordCount
    while position < plan.words.count {
      let end = position + Int(plan.words[position] >> 8)
      if plan.words[position] & 0xFF == opcode.rawValue { found.append(position + 1..<end) }
      position = end
    }
    return found
  }

  /// Of layers of which only some channels are updated; these fields stand at the end of their records.
  @Test func eachKindOfDamageToSharesIsNamed() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let plan = try TrainingPlan.compile(network, scheme: SmallNetworks.shares(network)[2])
    func expect(
      _ kind: PlanFault.Kind, _ position: Int, _ value: Int32, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      var words = plan.words
      words[position] = value
      #expect(fault(words, plan.constants) == kind, sourceLocation: sourceLocation)
    }
    let copy = try #require(records(.copyChannels, in: plan).first).lowerBound
    let (length, channels, kept) = (plan.words[copy + 2], plan.words[copy + 3], plan.words[copy + 4])
    expect(.geometry, copy + 2, 0)
    expect(.geometry, copy + 4, 0)
    expect(.geometry, copy + 4, channels + 1)
    expect(.geometry, copy + 3, kept - 1)
    expect(.writesConstant, copy + 1, -1)
    // Channels may be copied over the activation itself, but not from a byte behind its first on.
    expect(.overlap(offset: Int(plan.words[copy]) + 1), copy + 1, plan.words[copy] + 1)
    expect(
      .outsideArena(offset: Int(plan.words[copy]), byteCount: 1 << 20 * Int(channels)), copy + 2, 1 << 20)
    #expect(length > 0)

    for opcode in [Plan.Opcode.convolution, .depthwiseConvolution, .logits, .gradient] {
      let split = try #require(
        records(opcode, in: plan).first { plan.words[$0.upperBound - 2] != Plan.none }, "\(opcode)")
      let (frozen, updated) = (split.upperBound - 2, split.upperBound - 1)
      expect(.field("updated channels"), updated, 0)
      expect(.field("updated channels"), updated, -1)
      expect(.field("updated channels"), updated, 1 << 20)
      // Whole weights have no count; split ones lie in constants.
      expect(.field("updated channels"), frozen, Plan.none)
      expect(.field("frozen weights"), frozen, plan.words[Plan.Header.stateOffset])
      #expect(plan.words[frozen] < 0)
    }
    for opcode in [Plan.Opcode.updateWeights, .updateDepthwiseWeights] {
      let update = try #require(
        records(opcode, in: plan).first { plan.words[$0.upperBound - 1] != Plan.none }, "\(opcode)")
      let (frameStride, rowStride, places) = (
        update.upperBound - 4, update.upperBound - 3, update.upperBound - 1
      )
      expect(.field("frame stride"), frameStride, 0)
      expect(.field("row stride"), rowStride, 0)
      expect(.field("table"), places, plan.words[Plan.Header.stateOffset])
      var constants = plan.constants
      constants[Int(~plan.words[places]) + 3] = 0x7F
      #expect(fault(plan.words, constants) == .table("origins"))
      constants[Int(~plan.words[places]) + 3] = 0x80
      #expect(fault(plan.words, constants) == .table("origins"))
    }
    // Channels of a depthwise update that its errors do not have.
    let depthwise = try #require(records(.updateDepthwiseWeights, in: plan).first).lowerBound
    expect(.geometry, depthwise + 5, plan.words[depthwise + 7] + 1)
    let rows =
      try #require(
        records(.updateWeights, in: plan).first { plan.words[$0.upperBound - 2] != Plan.none }
      ).upperBound - 2
    expect(.misaligned, rows, plan.words[rows] - 1)
    // Only convolutions have weights that could lie in two places.
    let other = try #require(
      records(.gradient, in: plan).first { plan.words[$0.lowerBound] == Plan.GradientSource.stored.rawValue })
    expect(.field("updated channels"), other.upperBound - 2, -1)
    expect(.field("updated channels"), other.upperBound - 1, 1)
  }

  /// The fields of errors, scales and velocities are checked as strictly as the others.
  @Test func everyFieldOfTheOptionsIsChecked() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let options = TrainingOptions(
      errorPrecision: .int16, errorScale: .carried, errorRounding: .stochastic, gradientMemory: .momentum(0.9))
    let plan = try TrainingPlan.compile(network, scheme: .full(network), options: options)
    let update = try #require(first(.updateWeights, in: plan))
    let depthwise = try #require(first(.updateDepthwiseWeights, in: plan))
    let bias = try #require(first(.updateBias, in: plan))
    let gradient = try #require(first(.gradient, in: plan))
    let clear = try #require(first(.clear, in: plan))
    func damage(_ position: Int, _ value: Int32) -> PlanFault.Kind? {
      var words = plan.words
      words[position] = value
      return fault(words, plan.constants)
    }
    let state = Int(plan.words[Plan.Header.stateOffset])
    for first in [gradient + 25, gradient + 34] where plan.words[gradient + 18] > (first - gradient - 25) / 9 {
      #expect(damage(first, 0) == .field("limit of errors"))
      #expect(damage(first, 32_768) == .field("limit of errors"))
      #expect(damage(first + 1, Int32(state)) == .overlap(offset: state))
      #expect(damage(first + 1, plan.words[first + 1] + 1) == .misaligned)
      #expect(damage(first + 1, -1) == .writesConstant)
    }
    #expect(damage(gradient + 37, 3) == .field("type of errors"))
    // Errors of another type than they were made.
    #expect(damage(gradient + 37, 0) != nil)
    #expect(damage(gradient + 38, 32) == .field("bits of addends"))
    #expect(damage(gradient + 39, 2) == .field("rounding of errors"))
    for (first, count) in [(update + 17, 4), (depthwise + 17, 4), (bias + 10, 4)] {
      #expect(damage(first, 0) == .unmadeErrors, "errors of another type, \(count)")
      #expect(damage(first, 7) == .field("type of errors"))
      #expect(damage(first + 1, Int32(state)) == .overlap(offset: state))
      #expect(damage(first + 1, plan.words[first + 1] + 4) != nil, "a velocity that ends past its buffer")
      #expect(damage(first + 2, 5) == .field("decay"))
      // A decay above 1, and one whose exponent would run away.
      #expect(damage(first + 3, -29) == .field("decay"))
      #expect(damage(first + 3, -1_001) == .field("decay"))
      #expect(damage(first + 4, 0) == .field("period"))
      #expect(damage(first + 4, 65_537) == .field("period"))
    }
    #expect(damage(bias + 15, Plan.none) == .absentOperand, "sums need room where there is a velocity")
    #expect(damage(clear + 1, 0) != nil)
    #expect(damage(clear, Plan.none) == .absentOperand)
    #expect(damage(clear + 1, .max) != nil)
  }

  /// Errors may only be as large as every sum that reads them allows.
  @Test func sumsThatCouldLeaveInt32AreRefused() throws {
    for (name, network) in try SmallNetworks.all() {
      let options = TrainingOptions(errorPrecision: .int32)
      let plan = try TrainingPlan.compile(network, scheme: .full(network), options: options)
      #expect(fault(plan.words, plan.constants) == nil, "\(name)")
      var position = Plan.Header.wordCount
      var refused = 0
      while position < plan.words.count {
        if plan.words[position] & 0xFF == Plan.Opcode.gradient.rawValue,
          plan.words[position + 1 + 19] == Plan.GradientOutput.quantized.rawValue,
          plan.words[position + 1 + 25] < Plan.ErrorElement.int32.largestMagnitude
        {
          var words = plan.words
          words[position + 1 + 25] += 1
          let found = fault(words, plan.constants)
          #expect(found == .sumTooWide || found == .field("bits"), "\(name): \(String(describing: found))")
          refused += 1
        }
        position += Int(plan.words[position] >> 8)
      }
      #expect(refused > 0, "\(name)")
    }
  }

  @Test func tablesHoldWhatKernelsTake() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.chain())
    let plan = try TrainingPlan.compile(network, scheme: .full(network))
    let convolution = try #require(first(.convolution, in: plan))
    let update = try #require(first(.updateWeights, in: plan))
    func damaged(_ operand: Int32, _ byte: Int, _ value: UInt8) -> PlanFault.Kind? {
      var constants = plan.constants
      constants[Int(~operand) + byte] = value
      return fault(plan.words, constants)
    }
    // The highest byte of a mantissa, and a shift.
    #expect(damaged(plan.words[convolution + 4], 3, 0x80) == .table("factors"))
    #expect(damaged(plan.words[convolution + 5], 0, 63) == .table("shifts"))
    #expect(damaged(plan.words[convolution + 5], 0, 0) == .table("shifts"))
    #expect(damaged(plan.words[update + 11], 3, 0x3F) == .table("step factors"))
  }
}
