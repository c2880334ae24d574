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
          label: Int32(index / 4) - 1)
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

  /// A folder that lasts as long as the call, in memory where the system has a place for that.
  static func inFolder<R>(_ body: (String) throws -> R) throws -> R {
    let shared = "/dev/shm"
    let parent = FileManager.default.fileExists(atPath: shared) ? shared : NSTemporaryDirectory()
    let folder = "\(parent)/martlet-fuzz-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}
