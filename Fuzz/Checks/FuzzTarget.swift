/// A reader under fuzzing: what must hold whatever the bytes are.
struct FuzzTarget: Sendable {
  let name: String

  /// The longest input that is tried.
  let maximumBytes: Int

  /// Small inputs to begin with, most of them sound.
  let seeds: @Sendable () throws -> [[UInt8]]

  /// Throws a ``Finding`` where something does not hold.
  let check: @Sendable ([UInt8]) throws -> Void

  static let all: [FuzzTarget] = [
    .table, .jsonLines, .zstd, .gzip, .lz4, .mcapStream, .mcapIndex, .mcapRecovery, .messages, .sds, .raw,
    .edgeImpulseJSON, .edgeImpulseCBOR, .edgeImpulseLabels, .wfdb, .wfdbAnnotations, .edf, .rosbag2, .labels,
  ]
}

/// A property that an input breaks.
struct Finding: Error, CustomStringConvertible {
  let description: String
}

func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
  if !condition { throw Finding(description: text()) }
}

extension [UInt8] {
  /// The first byte, which chooses options, and the rest. Without any byte, 0 and nothing.
  var choiceAndRest: (choice: UInt8, rest: [UInt8]) {
    (first ?? 0, Array(dropFirst()))
  }

  /// The parts of an input that stands for several files.
  func parts(_ count: Int) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var start = 0
    while parts.count < count - 1, let cut = firstIndex(of: Self.cut, from: start) {
      parts.append(Array(self[start..<cut]))
      start = cut + Self.cut.count
    }
    parts.append(Array(self[start...]))
    while parts.count < count { parts.append([]) }
    return parts
  }

  static var cut: [UInt8] { [0xFE, 0x43, 0x55, 0x54] }

  private func firstIndex(of pattern: [UInt8], from start: Int) -> Int? {
    guard count - start >= pattern.count else { return nil }
    return (start...(count - pattern.count)).first { self[$0..<($0 + pattern.count)].elementsEqual(pattern) }
  }
}
