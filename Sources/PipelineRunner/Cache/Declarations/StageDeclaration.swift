public import PipelineText

/// All that the result of a stage follows from.
public struct StageDeclaration: Codable, Sendable, Hashable {
  public var stage: RunStage
  public var martlet: String
  /// Of the stage's code, with the instruction set where it matters.
  public var method: String
  /// The arguments of the pipeline that concern the stage.
  public var arguments: [PipelineFact]
  public var inputs: [InputFile]
  /// The stages whose results it takes, with their keys.
  public var upstream: [Upstream]
  /// The digest of all of these.
  public private(set) var key: String

  public struct Upstream: Codable, Sendable, Hashable {
    public var stage: RunStage
    public var key: String
  }

  init(_ stage: RunStage, arguments: [PipelineFact], inputs: [InputFile] = [], upstream: [StageDeclaration]) {
    self.stage = stage
    martlet = Version.current
    // Float32 results repeat bit for bit on one instruction set; all that follows takes them up.
    method = "\(stage.method), \(Provenance.instructionSet)"
    self.arguments = arguments
    self.inputs = inputs
    self.upstream = upstream.map { Upstream(stage: $0.stage, key: $0.key) }
    key = ""
    key = digest
  }

  private var digest: String {
    var sum = SHA256()
    for text in [stage.rawValue, martlet, method] { sum.add(text) }
    sum.add(UInt64(arguments.count))
    for argument in arguments {
      sum.add(argument.path)
      sum.add(argument.value)
    }
    sum.add(UInt64(inputs.count))
    for input in inputs {
      sum.add(input.path)
      sum.add(input.sha256)
    }
    for stage in upstream {
      sum.add(stage.stage.rawValue)
      sum.add(stage.key)
    }
    return sum.hexadecimal()
  }

  /// Whether all files could be told by what they hold.
  var isKeepable: Bool { inputs.allSatisfy { !$0.sha256.isEmpty } }

  /// The name of the result in a cache.
  ///
  /// - Parameter part: Of a stage with several results.
  func resultName(_ part: String = "") -> String {
    guard !part.isEmpty else { return "\(stage.rawValue)-\(key)" }
    var sum = SHA256()
    sum.add(key)
    sum.add(part)
    return "\(stage.rawValue)-\(sum.hexadecimal())"
  }
}
