import Foundation
import PipelineModel
import PipelineText
import Testing
import TrainingCompiler

@testable import PipelineRunner

/// How near to what no placement can beat the plans of the project's own models are.
@Suite struct PipelinePlacementTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Pipelines")

  static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".swift") }.sorted()

  private func network(_ file: String) throws -> QuantizedNetwork {
    let text = try Data(contentsOf: Self.folder.appendingPathComponent(file))
    let pipeline = try #require(Pipeline.read(bytes: [UInt8](text), named: file).pipeline).checked()
    let explanation = try PipelineExplanation(pipeline, channels: pipeline.ingest.channelCount ?? 6)
    let folded = try BatchNormFolding.fold(
      FloatNetwork(initializing: explanation.graph, with: .kaimingNormal, seed: pipeline.seed))
    return try QuantizedNetwork(
      quantizing: folded, ranges: Array(repeating: -1...1, count: folded.graph.nodes.count))
  }

  private func schemes(_ network: QuantizedNetwork) throws -> [TrainingCompiler.UpdateScheme] {
    var schemes: [TrainingCompiler.UpdateScheme] = [
      .full(network), .lastLayer(network), .biasesAndLastLayer(network), .predictionOnly(network),
    ]
    for count in 1...4 {
      if let scheme = try? TrainingCompiler.UpdateScheme.lastBlocks(count, of: network) { schemes.append(scheme) }
    }
    for tensor in TrainingCompiler.UpdateScheme.full(network).tensorNames(in: network) {
      for share in tensor.hasSuffix("weights") ? ["", "/4"] : [""] {
        // What reads the sensor's channels is updated whole.
        let layer = network.nodes.firstIndex { tensor.hasPrefix("\($0.name).") } ?? 0
        guard share.isEmpty || network.mayUpdateShare(ofNode: layer) else { continue }
        var scheme = try TrainingCompiler.UpdateScheme.tensors([tensor + share], of: network)
        scheme.name = tensor + share
        schemes.append(scheme)
      }
    }
    return schemes
  }

  @Test(arguments: files) func everyPlanIsNearItsBound(file: String) throws {
    let network = try network(file)
    var (atBound, all) = (0, 0)
    for scheme in try schemes(network) {
      let plan = try TrainingPlan.compile(network, scheme: scheme)
      // Without operations in place two percent; chains of them drift apart by their leads, which the bound, made of
      // one operation at a time, does not see.
      #expect(
        plan.arenaBytes * 100 <= plan.lowerBoundBytes * 122,
        "\(file), \(scheme.name): \(plan.arenaBytes) bytes, at least \(plan.lowerBoundBytes)")
      all += 1
      if plan.arenaBytes == plan.lowerBoundBytes { atBound += 1 }
      // A search may go by less effort: what it takes to fit is never less than the plan that is kept.
      let quick = try TrainingPlan.compile(network, scheme: scheme, effort: .quick)
      #expect(quick.arenaBytes >= plan.arenaBytes && quick.arenaBytes >= plan.lowerBoundBytes, "\(scheme.name)")
    }
    #expect(atBound * 3 > all, "\(file): \(atBound) of \(all) plans at their bound")
  }
}
