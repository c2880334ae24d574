import Foundation
import SensorLogs
import Synchronization

/// The user's wish to stop: an interrupt or a request to terminate.
enum Interruption {
  /// What `RunError` gives a run that was cancelled.
  static let runErrorStatus: Int32 = 130

  private static let received = Atomic<Int32>(0)

  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// How an interrupted command ends.
  static var failure: Failure {
    let signal = received.load(ordering: .relaxed)
    return Failure(
      ExitStatus.interrupted(by: signal == 0 ? SIGINT : signal), "interrupted; nothing unfinished was left behind")
  }

  /// From here on the first signal asks the work to end in order; a second one ends the process at once, with the
  /// terminal as it was found.
  static func watch() {
    // A global is made at its first use, and a signal handler is no place for that.
    received.store(0, ordering: .relaxed)
    _ = Keyboard.isChanged
    InputInterruption.watch { isRequested }
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      sigemptyset(&action.sa_mask)
      // Without SA_RESTART, so that opening a pipe that nobody writes to ends.
      action.sa_flags = 0
      let handler: @convention(c) (Int32) -> Void = { Interruption.handle($0) }
      #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = handler
      #else
        action.__sigaction_handler.sa_handler = handler
      #endif
      sigaction(number, &action, nil)
    }
    unblock()
  }

  /// Runs in the signal handler: nothing here takes memory or a lock.
  private static func handle(_ number: Int32) {
    guard received.exchange(number, ordering: .relaxed) != 0 else { return }
    Keyboard.restore()
    // Takes effect when the handler returns, until when the signal is blocked.
    signal(number, SIG_DFL)
    raise(number)
  }

  private static func unblock() {
    // A process inherits the signals that its parent's thread had blocked, and thread pools block all of them.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
