/// A stage of a program's own in a pipeline, with its type erased.
public struct OwnStage: Sendable, Hashable {
  public let stage: any FrameStage

  public init(_ stage: any FrameStage) {
    self.stage = stage
  }

  public static func == (left: OwnStage, right: OwnStage) -> Bool {
    AnyHashable(left.stage) == AnyHashable(right.stage)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(stage)) }

  /// As a pipeline is written.
  public var name: String { type(of: stage).name }
  /// The type with its module: `MyProgram.Jerk`.
  public var identity: String { String(reflecting: type(of: stage)) }
  public var version: Int? { type(of: stage).version }
  /// Whether results that follow from the stage may be kept: it allows that, and its arguments can be told by their values.
  public var isCacheable: Bool { type(of: stage).isCacheable && !arguments.contains { $0.value.holdsUnreadable } }
  /// The stored properties of the stage, in their order.
  public var arguments: [Argument] { OwnArguments.arguments(of: stage) }

  /// - Throws: where the stream will not do, or the stage gives one that is none.
  public func output(for input: FrameStream) throws(StageMisfit) -> FrameStream {
    let output = try stage.output(for: input)
    guard !output.channels.isEmpty else { throw .noChannels }
    var names: Set<String> = []
    for channel in output.channels where !names.insert(channel.name).inserted { throw .channelTwice(channel.name) }
    if let hertz = output.hertz, !(hertz > 0 && hertz.isFinite) { throw .notARate(hertz) }
    return output
  }

  var description: StageDescription {
    StageDescription(
      name: name, summary: "A stage of this program's own: \(identity).", takes: [.frames], gives: [.frames], phase: 2,
      isRepeatable: true, parameters: [], children: nil, requiredChildren: [], example: "\(name)()")
  }

  var form: Form { Form(name, arguments) }

  /// Reports a name that cannot be written, or that something else has.
  func validate(in validation: inout Validation, at path: PipelinePath) {
    let scalars = name.unicodeScalars
    let isName =
      scalars.first.map { $0.properties.isAlphabetic || $0 == "_" } == true
      && scalars.allSatisfy { $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" }
    if !isName {
      validation.report(.stageMisfit(stage: identity, .notAName(name)), at: path)
    } else if IngestStep.kinds.contains(where: { $0.description.name == name }) {
      validation.report(.stageMisfit(stage: name, .nameTaken), at: path)
    }
  }
}

extension Ingest {
  /// The stages of the program's own, in the order in which they stand.
  public var ownStages: [OwnStage] { steps.compactMap { if case .own(let stage) = $0 { stage } else { nil } } }
}
