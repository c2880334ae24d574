public import Foundation
public import PipelineModel

/// A folder of recordings that lasts as long as the value.
public final class RecordingFolder: Sendable {
  public let path: String

  /// - Parameter recordings: Streams by the names of their files, which end in `.csv`: `"s01.csv"`.
  public init(_ recordings: [String: TestStream]) throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-testing-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, stream) in recordings { try write(Data(stream.csv.utf8), as: name) }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file of any content beside the others, or in the place of one.
  public func write(_ data: Data, as name: String) throws {
    try data.write(to: URL(fileURLWithPath: path).appendingPathComponent(name))
  }
}

extension Pipeline {
  /// The same pipeline over another folder of recordings.
  public func reading(from folder: RecordingFolder) -> Pipeline {
    var pipeline = self
    pipeline.stages = stages.map { stage in
      guard case .ingest(var ingest) = stage else { return stage }
      ingest.path = folder.path
      return .ingest(ingest)
    }
    return pipeline
  }
}
