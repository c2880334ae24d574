import Foundation
import PipelineModel
import PipelineText
import Testing

/// The project's pipeline files, found from this file's place in the checkout.
enum PipelineFiles {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let folder = root.appending(path: "Pipelines")
  static let brokenFolder = folder.appending(path: "Broken")
  static let compiledFolder = root.appending(path: "Tests/PipelineTests/Compiled")

  static func names(in folder: URL, ending: String) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
    return files.filter { $0.hasSuffix(ending) }.sorted()
  }

  static let whole = names(in: folder, ending: ".swift")
  static let broken = names(in: brokenFolder, ending: ".swift")

  static func bytes(_ name: String, in folder: URL = folder) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  static func text(_ name: String, in folder: URL = folder) throws -> String {
    String(decoding: try bytes(name, in: folder), as: UTF8.self)
  }

  /// A file of the folder as a pipeline.
  static func pipeline(_ name: String) throws -> Pipeline {
    let file = Pipeline.read(bytes: try bytes(name), named: name)
    #expect(file.rendered == "")
    return try #require(file.pipeline)
  }
}
