import ArgumentParser
import Foundation
import PipelineRunner

/// Shows what a pipeline will do and what memory it will take.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows a pipeline's stages with shapes, rates and bytes, and its arena, without reading any data.",
    discussion: """
      EXAMPLES:
        martlet explain Pipelines/wrist-exercises.swift
        martlet explain Pipelines/wrist-exercises.swift --set 'update=.lastLayer'
        martlet explain Pipelines/wrist-exercises.swift --format svg -o stages.svg
        martlet explain Pipelines/wrist-exercises.swift --after prune
        martlet explain Pipelines/mcu1d.swift --arena --format svg -o arena.svg

      Passes of the compiler, in their order:
      \(ExplainedPass.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))
      """)

  @Argument(help: "A pipeline file; - is standard input.", completion: .pipelineFile)
  var file: String

  @OptionGroup var overrides: OverrideOptions

  @Option(help: "Channels of a frame, where neither the file nor the recordings tell; 1 to 1024.")
  var channels: Int?

  @Option(help: "Number of classes, where Labels does not name them; 2 to 4096.")
  var classes: Int?

  @Option(
    help: "Show the network, the step or the plan after this pass of the compiler, instead of the stages.",
    completion: .list(ExplainedPass.allCases.map(\.rawValue)), transform: Self.pass(named:))
  var after: ExplainedPass?

  @Flag(help: "Show what each part of the compiler saves, from a textbook float32 training to the planned arena.")
  var ladder = false

  @Flag(help: "Show who has the bytes of the arena at each operation, instead of the stages.")
  var arena = false

  @Option(
    help: "As what: \(Format.allCases.map(\.rawValue).joined(separator: ", ")); dot and mermaid draw stages only.")
  var format: Format?

  @Flag(help: "The same as --format json.")
  var json = false

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write, instead of standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Replace the --output file where it exists.")
  var force = false

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, dot, mermaid, svg

    /// Whether it shows boxes and arrows, and no memory.
    var isDiagram: Bool { self == .dot || self == .mermaid }
  }

  @Sendable private static func pass(named name: String) throws -> ExplainedPass {
    guard let pass = ExplainedPass(rawValue: name) else {
      let known = ExplainedPass.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("there is no pass '\(name)'; the passes are \(known)")
    }
    return pass
  }

  /// As which the explanation is shown.
  private var shownFormat: Format? { json ? .json : format }

  func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json is --format json; leave out one of them")
    }
    guard [after != nil, ladder, arena].count(where: { $0 }) <= 1 else {
      throw ValidationError("--after, --ladder and --arena are different views; ask for one of them")
    }
    if let format = shownFormat, after != nil || ladder || (arena && format.isDiagram) {
      let view = after != nil ? "--after" : ladder ? "--ladder" : "--arena"
      throw ValidationError("\(view) is not shown as \(format.rawValue); leave out --format, or \(view)")
    }
    if force, output == nil { throw ValidationError("--force is about the file of --output") }
    try Limits.check(channels, of: "--channels", within: 1...1024)
    try Limits.check(classes, of: "--classes", within: 2...4096)
  }

  func run() throws {
    if let output { try OutputPlace.checkFile(output, force: force) }
    let pipeline = try LoadedPipeline(path: file, overrides: overrides.overrides)
    let explanation = try PipelineExplanation(
      pipeline.checked, channels: channels, classes: classes, environment: ProcessInfo.processInfo.environment)
    if let after { return try write(explanation.listing(after: after)) }
    guard arena || ladder else { return try write(stagesText(explanation)) }
    guard let text = ladder ? try explanation.ladderText() : try arenaText(explanation) else {
      if pipeline.checked.search != nil {
        throw Failure(
          ExitStatus.invalidPipeline,
          "\(file): what the arena holds is known once the search has found a scheme; run martlet search, and write "
            + "its Update in place of Search")
      }
      throw Failure(
        ExitStatus.invalidPipeline,
        "\(file): the pipeline does not train in an arena; give it the stages Quantize, Update and Train")
    }
    try write(text)
  }

  /// Nil where the pipeline does not train.
  private func arenaText(_ explanation: PipelineExplanation) throws -> String? {
    switch shownFormat ?? .text {
    case .json: return try explanation.arenaJSON()
    case .svg: return explanation.arenaPicture
    case .text, .dot, .mermaid:
      let terminal = Terminal.standardOutput
      return explanation.arenaMap?.text(
        columns: output == nil || output == "-" ? terminal.windowColumns ?? 100 : 100,
        hasColours: output == nil && terminal.hasColours)
    }
  }

  private func stagesText(_ explanation: PipelineExplanation) throws -> String {
    switch shownFormat ?? .text {
    case .text: explanation.text
    case .json: try explanation.json()
    case .dot: explanation.stageGraph.dot
    case .mermaid: explanation.stageGraph.mermaid
    case .svg: explanation.stageGraph.picture
    }
  }

  private func write(_ text: String) throws {
    guard let output, output != "-" else { return try StandardOutput.write(text) }
    try OutputPlace.write(text.utf8, to: output)
  }
}
