import Foundation

extension PipelineExplanation {
  /// The explanation as JSON: stages and arrows, layers, arena. Keys are sorted; `schemaVersion` grows when one changes
  /// its meaning or goes away.
  public func json() throws -> String {
    let graph = stageGraph
    let document = ExplanationDocument(
      pipeline: pipeline.name, seed: pipeline.pipeline.seed,
      window: .init(
        samples: pipeline.ingest.lengthSamples, every: pipeline.ingest.hopSamples, channels: channelCount,
        hertz: pipeline.ingest.resample?.hertz),
      classes: classCount,
      stages: graph.nodes.map { .init(id: $0.id, stage: $0.title, details: $0.lines) },
      arrows: graph.edges.map { .init(from: graph.nodes[$0.from].id, to: graph.nodes[$0.to].id, carries: $0.label) },
      layers: layers.map {
        .init(
          name: $0.name, frames: $0.output.length, channels: $0.output.channels, parameters: $0.parameters,
          multiplyAccumulates: $0.multiplyAccumulates)
      },
      parameters: self.graph.foldedParameterCount, multiplyAccumulates: self.graph.multiplyAccumulates,
      arena: plan.map {
        .init(
          plannedBytes: $0.arenaBytes, lowerBoundBytes: $0.lowerBoundBytes, budgetBytes: pipeline.train?.arena.bytes,
          constantBytes: $0.constantBytes, operations: $0.operationNames.count,
          updatedParameters: $0.updatedParameterCount)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
  }
}

private struct ExplanationDocument: Encodable {
  struct Window: Encodable {
    var samples: Int
    var every: Int
    var channels: Int
    var hertz: Double?
  }

  struct Stage: Encodable {
    var id: String
    var stage: String
    var details: [String]
  }

  struct Arrow: Encodable {
    var from: String
    var to: String
    var carries: String
  }

  struct Layer: Encodable {
    var name: String
    var frames: Int
    var channels: Int
    var parameters: Int
    var multiplyAccumulates: Int
  }

  struct Arena: Encodable {
    var plannedBytes: Int
    var lowerBoundBytes: Int
    var budgetBytes: Int?
    var constantBytes: Int
    var operations: Int
    var updatedParameters: Int
  }

  var schemaVersion = 1
  var pipeline: String
  var seed: Int
  var window: Window
  var classes: Int
  var stages: [Stage]
  var arrows: [Arrow]
  var layers: [Layer]
  var parameters: Int
  var multiplyAccumulates: Int
  /// Absent where the pipeline does not train, or has to search first.
  var arena: Arena?
}
