import Foundation

@testable import Learning

/// The reference windows (UCI HAR subjects, nine channels), where the data is at hand.
enum ReferenceWindows {
  static let testSubjects: Set<Int> = [2, 4, 9, 10, 12, 13, 18, 20, 24]

  static var folder: URL? {
    ProcessInfo.processInfo.environment["MARTLET_DATA"].map {
      URL(fileURLWithPath: $0).appendingPathComponent("HAPT9")
    }
  }

  struct LoadError: Error {
    var file: String
  }

  /// All windows of 128 frames every 64 inside each labelled stretch, as recorded; subject `n` has index
  /// `n − 1`.
  static func load(from folder: URL) throws -> WindowSet {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".csv.zst") }.sorted()
    var windows = WindowSet(
      shape: .init(length: 128, channels: 9), values: [], labels: [], subjects: [], recordings: [],
      startFrames: [], stretches: [], startNanoseconds: [], classNames: (0..<6).map { "activity \($0)" },
      subjectNames: (1...30).map { "s\($0)" })
    for (recording, name) in files.enumerated() {
      guard let subject = Int(name.dropFirst().prefix(2)) else { throw LoadError(file: name) }
      let (values, labels) = try frames(of: folder.appendingPathComponent(name))
      var start = 0
      while start < labels.count {
        var end = start
        while end < labels.count && labels[end] == labels[start] { end += 1 }
        if (0..<6).contains(labels[start]) {
          for first in stride(from: start, through: end - 128, by: 64) {
            windows.values.append(contentsOf: values[first * 9..<(first + 128) * 9])
            windows.labels.append(labels[start])
            windows.subjects.append(subject - 1)
            windows.recordings.append(recording)
            windows.startFrames.append(first)
            windows.stretches.append(start)
            windows.startNanoseconds.append(Int64(first) * 20_000_000)
          }
        }
        start = end
      }
    }
    return windows
  }

  private static func frames(of file: URL) throws -> (values: [Float], labels: [Int]) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["zstd", "-dc", file.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw LoadError(file: file.path) }
    var values: [Float] = []
    var labels: [Int] = []
    for line in data.split(separator: UInt8(ascii: "\n")).dropFirst() {
      let fields = line.split(separator: UInt8(ascii: ","))
      guard fields.count == 11, let label = Int(String(decoding: fields[10], as: UTF8.self)) else {
        throw LoadError(file: file.path)
      }
      for field in fields[1..<10] {
        guard let value = Float(String(decoding: field, as: UTF8.self)) else { throw LoadError(file: file.path) }
        values.append(value)
      }
      labels.append(label)
    }
    return (values, labels)
  }
}
