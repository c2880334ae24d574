import Testing

@testable import TrainingCompiler

@Suite struct PlacementOverlapTests {
  private func accepts(_ world: OverlapWorld, _ offsets: [Int]) -> Bool {
    let peak = world.requests.indices.map { offsets[$0] + world.requests[$0].byteCount }.max() ?? 0
    return (try? Placement(offsets: offsets, peakBytes: peak).verify(world.requests, overlaps: world.overlaps)) != nil
  }

  /// The smallest worlds, where every placement can be tried.
  @Test func noPlacementOfASmallWorldIsBelowItsBound() throws {
    let seed: UInt64 = 911
    var random = SeededRandom(seed: seed)
    var shared = 0
    var notOptimal = 0
    var notProved = 0
    for round in 0..<300 {
      let world = OverlapWorld.random(
        4, bytes: 6, operations: 3, alignments: round % 3 == 0 ? [1, 2, 4] : [1], using: &random)
      let bound = Placement.lowerBound(world.requests, overlaps: world.overlaps)
      let placement = Placement.place(world.requests, overlaps: world.overlaps)
      let optimum = world.optimum(atMost: placement.peakBytes)
      #expect(bound <= optimum, "seed \(seed), round \(round): \(world)")
      #expect(placement.lowerBoundBytes >= bound)
      #expect(placement.lowerBoundBytes <= optimum, "seed \(seed), round \(round): \(world)")
      try placement.verify(world.requests, overlaps: world.overlaps)
      #expect(!world.losesBytes(at: placement.offsets), "seed \(seed), round \(round): \(world)")
      #expect(placement.peakBytes >= optimum)
      if placement.peakBytes > optimum { notOptimal += 1 }
      if placement.lowerBoundBytes < optimum { notProved += 1 }
      if optimum < Placement.lowerBound(world.requests) { shared += 1 }
    }
    #expect(notOptimal == 0 && notProved == 0, "\(notOptimal) above their optimum, \(notProved) not proved")
    #expect(shared > 30, "only \(shared) worlds gain by sharing")
  }

  /// Any offsets whatever: what is proved is what can be seen byte by byte.
  @Test func theProofAgreesWithEveryByteOfTheStep() throws {
    let seed: UInt64 = 912
    var random = SeededRandom(seed: seed)
    var (accepted, refused, overtaken) = (0, 0, 0)
    for round in 0..<4000 {
      let world = OverlapWorld.random(5, bytes: 6, operations: 4, alignments: [1], using: &random)
      let offsets = world.requests.map { _ in Int.random(in: 0...14, using: &random) }
      let isRight = accepts(world, offsets)
      #expect(isRight != world.losesBytes(at: offsets), "seed \(seed), round \(round): \(world) at \(offsets)")
      if isRight { accepted += 1 } else { refused += 1 }
      do {
        try Placement(offsets: offsets, peakBytes: 20).verify(world.requests, overlaps: world.overlaps)
      } catch .overtaken(let input, let output, let lead) {
        overtaken += 1
        #expect(offsets[input] < offsets[output] + lead)
      } catch {}
    }
    #expect(accepted > 200 && refused > 2000 && overtaken > 100, "\(accepted), \(refused), \(overtaken)")
  }

  /// From placements that are right, by one change each.
  @Test func everyMutationIsRefusedWhereItLosesBytes() throws {
    let seed: UInt64 = 913
    var random = SeededRandom(seed: seed)
    var (accepted, refused) = (0, 0)
    for round in 0..<60 {
      let world = OverlapWorld.random(9, bytes: 12, operations: 6, alignments: [1], using: &random)
      let placement = Placement.place(world.requests, overlaps: world.overlaps)
      func judge(_ mutated: OverlapWorld, _ offsets: [Int]) {
        let isRight = accepts(mutated, offsets)
        #expect(isRight != mutated.losesBytes(at: offsets), "seed \(seed), round \(round): \(mutated) at \(offsets)")
        if isRight { accepted += 1 } else { refused += 1 }
      }
      for i in world.requests.indices {
        for shift in -12...12 where placement.offsets[i] + shift >= 0 {
          var offsets = placement.offsets
          offsets[i] += shift
          judge(world, offsets)
        }
      }
      for o in world.overlaps.indices {
        for lead in -13...14 {
          var mutated = world
          mutated.overlaps[o].lead = lead
          judge(mutated, placement.offsets)
        }
      }
      // Two operations change places, and with them the lifetimes.
      for t in 0..<5 {
        var mutated = world
        func moved(_ operation: Int) -> Int { operation == t ? t + 1 : operation == t + 1 ? t : operation }
        for i in world.requests.indices {
          let ends = [moved(world.requests[i].first), moved(world.requests[i].last)]
          (mutated.requests[i].first, mutated.requests[i].last) = (ends.min()!, ends.max()!)
        }
        judge(mutated, placement.offsets)
      }
    }
    #expect(accepted > 1000 && refused > 1000, "\(accepted), \(refused)")
  }

