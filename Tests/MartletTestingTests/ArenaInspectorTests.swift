import Martlet
import MartletTesting
import Testing
import TrainingCompiler

@Suite struct ArenaInspectorTests {
  static func pipeline(_ scheme: PipelineModel.UpdateScheme, arena: MemorySize = .kibibytes(64)) -> Pipeline {
    Pipeline("inspected") {
      Ingest("nowhere") {
        Read(.csv, "*.csv", channels: ["x", "y", "z"])
        Subjects(from: .fileName)
        Labels(names: ["rest", "swing"])
        Window(samples: 32, every: 16)
        Split(by: .subject, holdOut: ["b"])
      }
      Model {
        Conv1D(8, kernel: 5, stride: 2)
        InvertedResidual(8, expand: 2, kernel: 3)
        GlobalAveragePool()
        Dense(.classes)
      }
      Pretrain(epochs: 1)
      Quantize()
      Update(scheme)
      Train(on: .heldOut, adaptFraction: 0.5, epochs: 1, optimizer: .sgd(0.01), arena: arena)
      Evaluate { Accuracy() }
    }
  }

  @Test func aPlanIsSeenWithItsOwners() throws {
    let full = try ArenaInspector(of: Self.pipeline(.full))
    let last = try ArenaInspector(of: Self.pipeline(.lastLayer))
    #expect(full.violations == [] && last.violations == [])
    #expect(last.updatedLayers == ["dense1"])
    #expect(full.updatedLayers.count > 4)
    #expect(last.peakBytes <= last.arenaBytes && last.arenaBytes < full.arenaBytes)
    let peak = try #require(full.operations.firstIndex(of: full.peakOperation))
    #expect(!full.owners(at: peak).isEmpty)
  }

  @Test func buffersThatShareBytesAreTold() throws {
    let sound = try ArenaInspector(of: Self.pipeline(.full))
    // The two largest buffers that are alive together, put in one place.
    var plan = sound.plan
    let pair = try #require(
      plan.buffers.indices.lazy.flatMap { one in plan.buffers.indices.map { (one, $0) } }.first { one, other in
        let (a, b) = (plan.buffers[one], plan.buffers[other])
        return one < other && a.firstOperation < b.lastOperation && b.firstOperation < a.lastOperation
          && a.byteCount > 4 && b.byteCount > 4
      })
    plan.buffers[pair.0].offset = plan.buffers[pair.1].offset
    let names = [plan.buffers[pair.0].name, plan.buffers[pair.1].name]
    #expect(
      ArenaInspector(plan).violations.contains { text in
        text.contains("share bytes") && names.allSatisfy { text.contains("'\($0)'") }
      })
    plan = sound.plan
    plan.arenaBytes -= 1
    #expect(ArenaInspector(plan).violations.contains { $0.contains("of \(plan.arenaBytes)") })
  }

  @Test func aPipelineWithoutTrainingHasNothingToInspect() {
    var pipeline = Self.pipeline(.full)
    pipeline.stages.removeAll { stage in
      switch stage {
      case .update, .train: true
      default: false
      }
    }
    #expect(throws: NothingToInspect()) { try ArenaInspector(of: pipeline) }
  }
}
