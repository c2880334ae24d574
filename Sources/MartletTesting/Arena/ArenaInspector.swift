public import PipelineModel
import PipelineRunner
public import TrainingCompiler

/// Looks into the plan of a training step: how large the arena is, who has its bytes when, what is updated.
public struct ArenaInspector: Sendable {
  public let plan: TrainingPlan
  private let map: ArenaMap

  public init(_ plan: TrainingPlan) {
    self.plan = plan
    map = ArenaMap(plan)
  }

  /// The plan that a pipeline trains by: its sizes do not depend on weights, so nothing is read.
  ///
  /// - Parameters:
  ///   - channels: Of windows, where the pipeline does not name them.
  ///   - classes: Where `Labels` does not name them.
  /// - Throws: `RunError`, also where the plan does not fit its budget.
  public init(of pipeline: Pipeline, channels: Int? = nil, classes: Int? = nil) throws {
    let explanation = try PipelineExplanation(try pipeline.checked(), channels: channels, classes: classes)
    guard let plan = explanation.plan else { throw NothingToInspect() }
    self.init(plan)
  }

  /// The bytes of the arena: everything that a step writes lies below.
  public var arenaBytes: Int { plan.arenaBytes }
  /// The most bytes that have an owner at once.
  public var peakBytes: Int { map.operations.map(\.liveBytes).max() ?? 0 }
  /// The operation at which that is so.
  public var peakOperation: String { map.peakOperation.map { plan.operationNames[$0] } ?? "" }
  /// All operations of a step, in order.
  public var operations: [String] { plan.operationNames }
  /// Tensors that training changes, by layer.
  public var updatedLayers: [String] { plan.updatedLayers.map(\.name) }

  /// The names of the buffers that own bytes at an operation, by their place in the arena.
  ///
  /// - Precondition: The step has so many operations.
  public func owners(at operation: Int) -> [String] {
    map.operations[operation].buffers.map { plan.buffers[$0].name }
  }

  /// What is wrong with the plan: bytes that two buffers have at once without leave, buffers beyond the arena's end or off
  /// their alignment. Empty for every plan that `TrainingPlan.compile` gives.
  ///
  /// Found by looking at every pair of buffers, not by the planner's own proof.
  public var violations: [String] {
    var found: [String] = []
    for (index, buffer) in plan.buffers.enumerated() {
      let end = buffer.offset + buffer.byteCount
      if buffer.offset < 0 || end > plan.arenaBytes {
        found.append("'\(buffer.name)' ends at byte \(end) of \(plan.arenaBytes)")
      }
      if buffer.offset % max(1, buffer.alignment) != 0 {
        found.append("'\(buffer.name)' at byte \(buffer.offset) is not aligned to \(buffer.alignment)")
      }
      for other in 0..<index where sharesBytes(index, other) && !mayShare(index, other) {
        found.append("'\(buffer.name)' and '\(plan.buffers[other].name)' share bytes while both are in use")
      }
    }
    return found
  }

  private func sharesBytes(_ one: Int, _ other: Int) -> Bool {
    let (a, b) = (plan.buffers[one], plan.buffers[other])
    return a.offset < b.offset + b.byteCount && b.offset < a.offset + a.byteCount
      && a.firstOperation <= b.lastOperation && b.firstOperation <= a.lastOperation
  }

  /// An output may be written over the input that its operation reads for the last time, behind the reading.
  private func mayShare(_ one: Int, _ other: Int) -> Bool {
    plan.overlaps.contains { overlap in
      let (input, output) = (plan.buffers[overlap.input], plan.buffers[overlap.output])
      return Set([overlap.input, overlap.output]) == [one, other]
        && input.lastOperation == output.firstOperation && input.offset >= output.offset + overlap.lead
    }
  }
}

/// The pipeline does not train, or searches for what to train.
public struct NothingToInspect: Error, Sendable, Hashable, CustomStringConvertible {
  public init() {}

  public var description: String { "the pipeline has no training step to inspect; give it Quantize, Update and Train" }
}
