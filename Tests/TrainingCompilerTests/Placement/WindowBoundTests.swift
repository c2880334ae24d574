import Testing

@testable import TrainingCompiler

@Suite struct WindowBoundTests {
  /// The smallest worlds of more operations than a run, where every placement can be tried.
  @Test func noPlacementOfASmallWorldIsBelowItsWindows() throws {
    let seed: UInt64 = 931
    var random = SeededRandom(seed: seed)
    var (raised, proved, open) = (0, 0, 0)
    for round in 0..<4000 {
      let world = OverlapWorld.random(
        6, bytes: 4, operations: 7, alignments: round % 3 == 0 ? [1, 2] : [1], using: &random)
      let live = Placement.lowerBound(world.requests, overlaps: world.overlaps)
      let peak = Placement.place(world.requests, overlaps: world.overlaps).peakBytes
      guard peak > live else { continue }
      // Above any placement, so that a bound that is too high is not cut off.
      let bound = WindowBound(world.requests, overlaps: world.overlaps).raised(from: live, atMost: peak + 8)
      let optimum = world.optimum(atMost: peak)
      #expect(live <= bound && bound <= optimum, "seed \(seed), round \(round): \(world)")
      if bound > live { raised += 1 }
      if bound == optimum { proved += 1 } else { open += 1 }
    }
    #expect(raised > 20, "only \(raised) bounds are above those of one operation")
    #expect(open * 4 < proved, "\(open) of \(open + proved) optima not proved")
  }

  /// No operation needs more than six bytes, but in six the middle buffer would have to stand at the bottom, two below
  /// the first, and two above the last.
  @Test func aBufferThatCannotMoveIsSeen() {
    func requests(_ sizes: [(bytes: Int, first: Int, last: Int)]) -> [Placement.Request] {
      sizes.map { Placement.Request(byteCount: $0.bytes, alignment: 1, first: $0.first, last: $0.last) }
    }
    let chain = requests([(4, 0, 1), (4, 1, 2), (4, 2, 3)])
    let overlaps = [
      Placement.Overlap(input: 0, output: 1, lead: 2), Placement.Overlap(input: 1, output: 2, lead: 2),
    ]
    #expect(Placement.lowerBound(chain, overlaps: overlaps) == 6)
    #expect(WindowBound(chain, overlaps: overlaps).raised(from: 6, atMost: 20) == 8)
    #expect(Placement.place(chain, overlaps: overlaps).peakBytes == 8)
    // No run is longer than what is there, and none needs more than a placement has.
    #expect(WindowBound(chain, overlaps: overlaps).raised(from: 6, atMost: 7) == 7)
    #expect(WindowBound([], overlaps: []).raised(from: 0, atMost: 0) == 0)
  }
}
