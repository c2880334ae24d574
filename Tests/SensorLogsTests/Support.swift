import Foundation
import Testing

@testable import SensorLogs

/// Everything that a reader gave, in one value.
struct Recording: Equatable {
  var channels: [Channel] = []
  var times: [Int64] = []
  var values: [UInt64] = []
  var labels: [String?] = []
  var segments: [Int32] = []
  var losses = LogLosses()

  var doubles: [Double] { values.map(Double.init(bitPattern:)) }
  var frameCount: Int { times.count }

  init() {}

  init(_ reader: any LogReader, batchFrames: Int = 37) throws {
    // Ranges differ from format to format; they have tests of their own.
    channels = reader.schema.channels.map { Channel(name: $0.name, unit: $0.unit) }
    var batch = FrameBatch()
    while try reader.read(into: &batch, maximumFrames: batchFrames) {
      #expect(batch.values.count == batch.count * batch.channelCount)
      times += batch.times
      values += batch.values.map(\.bitPattern)
      let names = reader.labelNames
      labels += batch.labels.map { $0 < 0 ? nil : names[Int($0)] }
      segments += batch.segments
    }
    #expect(try !reader.read(into: &batch, maximumFrames: batchFrames))
    #expect(reader.counters.frames == times.count)
    losses = reader.losses
  }

  /// Whether the frames of this recording are the first ones of another.
  func isBeginning(of whole: Recording) -> Bool {
    let width = channels.count
    return times == Array(whole.times.prefix(frameCount))
      && values == Array(whole.values.prefix(frameCount * width))
      && labels == Array(whole.labels.prefix(frameCount))
      && segments == Array(whole.segments.prefix(frameCount))
  }
}

func read(_ bytes: [UInt8], pieceBytes: Int = .max, options: LogReadOptions = .init()) throws -> Recording {
  try Recording(SensorLog.open(MemoryInput(bytes, pieceBytes: pieceBytes), options: options))
}

func read(_ text: String, options: LogReadOptions = .init()) throws -> Recording {
  try read(Array(text.utf8), options: options)
}

func zstd(_ bytes: [UInt8], level: Int = 3) throws -> [UInt8] {
  var output: [UInt8] = []
  guard let compressor = ZstdCompressor(level: level) else { throw LogReadError(.empty, path: "zstd") }
  let isDone = bytes.withUnsafeBytes { compressor.compress($0, into: &output, endsFrame: true) }
  #expect(isDone)
  return output
}

func bytes(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Files that others wrote stand outside the project; the tests on them are skipped where there are none.
enum External {
  static let vectors = ProcessInfo.processInfo.environment["MARTLET_VECTORS"]
  static let data = ProcessInfo.processInfo.environment["MARTLET_DATA"]

  static func files(in folder: String, suffix: String) throws -> [String] {
    let found = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return found.filter { $0.hasSuffix(suffix) }.sorted().map { "\(folder)/\($0)" }
  }
}

/// A small deterministic generator whose seed a failing test prints.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
