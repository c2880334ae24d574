import Foundation
import Testing

/// The built executable, run as a child process.
struct Tool {
  /// The root of the project.
  static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Beside the test bundle, wherever that lies; nil where the package was built without it.
  static let executable: URL? = {
    let starts = CommandLine.arguments.filter { $0.contains(".xctest") } + [Bundle.main.bundlePath]
    for start in starts {
      var folder = URL(fileURLWithPath: start)
      // On macOS the bundle is a folder with folders in it.
      for _ in 0..<5 {
        let candidate = folder.appendingPathComponent("martlet")
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory), !isDirectory.boolValue {
          return candidate
        }
        folder.deleteLastPathComponent()
      }
    }
    return nil
  }()

  static var isBuilt: Bool { executable != nil }

  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  /// A run that has begun.
  struct Running {
    let process: Process
    let outputFile: URL
    let errorFile: URL

    var errorsSoFar: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    func wait() throws -> Result {
      process.waitUntilExit()
      // A signal that ended the process is no status of its own.
      try #require(process.terminationReason == .exit, "ended by signal \(process.terminationStatus)")
      return Result(
        status: process.terminationStatus, output: try String(contentsOf: outputFile, encoding: .utf8),
        errors: errorsSoFar)
    }
  }

  /// Where the tool runs, and keeps what it prints; removed by whoever made it.
  let workspace: Workspace

  /// - Parameters:
  ///   - output: Takes standard output in place of a file.
  ///   - input: Gives standard input in place of nothing.
  ///   - environment: Variables besides those of the tests.
  func start(
    _ arguments: [String], in folder: URL? = nil, output: FileHandle? = nil, input: FileHandle? = nil,
    environment: [String: String] = [:]
  ) throws -> Running {
    let process = Process()
    let executable: URL = try #require(Self.executable)
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.currentDirectoryURL = folder ?? workspace.folder
    let outputFile = workspace.newFile()
    let errorFile = workspace.newFile()
    process.standardOutput = try output ?? FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    process.standardInput = input ?? FileHandle.nullDevice
    try process.run()
    return Running(process: process, outputFile: outputFile, errorFile: errorFile)
  }

  func run(_ arguments: [String], in folder: URL? = nil, output: FileHandle? = nil) throws -> Result {
    try start(arguments, in: folder, output: output).wait()
  }

  func run(_ arguments: String..., in folder: URL? = nil) throws -> Result { try run(arguments, in: folder) }
}

/// Runs a body with the tool in a folder of its own.
func withTool(_ body: (Tool) throws -> Void) throws {
  let workspace = try Workspace()
  defer { workspace.remove() }
  try body(Tool(workspace: workspace))
}

/// A temporary folder.
struct Workspace {
  let folder: URL
  private let notes: URL

  init() throws {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
    folder = place.appendingPathComponent("here")
    notes = place.appendingPathComponent("notes")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: notes, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  /// An empty file apart from the folder that the tool runs in.
  func newFile() -> URL {
    let file = notes.appendingPathComponent(UUID().uuidString)
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    return file
  }

  subscript(name: String) -> URL { folder.appendingPathComponent(name) }

  func write(_ text: String, to name: String) throws {
    try FileManager.default.createDirectory(
      at: self[name].deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: self[name])
  }

  var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() }
}
