public import Foundation

/// Where a run's results come from: the contents of `run.json`.
public struct RunRecord: Codable, Sendable, Hashable {
  public static var currentSchemaVersion: Int { 1 }

  public var schemaVersion = RunRecord.currentSchemaVersion
  public var pipeline: String
  public var seed: UInt64
  public var martlet: String
  /// Of the float32 part; all after it is the same on every processor.
  public var instructionSet: String
  /// Every file that was read.
  public var inputs: [InputFile]
  /// Every result of a stage, with the key that names it in a cache.
  public var stages: [StageRecord]

  /// Stages that only the program that ran the pipeline knows; absent where there are none.
  public var ownStages: [OwnStageRecord]?

  init(_ outcome: RunOutcome) {
    pipeline = outcome.pipelineName
    seed = outcome.seed
    martlet = Version.current
    instructionSet = Provenance.instructionSet
    inputs = outcome.inputs
    stages = outcome.stages
    ownStages = outcome.ownStages.isEmpty ? nil : outcome.ownStages
  }

  public init(json: Data) throws { self = try JSONDecoder().decode(RunRecord.self, from: json) }

  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }
}
