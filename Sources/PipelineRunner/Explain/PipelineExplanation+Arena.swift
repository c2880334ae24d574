import Foundation
import Reports
public import TrainingCompiler

extension PipelineExplanation {
  /// Who has the bytes of the arena at each operation; nil where the pipeline does not train.
  public var arenaMap: ArenaMap? { plan.map { ArenaMap($0) } }

  /// The arena map as JSON, keys sorted; nil where the pipeline does not train.
  public func arenaJSON() throws -> String? {
    guard let arenaMap else { return nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(arenaMap), as: UTF8.self) + "\n"
  }

  /// The arena map as an SVG document; nil where the pipeline does not train.
  public var arenaPicture: String? {
    guard let plan else { return nil }
    return ArenaPicture(plan, budgetBytes: pipeline.train?.arena.bytes).document
  }
}

extension ArenaPicture {
  init(_ plan: TrainingPlan, budgetBytes: Int?) {
    self.init(
      buffers: plan.buffers.map { ArenaBuffer($0) }, stepNames: plan.operationNames, budgetBytes: budgetBytes)
  }
}

extension ArenaBuffer {
  init(_ buffer: TrainingPlan.PlacedBuffer) {
    self.init(
      name: buffer.name, kind: buffer.role.rawValue, offset: buffer.offset, bytes: buffer.byteCount,
      firstStep: buffer.firstOperation, lastStep: buffer.lastOperation)
  }
}
