import Synchronization

/// The budget of the search under way; progress is told from other threads.
final class BudgetInProgress: Sendable {
  private let value: Atomic<Int>

  init(_ bytes: Int) { value = Atomic(bytes) }

  var bytes: Int {
    get { value.load(ordering: .relaxed) }
    set { value.store(newValue, ordering: .relaxed) }
  }
}
