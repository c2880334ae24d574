import ArgumentParser
import Foundation
import PipelineRunner

/// Tells which stages of a pipeline would run, and why.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tells which stages of a pipeline would run again, and why.",
    discussion: """
      EXAMPLES:
        martlet status Pipelines/wrist-exercises.swift
        martlet status Pipelines/wrist-exercises.swift --set train.epochs=3

      A stage whose arguments, recordings and earlier stages are those of a run before is taken from the cache. The \
      reasons compare with the last run of the pipeline of that name. Nothing is run.
      """)

  @Argument(help: "A pipeline file; - is standard input.", completion: .pipelineFile)
  var file: String

  @OptionGroup var overrides: OverrideOptions

  @Option(help: "Replace the pipeline's seed; 0 to 2^53.")
  var seed: Int?

  @OptionGroup var place: CacheOptions

  @Flag(help: "Print the status as JSON.")
  var json = false

  func validate() throws {
    try Limits.check(seed, of: "--seed", within: 0...9_007_199_254_740_992)
  }

  func run() throws {
    let pipeline = try LoadedPipeline(
      path: file, overrides: overrides.overrides + (seed.map { ["seed=\($0)"] } ?? []))
    let status = try PipelineStatus(pipeline.checked, cache: try place.cache())
    try StandardOutput.write(json ? ReportJSON.text(status) : Self.text(status))
  }

  static func text(_ status: PipelineStatus) -> String {
    let width = status.stages.map(\.stage.rawValue.count).max() ?? 0
    return status.stages.map { stage in
      let name = stage.stage.rawValue
      let head = name + String(repeating: " ", count: width - name.count + 2)
      guard !stage.isCached else { return head + "cached" }
      let indent = String(repeating: " ", count: head.count + 11)
      return head + "would run: " + stage.reasons.joined(separator: "\n\(indent)")
    }.joined(separator: "\n")
  }
}
