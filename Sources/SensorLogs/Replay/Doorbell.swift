import Dispatch
import Synchronization

/// Wakes one waiting thread; ringing while nobody waits costs an atomic exchange.
package final class Doorbell: Sendable {
  private let isWaiting = Atomic<Bool>(false)
  private let semaphore = DispatchSemaphore(value: 0)

  package init() {}

  package func ring() {
    if isWaiting.exchange(false, ordering: .sequentiallyConsistent) { semaphore.signal() }
  }

  /// Waits until it rings, but no longer than that; not at all where `isReady` says so once a ring would be heard.
  package func wait(milliseconds: Int, unless isReady: () -> Bool) {
    isWaiting.store(true, ordering: .sequentiallyConsistent)
    if !isReady() { _ = semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) }
    isWaiting.store(false, ordering: .sequentiallyConsistent)
  }
}
