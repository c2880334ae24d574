import ArgumentParser
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

  func validate() throws {
    if let channels, !(1...1024).contains(channels) {
      throw ValidationError("--channels takes a number from 1 to 1024, found \(channels)")
    }
  }

  func run() throws {
    let pipeline = try LoadedPipeline(path: file, overrides: overrides.overrides)
    try StandardOutput.write(PipelineExplanation(pipeline.checked, channels: channels).text)
  }
}
