import Foundation

@testable import SensorLogs

/// Small files that the program's own writers make, to begin with.
enum SeedFiles {
  static let channels = [Channel(name: "acc_x", unit: "g"), Channel(name: "y")]

  static func compressed(_ bytes: [UInt8], _ compression: LogCompression) throws -> [UInt8] {
    guard let compressor = compression.makeCompressor(level: 3) else { return bytes }
    var output: [UInt8] = []
    let isDone = bytes.withUnsafeBytes { compressor.compress($0, into: &output, endsFrame: true) }
    try require(isDone, "no memory to compress")
    return output
  }

  /// A recording with labels in a format, as one file or several.
  ///
  /// - Parameter name: Its ending tells the format.
  static func recording(
    _ name: String, frames: Int = 12, _ adjust: (inout LogWriteOptions) -> Void = { _ in }
  ) throws -> [String: [UInt8]] {
    try inFolder { folder in
      var options = LogWriteOptions()
      adjust(&options)
      let schema = LogSchema(channels: channels, nominalRateHz: 50, hasLabels: true, hasSegments: false)
      let writer = try SensorLog.create("\(folder)/\(name)", schema: schema, options: options)
      var batch = FrameBatch(channelCount: 2)
      for index in 0..<frames {
        batch.append(
          time: Int64(index) * 20_000_000, values: [Double(index) / 4, -Double(index * index) / 100],
          label: Int32(index / 4 % 3) - 1)
      }
      try writer.write(batch, labelNames: ["walk", "run"])
      try writer.finish()
      var files: [String: [UInt8]] = [:]
      for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
        files[file] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)")))
      }
      return files
    }
  }

  /// The only file of a recording.
  static func file(
    _ name: String, frames: Int = 12, _ adjust: (inout LogWriteOptions) -> Void = { _ in }
  ) throws -> [UInt8] {
    try recording(name, frames: frames, adjust)[name] ?? []
  }

  /// A folder, in memory where the system has a place for that.
  ///
  /// - Parameter reused: It lasts as long as the process and comes with what was left in it; else as long as the call.
  static func inFolder<R>(reused: Bool = false, _ body: (String) throws -> R) throws -> R {
    if reused { return try body(lasting) }
    let folder = try makeFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  /// A file that holds the bytes during the call.
  static func inFile<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
    let path = "\(lasting)/input"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try body(path)
  }

  private static let lasting: String = {
    let folder = (try? makeFolder()) ?? NSTemporaryDirectory()
    lastingToRemove = folder
    atexit { try? FileManager.default.removeItem(atPath: lastingToRemove) }
    return folder
  }()

  nonisolated(unsafe) private static var lastingToRemove = ""

  private static func makeFolder() throws -> String {
    let shared = "/dev/shm"
    let parent = FileManager.default.fileExists(atPath: shared) ? shared : NSTemporaryDirectory()
    let folder = "\(parent)/martlet-fuzz-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }
}
