import ArgumentParser

struct Windows: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cuts a table into windows of 128 frames, 64 apart, as a pipeline's ingestion does.")

  @Argument var path: String
  @Flag(help: "Keep all windows in memory, as pretraining does, instead of letting them pass.") var keep = false

  func run() throws {
    let pipeline = try WindowsPipeline(path)
    print(try keep ? pipeline.keep() : pipeline.pass())
  }
}
