import Foundation
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

  /// From here on the first signal asks the work to end in order; a second one ends the process at once.
  static func watch() {
    // A global is made at its first use, and a signal handler is no place for that.
    received.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      sigemptyset(&action.sa_mask)
      action.sa_flags = Int32(truncatingIfNeeded: SA_RESTART) | Int32(truncatingIfNeeded: SA_RESETHAND)
      let handler: @convention(c) (Int32) -> Void = { Interruption.received.store($0, ordering: .relaxed) }
      #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = handler
      #else
        action.__sigaction_handler.sa_handler = handler
      #endif
      sigaction(number, &action, nil)
    }
    // A process inherits the signals that its parent's thread had blocked, and thread pools block all of them.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
