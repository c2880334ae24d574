import Tensors

@testable import Training
@testable import TrainingCompiler

/// Memory aligned as an arena or constants need it, painted with one byte.
final class AlignedBytes {
  let buffer: UnsafeMutableRawBufferPointer

  init(count: Int, paint: UInt8 = 0) {
    buffer = .allocate(byteCount: count, alignment: 16)
    buffer.initializeMemory(as: UInt8.self, repeating: paint)
  }

  convenience init(_ bytes: [UInt8]) {
    self.init(count: max(1, bytes.count))
    buffer.copyBytes(from: bytes)
  }

  deinit { buffer.deallocate() }

  var bytes: [UInt8] { Array(buffer) }
}

/// How a run of the engine is set up, apart from its plan.
struct EngineSetup {
  var rate = 0.01
  /// Steps of a rate that falls to 0 in a straight line; constant if absent.
  var fallingOver: Int?
  var seed: UInt64 = 7

  var learningRate: LearningRate {
    fallingOver.map { LearningRate(rate: RuntimeScale(rate), schedule: .linear, steps: UInt32($0)) }
      ?? LearningRate(rate: RuntimeScale(rate))
  }
}

/// Runs the engine on a plan in memory of its own.
///
/// - Parameters:
///   - memory: At least as long as the arena; painted memory with room behind the arena shows stray writes.
///   - arenaBytes: Of the memory, what the engine may use; the plan's arena if absent.
func withEngine<Result>(
  _ plan: TrainingPlan, _ setup: EngineSetup = EngineSetup(), memory: AlignedBytes? = nil, arenaBytes: Int? = nil,
  _ body: (inout TrainingEngine) throws -> Result
) throws -> Result {
  try withEngine(plan, setup, kernels: SwiftKernels(), memory: memory, arenaBytes: arenaBytes, body)
}

/// The same with other kernels.
func withEngine<Kernels: KernelSet, Result>(
  _ plan: TrainingPlan, _ setup: EngineSetup = EngineSetup(), kernels: Kernels, memory: AlignedBytes? = nil,
  arenaBytes: Int? = nil, _ body: (inout PlanExecutor<Kernels>) throws -> Result
) throws -> Result {
  let count = arenaBytes ?? plan.arenaBytes
  let memory = memory ?? AlignedBytes(count: count)
  let constants = AlignedBytes(plan.constants)
  return try withExtendedLifetime((memory, constants)) {
    try plan.words.withUnsafeBufferPointer { words in
      var engine = try PlanExecutor(
        unsafePlan: words, unsafeConstants: UnsafeRawBufferPointer(constants.buffer),
        arena: Arena(unsafeMemory: UnsafeMutableRawBufferPointer(rebasing: memory.buffer[..<count])),
        kernels: kernels, learningRate: setup.learningRate, seed: setup.seed)
      return try body(&engine)
    }
  }
}

extension PlanExecutor {
  mutating func fill(_ window: [Int8]) {
    withInput { input in
      for i in window.indices { input[i] = window[i] }
    }
  }

  var bytes: [UInt8] {
    withArenaBytes { span in span.indices.map { span[$0] } }
  }
}

/// The numbers of a network that a training changes, by node.
struct Parameters: Equatable {
  var weights: [[Int64]]
  var biases: [[Int64]]

  /// What a network starts with, replaced by what the arena holds of it.
  init(of network: QuantizedNetwork, plan: TrainingPlan, arena: [UInt8]) {
    weights = network.nodes.map { $0.weights.map { Int64($0) } }
    biases = network.nodes.map { $0.bias.map { Int64($0) } }
    for layer in plan.updatedLayers {
      if let stored = plan.int8s(of: "\(layer.name).weights", in: arena) {
        for (place, value) in zip(layer.weightPlaces(in: network), stored) { weights[layer.node][place] = value }
      }
      if let bytes = plan.bytes(of: "\(layer.name).bias", in: arena) {
        for (place, value) in zip(layer.outputChannels, int32s(bytes)) { biases[layer.node][place] = value }
      }
    }
  }

  init(of reference: IntegerReference) {
    weights = reference.weights
    biases = reference.biases
  }

  /// How many numbers differ.
  func differences(from other: Parameters) -> Int {
    zip(weights + biases, other.weights + other.biases).reduce(0) { sum, pair in
      sum + zip(pair.0, pair.1).count { $0 != $1 }
    }
  }
}

extension UpdatedLayer {
  /// Where each stored weight stands in the tensor as described.
  func weightPlaces(in network: QuantizedNetwork) -> [Int] {
    let channels = network.nodes[network.nodes[node].inputs[0]].shape.channels
    let taps = network.geometry(ofNode: node).kernel
    return (isDepthwise ? [0] : outputChannels).flatMap { row in
      (0..<taps).flatMap { tap in inputChannels.map { (row * taps + tap) * channels + $0 } }
    }
  }
}

func int32s(_ bytes: some Collection<UInt8>) -> [Int64] {
  let bytes = Array(bytes)
  return stride(from: 0, to: bytes.count, by: 4).map { i in
    Int64(Int32(truncatingIfNeeded: (0..<4).reduce(0) { $0 | Int64(bytes[i + $1]) << Int64(8 * $1) }))
  }
}
