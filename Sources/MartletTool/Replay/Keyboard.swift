import Foundation

/// Keys of the terminal that standard input is, read one by one without waiting.
///
/// The terminal gets its modes back when the value is closed, when the process exits, and before a signal ends it; of the
/// signals that ask for an orderly end `Interruption` takes care.
final class Keyboard {
  enum Key: Hashable {
    case pause
    case next
    case faster
    case slower
    case quit
  }

  static var isThere: Bool { isatty(STDIN_FILENO) == 1 }

  // A signal handler may touch nothing that has to be made first, so these are plain words.
  nonisolated(unsafe) private static var saved = termios()
  nonisolated(unsafe) private(set) static var isChanged = false

  private var pending: [UInt8] = []

  /// - Returns: nil where there is no terminal, or the process may not change it because it runs in the background.
  init?() {
    guard Self.isThere, tcgetpgrp(STDIN_FILENO) == getpgrp(), tcgetattr(STDIN_FILENO, &Self.saved) == 0 else {
      return nil
    }
    Self.installRestorers()
    set()
  }

  /// No echo, no waiting for the line to end; interrupt and stop keys keep their meaning.
  private func set() {
    var modes = Self.saved
    modes.c_lflag &= ~tcflag_t(ICANON | ECHO)
    Self.isChanged = true
    tcsetattr(STDIN_FILENO, TCSADRAIN, &modes)
  }

  func close() { Self.restore() }

  deinit { Self.restore() }

  /// Safe in a signal handler.
  static func restore() {
    guard isChanged else { return }
    isChanged = false
    tcsetattr(STDIN_FILENO, TCSANOW, &saved)
  }

  private static func installRestorers() {
    atexit { Keyboard.restore() }
    for number in [SIGHUP, SIGQUIT, SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS] {
      signal(number) { received in
        Keyboard.restore()
        signal(received, SIG_DFL)
        raise(received)
      }
    }
  }

  /// The keys pressed since the last call, in order.
  func pressed() -> [Key] {
    takeBackAfterStop()
    var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    var buffer = [UInt8](repeating: 0, count: 64)
    while poll(&waiting, 1, 0) > 0, waiting.revents & Int16(POLLIN) != 0 {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      guard count > 0 else { break }
      pending += buffer[..<count]
    }
    return keys()
  }

  /// A shell puts its own modes in force while the process is stopped and may leave them so.
  private func takeBackAfterStop() {
    guard Self.isChanged, tcgetpgrp(STDIN_FILENO) == getpgrp() else { return }
    var now = termios()
    if tcgetattr(STDIN_FILENO, &now) == 0, now.c_lflag & tcflag_t(ICANON) != 0 { set() }
  }

  private func keys() -> [Key] {
    var keys: [Key] = []
    var rest = pending[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: " "): keys.append(.pause)
      case UInt8(ascii: "n"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): keys.append(.next)
      case UInt8(ascii: "+"), UInt8(ascii: "="): keys.append(.faster)
      case UInt8(ascii: "-"): keys.append(.slower)
      case UInt8(ascii: "q"): keys.append(.quit)
      case 0x1B where rest.count >= 2 && (rest.first == UInt8(ascii: "[") || rest.first == UInt8(ascii: "O")):
        // Arrows: right is next, up and down change the rate; other sequences mean nothing.
        switch rest[rest.startIndex + 1] {
        case UInt8(ascii: "C"): keys.append(.next)
        case UInt8(ascii: "A"): keys.append(.faster)
        case UInt8(ascii: "B"): keys.append(.slower)
        default: break
        }
        rest = rest.dropFirst(2)
      default: break
      }
    }
    pending.removeAll()
    return keys
  }
}
