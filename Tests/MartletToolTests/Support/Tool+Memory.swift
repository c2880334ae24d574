import Foundation
import Testing

extension Tool {
  /// Whether the system tells of another process how much memory it took.
  static var measuresMemory: Bool { isBuilt && FileManager.default.isReadableFile(atPath: "/proc/self/status") }

  /// The most memory that a run took, and how it ended.
  ///
  /// The peak only rises and is read until the process is gone, so that at most its last millisecond is missing.
  func peak(_ arguments: [String]) throws -> (kibibytes: Int, result: Result) {
    let running = try start(arguments)
    let status = "/proc/\(running.process.processIdentifier)/status"
    var most = 0
    while running.process.isRunning {
      most = max(most, Self.highWater(status) ?? 0)
      usleep(1000)
    }
    return (most, try running.wait())
  }

  private static func highWater(_ path: String) -> Int? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return nil }
    return Int(line.filter(\.isNumber))
  }
}
