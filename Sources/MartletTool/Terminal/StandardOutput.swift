import Foundation
import SensorLogs
import Synchronization

/// Results, and nothing else, go to standard output.
enum StandardOutput {
  /// Set when the reader has gone away; what would be written is dropped from then on.
  private static let isClosed = Atomic<Bool>(false)

  /// Writes a text, with a line break behind it unless it ends in one.
  ///
  /// - Throws: where the output cannot take it, such as a full disk. A reader that has gone away is no error.
  static func write(_ text: String) throws(Failure) {
    guard !isClosed.load(ordering: .relaxed), !text.isEmpty else { return }
    if let reason = FileDescriptorOutput.write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO) {
      guard reason != EPIPE else {
        isClosed.store(true, ordering: .relaxed)
        return
      }
      throw Failure(
        ExitStatus.inputOutput, "standard output: cannot write: \(String(cString: strerror(reason)))")
    }
  }

  /// Does work that writes a recording there; nil where its reader has gone away, which is no error.
  static func untilGone<Result>(_ work: () throws -> Result) throws -> Result? {
    do {
      return try work()
    } catch {
      if let failure = error as? LogReadError, case .readerGone = failure.code { return nil }
      throw error
    }
  }

  /// The same where nothing can be done about a failure.
  static func writeLastWords(_ text: String) {
    try? write(text)
  }
}

enum FileDescriptorOutput {
  /// Writes all of the text.
  ///
  /// - Returns: The `errno` of a write that failed.
  static func write(_ text: String, to descriptor: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { bytes -> Int32? in
      var done = 0
      while done < bytes.count {
        let count = Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          return errno
        }
      }
      return nil
    }
  }
}
