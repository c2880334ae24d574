import Foundation
import Martlet
import PipelineText
import Testing

/// The files in `Pipelines/` are compiled into this target by way of the links in `Compiled/`, so the
/// constants below are what the Swift compiler makes of them.
struct CompiledFormTests {
  static let compiled: [String: Pipeline] = [
    "mcu1d.swift": mcu1d,
    "mcu1d-from-raw.swift": mcu1dFromRaw,
    "bearings.swift": bearings,
    "mcu1d-rotated.swift": mcu1dRotated,
    "mcu1d-rotated-search.swift": mcu1dRotatedSearch,
    "plain1d-rotated.swift": plain1dRotated,
    "wrist-exercises.swift": wristExercises,
    "wrist-exercises-search.swift": wristExercisesSearch,
  ]

  @Test(arguments: PipelineFiles.whole)
  func textFormAndCompiledFormAgree(name: String) throws {
    let compiled = try #require(Self.compiled[name], "add the constant of this file to 'compiled'")
    #expect(try PipelineFiles.pipeline(name) == compiled)
    #expect(compiled.issues() == [])
    #expect(throws: Never.self) { try compiled.checked() }
  }

  @Test func everyFileIsCompiled() throws {
    #expect(!PipelineFiles.whole.isEmpty)
    #expect(Set(PipelineFiles.whole) == Set(Self.compiled.keys))
    #expect(PipelineFiles.names(in: PipelineFiles.compiledFolder, ending: ".swift") == PipelineFiles.whole)
    for name in PipelineFiles.whole {
      let link = PipelineFiles.compiledFolder.appending(path: name).path(percentEncoded: false)
      let target = try FileManager.default.destinationOfSymbolicLink(atPath: link)
      #expect(target == "../../../Pipelines/\(name)")
    }
  }
}
