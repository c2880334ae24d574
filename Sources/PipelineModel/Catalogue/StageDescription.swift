/// What flows from stage to stage.
public enum Material: String, Sendable, Hashable, CaseIterable {
  case frames
  case windows
  case network
  case pretrainedModel
  case quantizedModel
  case updateScheme
  case adaptedModel
  case metrics
  case report

  /// The material as a sentence names it.
  public var description: String {
    switch self {
    case .frames: "frames"
    case .windows: "windows"
    case .network: "a network"
    case .pretrainedModel: "a pretrained model"
    case .quantizedModel: "a quantised model"
    case .updateScheme: "an update scheme"
    case .adaptedModel: "an adapted model"
    case .metrics: "metrics"
    case .report: "a report"
    }
  }
}

/// All that the catalogue knows of one stage.
public struct StageDescription: Sendable, Hashable {
  /// As it is written: `Conv1D`.
  public let name: String
  public let summary: String
  /// What it needs from the stages before it.
  public let takes: [Material]
  public let gives: [Material]
  /// Stages with a smaller number stand before those with a greater one; equal ones in any order.
  public let phase: Int
  /// Whether one pipeline may hold several.
  public let isRepeatable: Bool
  public let parameters: [Parameter]
  /// What may stand in its braces; `nil` for a stage without braces.
  public let children: [StageDescription]?

  /// Names of children without which the stage cannot work.
  public let requiredChildren: [String]
  /// The stage as it might be written: `Conv1D(32, kernel: 5)`.
  public let example: String

  /// The name in an override: `ingest`, `conv1D`, `globalAveragePool`.
  public var key: String { name.prefix(1).lowercased() + name.dropFirst() }
}

/// The single description of what a pipeline file may say: parser, printer, overrides and help read it.
public enum Catalogue {
  /// The pipeline itself, whose children are the stages.
  public static let pipeline = Pipeline.schema.description
  /// The word for a test, the only stage that running a pipeline leaves out.
  public static let testName = Test.schema.description.name
}
