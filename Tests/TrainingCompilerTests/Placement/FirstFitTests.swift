import Testing

@testable import TrainingCompiler

@Suite struct FirstFitTests {
  /// Any order, from the bottom and from the top, is a placement, and what is told of it is so.
  @Test func everyOrderIsPlacedSoundlyInBothDirections() throws {
    let seed: UInt64 = 941
    var random = SeededRandom(seed: seed)
    var differing = 0
    for round in 0..<400 {
      let world = OverlapWorld.random(14, bytes: 40, operations: 8, alignments: [1, 2, 4], using: &random)
      let problem = PlacementProblem(world.requests, overlaps: world.overlaps)
      let mirrored = try #require(problem.mirrored)
      let order = problem.free.shuffled(using: &random)
      let target = Int.random(in: 0...80, using: &random)
      var (up, down) = (FirstFit(problem), FirstFit(mirrored))
      for fit in [0, 1] {
        let excess = fit == 0 ? up.excess(of: order, above: target) : down.excess(of: order, above: target)
        let placed = fit == 0 ? up : down
        #expect(excess == order.reduce(0) { $0 + max(0, placed.end(of: $1) - target) })
        #expect(placed.peak == max(problem.baseBytes, order.map { placed.end(of: $0) }.max() ?? 0))
      }
      let upright = problem.offsets(mirroring: down.offsets, peak: down.peak)
      for (offsets, peak) in [(up.offsets, up.peak), upright] {
        try Placement(offsets: offsets, peakBytes: peak).verify(world.requests, overlaps: world.overlaps)
        #expect(!world.losesBytes(at: offsets), "seed \(seed), round \(round): \(world)")
      }
      #expect(upright.peak >= down.peak && upright.peak < down.peak + 4, "seed \(seed), round \(round)")
      if up.peak != down.peak { differing += 1 }
      // More than the limit is not told, the limit is.
      let whole = up.excess(of: order, above: target)
      let excess = try #require(whole)
      #expect(up.excess(of: order, above: target, limit: excess) == excess)
      if excess > 0 { #expect(up.excess(of: order, above: target, limit: excess - 1) == nil) }
    }
    #expect(differing > 100, "only \(differing) peaks differ by direction")
  }

  @Test func alignmentsWithoutACommonOneAreNotMirrored() {
    let requests = [(6, 3), (8, 4)].map { Placement.Request(byteCount: $0.0, alignment: $0.1, first: 0, last: 0) }
    #expect(PlacementProblem(requests, overlaps: []).mirrored == nil)
    #expect(Placement.place(requests).peakBytes == 15)
  }
}
