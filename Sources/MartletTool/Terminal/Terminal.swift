import Foundation
import SensorLogs

/// What standard error or standard output is connected to, and what may be done with it.
struct Terminal: Sendable {
  /// Whether a line can be drawn over: a terminal that knows how to.
  let redraws: Bool
  let hasColours: Bool
  private let descriptor: Int32

  static let standardError = Terminal(
    isTerminal: isatty(STDERR_FILENO) == 1, environment: ProcessInfo.processInfo.environment)

  /// For results that are laid out to the width of a window; what else is said goes to standard error.
  static let standardOutput = Terminal(
    isTerminal: isatty(STDOUT_FILENO) == 1, environment: ProcessInfo.processInfo.environment,
    descriptor: STDOUT_FILENO)

  init(isTerminal: Bool, environment: [String: String], descriptor: Int32 = STDERR_FILENO) {
    self.descriptor = descriptor
    redraws = isTerminal && environment["TERM"] != "dumb"
    // https://no-color.org: present and not empty, whatever its value.
    hasColours = redraws && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Columns of the window now, 80 where there is none; it may be resized at any time.
  var columns: Int { windowColumns ?? 80 }

  /// Columns of the window now; nil where there is none.
  var windowColumns: Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  enum Kind: String {
    case error
    case warning
    case note

    fileprivate var colour: String {
      switch self {
      case .error: "\u{1B}[1;31m"
      case .warning: "\u{1B}[1;35m"
      case .note: "\u{1B}[1m"
      }
    }
  }

  /// The text as that of something that went well.
  func good(_ text: String) -> String { hasColours ? "\u{1B}[32m\(text)\u{1B}[0m" : text }

  /// The text as that of something that did not.
  func bad(_ text: String) -> String { hasColours ? "\u{1B}[1;31m\(text)\u{1B}[0m" : text }

  /// Writes `martlet: error: …` to standard error.
  func say(_ message: String, as kind: Kind) {
    let word = hasColours ? "\(kind.colour)\(kind.rawValue):\u{1B}[0m" : "\(kind.rawValue):"
    let message = message.printableLines
    write("martlet: \(word) \(message)\(message.hasSuffix("\n") ? "" : "\n")")
  }

  /// Writes to standard error as it is; nobody can be told if that fails.
  func write(_ text: String) {
    _ = FileDescriptorOutput.write(text, to: STDERR_FILENO)
  }
}
