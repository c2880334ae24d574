#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// A clock that only goes forward, against which a replay is paced.
public protocol ReferenceClock: AnyObject, Sendable {
  /// Nanoseconds since some moment that stays the same.
  var nowNanoseconds: Int64 { get }

  /// Waits until that time, or less long: the caller looks at the clock, and at whatever else it waits for, again.
  func wait(untilNanoseconds time: Int64)
}

/// The machine's steady clock, which nobody can set.
public final class SteadyClock: ReferenceClock {
  /// Waits are cut into pieces of this length, so that a pause or a stop is noticed in time.
  private static let longestWaitNanoseconds: Int64 = 20_000_000

  public init() {}

  public var nowNanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  public func wait(untilNanoseconds time: Int64) {
    let now = nowNanoseconds
    guard time > now else { return }
    let (wanted, overflow) = time.subtractingReportingOverflow(now)
    var rest = timespec()
    rest.tv_nsec = .init(overflow ? Self.longestWaitNanoseconds : min(wanted, Self.longestWaitNanoseconds))
    nanosleep(&rest, nil)
  }
}

/// A clock for tests: waiting takes no time, it only makes the time pass.
public final class VirtualClock: ReferenceClock {
  private let time: Atomic<Int64>

  public init(startNanoseconds: Int64 = 0) {
    time = Atomic(startNanoseconds)
  }

  public var nowNanoseconds: Int64 { time.load(ordering: .acquiring) }

  public func wait(untilNanoseconds target: Int64) {
    time.max(target, ordering: .acquiringAndReleasing)
  }

  public func advance(byNanoseconds step: Int64) {
    precondition(step >= 0, "time does not go back")
    time.add(step, ordering: .acquiringAndReleasing)
  }
}
