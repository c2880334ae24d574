@testable import SensorLogs

extension FuzzTarget {
  /// MCAP from beginning to end, as frames.
  static let mcapStream = FuzzTarget(name: "mcap-stream", maximumBytes: 8192) {
    try mcapSeeds()
  } check: { input in
    try checkReading(input, mostFrames: 1 << 20) { input in
      var options = LogReadOptions.fuzzing
      options.format = .mcap
      return try SensorLog.open(input, options: options)
    }
  }

  static func mcapSeeds() throws -> [[UInt8]] {
    var seeds: [[UInt8]] = []
    for encoding in [MessageEncoding.cdr, .json] {
      seeds.append(
        try SeedFiles.file("a.mcap") {
          $0.encoding = encoding
          $0.chunkBytes = 600
        })
    }
    return seeds
  }
}
