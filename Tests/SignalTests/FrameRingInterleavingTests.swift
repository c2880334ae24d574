import Testing

@testable import Signal

struct FrameRingInterleavingTests {
  static let policies: [OverrunPolicy] = [.block, .dropOldest, .dropNewest]

  private func check(_ shape: FrameRingShape, batch: Int) {
    let model = FrameRingModel(shape: shape, frames: UInt64(shape.capacityFrames) + 2, batch: batch)
    let outcome = model.explore()
    #expect(outcome.violation == nil, "\(shape), batches of \(batch)")
    #expect(outcome.endings > 0)
    #expect(outcome.stuck == 0, "states from which nobody gets on: \(shape), batches of \(batch)")
  }

  @Test(arguments: policies, 1...4)
  func noInterleavingWithOneReaderTearsLosesOrMiscounts(policy: OverrunPolicy, capacity: Int) {
    for longest in Set([1, min(2, capacity)]) {
      for batch in Set([1, min(2, capacity)]) {
        let shape = FrameRingShape(
          channels: 1, capacityFrames: capacity, longestWindowFrames: longest, policy: policy)
        check(shape, batch: batch)
      }
    }
  }

  @Test(arguments: policies)
  func noInterleavingWithTwoReadersTearsLosesOrMiscounts(policy: OverrunPolicy) {
    let shape = FrameRingShape(channels: 1, capacityFrames: 2, readers: 2, policy: policy)
    let outcome = FrameRingModel(shape: shape, frames: 3, batch: 1).explore()
    #expect(outcome.violation == nil)
    #expect(outcome.stuck == 0)
    #expect(outcome.endings > 0)
  }

  /// The search would be worth nothing if it let such mistakes pass.
  @Test func theSearchFindsMistakesThatAreBuiltIn() {
    let faults: [(FrameRingModel.Fault, OverrunPolicy, Int)] = [
      (.publishesBeforeFilling, .block, 1), (.forgetsToClaim, .dropOldest, 1),
      (.skipsTheGenerationCheck, .dropOldest, 1), (.givesFramesBackBeforeReading, .block, 1),
      (.trustsOneReader, .block, 2),
    ]
    for (fault, policy, readers) in faults {
      let shape = FrameRingShape(channels: 1, capacityFrames: 2, readers: readers, policy: policy)
      let outcome = FrameRingModel(shape: shape, frames: 4, batch: 1, fault: fault).explore()
      #expect(outcome.violation != nil, "\(fault)")
    }
  }
}
