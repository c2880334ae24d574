import ArgumentParser
import Foundation
import PipelineRunner

/// Shows what a pipeline will do and what memory it will take.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows a pipeline's stages with shapes, rates and bytes, and its arena, without reading any data.",
    discussion: """
      EXAMPLE: martlet explain Pipelines/wrist-exercises.swift --set 'update=.lastLayer'
      """)

  @Argument(help: "A pipeline file; - is standard input.")
  var file: String

  @OptionGroup var overrides: OverrideOptions

  @Option(help: "Channels of a frame, where neither the file nor the recordings tell.")
  var channels: Int?

  @Option(help: "Number of classes, where Labels does not name them.")
  var classes: Int?

  func validate() throws {
    try Limits.check(channels, of: "--channels", within: 1...1024)
    try Limits.check(classes, of: "--classes", within: 2...4096)
  }

  func run() throws {
    let pipeline = try LoadedPipeline(path: file, overrides: overrides.overrides)
    let explanation = try PipelineExplanation(
      pipeline.checked, channels: channels, classes: classes, environment: ProcessInfo.processInfo.environment)
    try StandardOutput.write(explanation.text)
  }
}
