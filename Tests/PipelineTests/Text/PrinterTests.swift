import PipelineModel
import PipelineText
import Testing

struct PrinterTests {
  @Test(arguments: 0..<12)
  func whatIsPrintedReadsAsThePipeline(seed: Int) throws {
    let bases = try PipelineFiles.whole.map(PipelineFiles.pipeline)
    var pipelines = RandomPipelines(seed: seed, from: bases)
    for _ in 0..<6 {
      let pipeline = pipelines.next()
      for includingDefaults in [false, true] {
        let text = pipeline.source(includingDefaults: includingDefaults)
        let file = Pipeline.read(text)
        #expect(file.pipeline == pipeline, "seed \(seed)\n\(text)\n\(file.rendered)")
      }
    }
  }

  @Test func randomPipelinesDifferFromTheirBases() throws {
    let bases = try PipelineFiles.whole.map(PipelineFiles.pipeline)
    var pipelines = RandomPipelines(seed: 1, from: bases)
    let made = Set((0..<100).map { _ in pipelines.next() })
    #expect(made.subtracting(bases).count > 50)
  }

  @Test(arguments: PipelineFiles.whole)
  func printingWhatWasReadFromPrintChangesNothing(name: String) throws {
    let once = try PipelineFiles.pipeline(name).source()
    #expect(Pipeline.read(once).pipeline?.source() == once)
    #expect(once.split(separator: "\n").allSatisfy { $0.count <= 120 })
  }

  /// The project's files are laid out as the printer would lay them out, their comment aside.
  @Test(arguments: PipelineFiles.whole)
  func theProjectsFilesAreWrittenAsThePrinterWrites(name: String) throws {
    let text = try PipelineFiles.text(name)
    let pipeline = try PipelineFiles.pipeline(name)
    let written = text.split(separator: "\n").filter { !$0.hasPrefix("///") }.prefix(2)
    let printed = pipeline.source().split(separator: "\n").prefix(2)
    #expect(Array(written) == Array(printed))
  }

  @Test func everyDefaultIsWrittenOnRequest() throws {
    let pipeline = try PipelineFiles.pipeline("mcu1d.swift")
    let text = pipeline.source(includingDefaults: true)
    for argument in [
      "rounding: .stochastic", "shuffle: true", "range: .minMax", "across: .nothing",
    ] {
      #expect(text.contains(argument))
      #expect(!pipeline.source().contains(argument))
    }
  }

  @Test(arguments: [
    ("wrist-exercises", "wristExercises"), ("mcu1d", "mcu1d"), ("HAR", "hAR"), ("7 days", "pipeline"),
    ("体操", "pipeline"), ("let", "pipeline"), ("", "pipeline"),
  ])
  func theConstantIsNamedAfterThePipeline(name: String, constant: String) throws {
    var pipeline = try PipelineFiles.pipeline("mcu1d.swift")
    pipeline.name = name
    #expect(pipeline.source().hasPrefix("import Martlet\n\nlet \(constant) = Pipeline("))
  }
}
