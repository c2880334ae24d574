import Tensors

@testable import TrainingCompiler

/// A plan in which no two buffers share a byte, so that after a step the arena still holds everything that
/// the step made: activations, clamp bits, errors, gradients.
///
/// - Parameters:
///   - staged: Whether gradients are made once into int32 room, or twice frame by frame.
///   - gap: Bytes left free between two buffers, a multiple of 4.
///   - reversed: The last buffer comes first.
func disjointPlan(
  _ network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions = TrainingOptions(),
  staged: Bool = false, gap: Int = 0, reversed: Bool = false
) throws -> TrainingPlan {
  var graph = try StepPass.graph(of: network, scheme: scheme, options: options)
  if staged {
    for index in graph.backward.indices {
      guard case .gradient(var gradient) = graph.backward[index].kind else { continue }
      gradient.staging = graph.addBuffer(
        "\(graph.backward[index].name) staging", .workspace, bytes: 4 * gradient.geometry.inputCount, alignment: 4)
      graph.backward[index].kind = .gradient(gradient)
      graph.backward[index].writes.append(gradient.staging!)
    }
  }
  let lifetimes = Lifetimes(of: graph)
  var offsets = [Int](repeating: 0, count: lifetimes.requests.count)
  var offset = gap
  let slots = Array(lifetimes.requests.indices)
  for slot in reversed ? slots.reversed() : slots {
    offsets[slot] = offset
    offset += (lifetimes.requests[slot].byteCount + 3) / 4 * 4 + gap
  }
  return placedPlan(graph, lifetimes, offsets: offsets, scheme: scheme, network: network)
}

/// A plan whose buffers stand where the caller says.
func placedPlan(
  _ graph: TrainingGraph, _ lifetimes: Lifetimes, offsets: [Int], scheme: UpdateScheme, network: QuantizedNetwork
) -> TrainingPlan {
  var operands = [Int32](repeating: Plan.none, count: graph.buffers.count)
  var constants: [UInt8] = []
  for (index, buffer) in graph.buffers.enumerated() {
    guard case .constant(let bytes) = buffer.storage else { continue }
    while constants.count % 4 != 0 { constants.append(0) }
    operands[index] = Plan.constant(constants.count)
    constants += bytes
  }
  var placed: [TrainingPlan.PlacedBuffer] = []
  for (slot, index) in lifetimes.buffers.enumerated() {
    let buffer = graph.buffers[index]
    operands[index] = Int32(offsets[slot])
    placed.append(
      TrainingPlan.PlacedBuffer(
        name: buffer.name, role: buffer.role, offset: offsets[slot], byteCount: buffer.byteCount,
        firstOperation: lifetimes.requests[slot].first, lastOperation: lifetimes.requests[slot].last,
        isPersistent: buffer.storage == .persistent))
  }
  let arenaBytes = placed.map { $0.offset + $0.byteCount }.max() ?? 0
  return TrainingPlan(
    words: PlanEncoder.encode(graph, operands: operands, arenaBytes: arenaBytes, constantBytes: constants.count),
    constants: constants, arenaBytes: arenaBytes, lowerBoundBytes: Placement.lowerBound(lifetimes.requests),
    buffers: placed, operationNames: graph.step.map(\.name), forwardCount: graph.forward.count, scheme: scheme,
    updatedParameterCount: scheme.parameterCount(in: network), updatedLayers: graph.updatedLayers)
}

extension TrainingPlan {
  /// The bytes of a buffer in an arena.
  func bytes(of name: String, in arena: [UInt8]) -> [UInt8]? {
    buffers.first { $0.name == name }.map { Array(arena[$0.offset..<$0.offset + $0.byteCount]) }
  }

  func int8s(of name: String, in arena: [UInt8], skipping bytes: Int = 0) -> [Int64]? {
    self.bytes(of: name, in: arena)?.dropFirst(bytes).map { Int64(Int8(bitPattern: $0)) }
  }
}
