import Dispatch
import Synchronization

/// Runs the shards of a batch on a few threads.
enum ParallelShards {
  /// Calls `body` once for each shard, on at most `threads` threads, and returns when all are done.
  ///
  /// Which thread takes which shard is left open; the result cannot depend on it, because shards write
  /// apart from each other and are joined by the caller in index order.
  static func forEach(_ shards: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    let workers = min(threads, shards)
    guard workers > 1 else {
      for shard in 0..<shards { body(shard) }
      return
    }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let shard = next.add(1, ordering: .relaxed).oldValue
        guard shard < shards else { return }
        body(shard)
      }
    }
  }

  /// `count` things cut into at most `shards` runs of nearly equal length, none of them empty.
  static func ranges(count: Int, shards: Int) -> [Range<Int>] {
    let pieces = min(shards, count)
    return (0..<pieces).map { count * $0 / pieces..<count * ($0 + 1) / pieces }
  }
}
