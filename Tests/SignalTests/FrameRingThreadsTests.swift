import Foundation
import Testing

@testable import Signal

/// Real threads, on as many processors as there are, checked frame by frame.
struct FrameRingThreadsTests {
  private final class Box<Value: ~Copyable>: @unchecked Sendable {
    var value: Value
    init(_ value: consuming Value) { self.value = value }
  }

  private final class Tally: @unchecked Sendable {
    var frames: UInt64 = 0
    var wrong = 0
    var overrun = FrameOverrun()
  }

  static let frames: UInt64 = 20_000

  @Test(arguments: [OverrunPolicy.block, .dropOldest, .dropNewest])
  func threadsSeeEveryFrameWholeAndInOrderOrCountItAsLost(policy: OverrunPolicy) {
    var ring = FrameRing(
      shape: FrameRingShape(
        channels: 4, capacityFrames: 37, longestWindowFrames: 5, readers: 2, policy: policy))
    let producer = Box(ring.takeProducer())
    let readers = [Box(ring.takeReader()), Box(ring.takeReader())]
    let tallies = [Tally(), Tally()]
    let done = DispatchSemaphore(value: 0)
    for (reader, tally) in zip(readers, tallies) {
      Thread {
        Self.read(&reader.value, into: tally)
        done.signal()
      }.start()
    }
    Thread {
      Self.produce(&producer.value)
      done.signal()
    }.start()
    for _ in 0..<3 { done.wait() }
    for tally in tallies {
      #expect(tally.wrong == 0)
      #expect(tally.frames + tally.overrun.frames == Self.frames)
      if policy == .block { #expect(tally.frames == Self.frames) }
    }
    #expect(producer.value.offeredFrames == Self.frames)
    #expect((1...37).contains(producer.value.highWaterFrames))
  }

  private static func produce(_ producer: inout FrameProducer) {
    var batch = 1
    while producer.offeredFrames < frames {
      for _ in 0..<batch where producer.offeredFrames < frames {
        if !producer.appendTestFrame() { break }
      }
      producer.publish()
      if producer.shape.policy == .block && producer.roomFrames() == 0 { sched_yield() }
      batch = batch % 11 + 1
    }
    producer.close()
  }

  private static func read(_ reader: inout FrameReader, into tally: Tally) {
    while !reader.isFinished() {
      let available = reader.availableFrames()
      if available == 0 {
        sched_yield()
        continue
      }
      let count = min(available, 5)
      guard let first = reader.header(at: 0), let values = reader.withFrames(at: 0, count: count, { copy($0) })
      else { continue }
      // Under drop-newest a hole can lie inside the run, so each frame says itself which one it is.
      for offset in 0..<count {
        let index = UInt64(values[offset * 4] / 16)
        if reader.shape.policy != .dropNewest && index != first.streamIndex + UInt64(offset) { tally.wrong += 1 }
        if Array(values[(offset * 4)..<(offset * 4 + 4)]) != testValues(index, channels: 4) { tally.wrong += 1 }
      }
      tally.frames += UInt64(count)
      reader.advance(by: count)
    }
    tally.overrun = reader.overrun
  }
}
