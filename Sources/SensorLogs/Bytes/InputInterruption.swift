import Synchronization

/// The wish of a process to stop, for readers that wait for input which may never come.
///
/// Only an executable that catches signals sets this. Between blocks of frames callers are asked by the closures that
/// they pass; a read from a silent pipe comes to no such place.
public enum InputInterruption {
  private static let check = Mutex<(@Sendable () -> Bool)?>(nil)

  /// - Parameter isRequested: Asked several times a second while a reader waits, on any thread; true ends the wait with
  ///   ``LogReadError/Code/cancelled``.
  public static func watch(_ isRequested: @escaping @Sendable () -> Bool) {
    check.withLock { $0 = isRequested }
  }

  static var isRequested: Bool {
    guard let check = check.withLock({ $0 }) else { return false }
    return check()
  }
}
