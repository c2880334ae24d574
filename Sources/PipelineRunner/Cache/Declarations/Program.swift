import Foundation

/// The program that runs the pipeline.
enum Program {
  /// Of the file that it was started from.
  static var path: String {
    #if os(Linux)
      // The first argument may be a name that the shell looked up, or anything else.
      if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
    #endif
    return Bundle.main.executablePath ?? CommandLine.arguments[0]
  }
}
