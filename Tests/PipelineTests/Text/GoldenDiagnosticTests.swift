import Foundation
import PipelineModel
import PipelineRunner
import PipelineText
import Testing

/// Every mistake in `Pipelines/Broken` is shown as the `.err` file beside it says.
///
/// `MARTLET_UPDATE_GOLDEN=1 swift test --filter GoldenDiagnosticTests` writes them anew.
struct GoldenDiagnosticTests {
  @Test(arguments: PipelineFiles.broken)
  func aMistakeIsShownAsItsGoldenFileSays(name: String) throws {
    let bytes = try PipelineFiles.bytes(name, in: PipelineFiles.brokenFolder)
    let file = Pipeline.read(bytes: bytes, named: "Pipelines/Broken/\(name)").planned()
    #expect(file.pipeline == nil)
    #expect(!file.diagnostics.isEmpty)
    #expect(file.diagnostics.allSatisfy { $0.suggestion != nil }, "each mistake comes with a suggestion")
    let golden = PipelineFiles.brokenFolder.appending(path: name.replacing(".swift", with: ".err"))
    if Self.isUpdating {
      try Data(file.rendered.utf8).write(to: golden)
    }
    #expect(try String(decoding: Data(contentsOf: golden), as: UTF8.self) == file.rendered)
  }

  private static let isUpdating = ProcessInfo.processInfo.environment["MARTLET_UPDATE_GOLDEN"] == "1"

  @Test(.enabled(if: !isUpdating, "the golden files are being written"))
  func everyGoldenFileHasItsPipeline() {
    let goldens = PipelineFiles.names(in: PipelineFiles.brokenFolder, ending: ".err")
    #expect(goldens.map { $0.replacing(".err", with: ".swift") } == PipelineFiles.broken)
    #expect(PipelineFiles.broken.count >= 20)
  }
}
