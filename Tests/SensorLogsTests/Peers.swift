import Foundation
import Testing

/// Other people's programs for the same formats, in the Python environment that `Scripts/test-peers` makes.
///
/// Suites that use them are named `Peer…` and enabled where `available`.
enum Peers {
  private static let python = ProcessInfo.processInfo.environment["MARTLET_PEERS"]

  static var available: Bool { python != nil }
  static let howToEnable: Comment = "run Scripts/test-peers, which installs other people's packages"

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs `Scripts/peers/NAME.py` and gives what it prints.
  ///
  /// - Throws: ``Failed`` with what it wrote to standard error where it ends with a status other than 0.
  static func run(_ name: String, _ arguments: String...) throws -> Data {
    guard let python else { throw Failed(description: "\(howToEnable)") }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [root.appendingPathComponent("Scripts/peers/\(name).py").path] + arguments
    // Files, not pipes: neither side can block on the other.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("peers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = (folder.appendingPathComponent("output"), folder.appendingPathComponent("errors"))
    for url in [output, errors] { try Data().write(to: url) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let text = String(decoding: try Data(contentsOf: errors).suffix(2000), as: UTF8.self)
      throw Failed(description: "\(name).py ended with status \(process.terminationStatus): \(text)")
    }
    return try Data(contentsOf: output)
  }
}