  @Test func eachFaultIsNamed() {
    let requests = [(8, 0, 1), (4, 1, 2), (4, 0, 2)].map {
      Placement.Request(byteCount: $0.0, alignment: 4, first: $0.1, last: $0.2)
    }
    let overlaps = [Placement.Overlap(input: 0, output: 1, lead: 4)]
    func fault(_ offsets: [Int], _ peak: Int, _ overlaps: [Placement.Overlap]) -> Placement.Fault? {
      do {
        try Placement(offsets: offsets, peakBytes: peak).verify(requests, overlaps: overlaps)
        return nil
      } catch {
        return error
      }
    }
    #expect(fault([8, 4, 0], 16, overlaps) == nil)
    #expect(fault([4, 4, 0], 12, overlaps) == .overtaken(input: 0, output: 1, lead: 4))
    #expect(fault([4, 8, 0], 12, overlaps) == .overtaken(input: 0, output: 1, lead: 4))
    #expect(fault([4, 4, 0], 12, [Placement.Overlap(input: 0, output: 1, lead: 0)]) == nil)
    #expect(fault([4, 4, 0], 12, []) == .overlap(0, 1))
    // A pair that shares more than one operation is permitted nothing, whatever the list says.
    #expect(fault([4, 4, 4], 12, [Placement.Overlap(input: 0, output: 2, lead: -8)]) == .overlap(0, 1))
    #expect(fault([4, 12, 4], 16, [Placement.Overlap(input: 0, output: 2, lead: -8)]) == .overlap(0, 2))
    // Of two overlaps of one pair both hold.
    #expect(
      fault([4, 4, 0], 12, overlaps + [Placement.Overlap(input: 0, output: 1, lead: 0)])
        == .overtaken(input: 0, output: 1, lead: 4))
    #expect(fault([8, 2, 0], 16, overlaps) == .misaligned(1))
    #expect(fault([8, 4, 0], 15, overlaps) == .abovePeak(0))
  }

  @Test func boundsFollowFromLeads() {
    func bound(_ bytes: [(Int, Int, Int)], _ overlaps: [(Int, Int, Int)], alignment: Int = 1) -> Int {
      Placement.lowerBound(
        bytes.map { Placement.Request(byteCount: $0.0, alignment: alignment, first: $0.1, last: $0.2) },
        overlaps: overlaps.map { Placement.Overlap(input: $0.0, output: $0.1, lead: $0.2) })
    }
    let pair = [(10, 0, 1), (6, 1, 2)]
    for (lead, expected) in [(-20, 10), (-4, 10), (0, 10), (2, 12), (6, 16), (9, 16)] {
      #expect(bound(pair, [(0, 1, lead)]) == expected, "lead \(lead)")
    }
    // The output's first two bytes are shared with neither input, nor the input's last with either output.
    #expect(bound([(5, 0, 1), (5, 0, 1), (8, 1, 2)], [(0, 2, 2), (1, 2, 3)]) == 12)
    #expect(bound([(8, 0, 1), (5, 1, 2), (5, 1, 2)], [(0, 1, 2), (0, 2, 3)]) == 15)
    // Two pairs at one operation add up; a pair at another does not.
    #expect(bound([(4, 0, 1), (4, 0, 1), (4, 1, 2), (4, 1, 2)], [(0, 2, 0), (1, 3, 0)]) == 8)
    // A gap of two bytes between buffers aligned to four cannot be filled by one of them.
    #expect(bound([(6, 0, 0), (6, 0, 0)], [], alignment: 4) == 14)
  }

  @Test func placingIsDeterministicAndEffortNeverHurts() throws {
    let seed: UInt64 = 914
    var random = SeededRandom(seed: seed)
    for _ in 0..<8 {
      let world = OverlapWorld.random(30, bytes: 500, operations: 20, alignments: [1, 4], using: &random)
      let thorough = Placement.place(world.requests, overlaps: world.overlaps)
      #expect(Placement.place(world.requests, overlaps: world.overlaps) == thorough)
      var last = Int.max
      for effort in [Placement.Effort(evaluations: 0), .quick, .thorough] {
        let placement = Placement.place(world.requests, overlaps: world.overlaps, effort: effort)
        try placement.verify(world.requests, overlaps: world.overlaps)
        #expect(placement.peakBytes <= last, "seed \(seed)")
        #expect(placement.lowerBoundBytes <= thorough.peakBytes)
        last = placement.peakBytes
      }
    }
  }

  @Test func oneMoreRequestIsAddedWithoutRaisingThePeakOrNotAtAll() throws {
    let seed: UInt64 = 915
    var random = SeededRandom(seed: seed)
    var (fitted, moved, refused) = (0, 0, 0)
    for round in 0..<300 {
      let world = OverlapWorld.random(12, bytes: 60, operations: 8, alignments: [1, 4], using: &random)
      let before = Placement.place(world.requests, overlaps: world.overlaps, effort: .quick)
      let operation = Int.random(in: 0..<8, using: &random)
      let request = Placement.Request(
        byteCount: .random(in: 1...80, using: &random), alignment: 4, first: operation, last: operation)
      let all = world.requests + [request]
      guard let after = before.adding(request, to: world.requests, overlaps: world.overlaps) else {
        refused += 1
        #expect(
          Placement.place(all, overlaps: world.overlaps, effort: .quick).peakBytes > before.peakBytes,
          "seed \(seed), round \(round)")
        continue
      }
      try after.verify(all, overlaps: world.overlaps)
      #expect(after.peakBytes <= before.peakBytes)
      if Array(after.offsets.dropLast()) == before.offsets { fitted += 1 } else { moved += 1 }
    }
    #expect(fitted > 50 && moved > 0 && refused > 50, "\(fitted), \(moved), \(refused)")
  }
}
