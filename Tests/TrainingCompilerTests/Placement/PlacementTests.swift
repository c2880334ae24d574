import Testing

@testable import TrainingCompiler

@Suite struct PlacementTests {
  /// The least peak of any placement: of all orders, each buffer at the lowest offset that is free. Placing in the
  /// order of an optimal placement's offsets puts no buffer higher than there, so one of the orders is optimal.
  static func optimum(_ requests: [Placement.Request]) -> Int {
    var best = Int.max
    func extend(_ placed: [(request: Placement.Request, offset: Int)], _ rest: [Placement.Request]) {
      let peak = placed.map { $0.offset + $0.request.byteCount }.max() ?? 0
      if peak >= best { return }
      if rest.isEmpty { best = peak }
      for i in rest.indices {
        let request = rest[i]
        var offset = 0
        while placed.contains(where: {
          $0.request.first <= request.last && request.first <= $0.request.last
            && offset < $0.offset + $0.request.byteCount && $0.offset < offset + request.byteCount
        }) { offset += request.alignment }
        var others = rest
        others.remove(at: i)
        extend(placed + [(request, offset)], others)
      }
    }
    extend([], requests)
    return best == .max ? 0 : best
  }

  @Test func everySmallWorldIsPlacedSoundlyAndAtItsOptimum() throws {
    var kinds: [Placement.Request] = []
    for first in 0...3 {
      for last in first...3 {
        for bytes in 1...3 { kinds.append(Placement.Request(byteCount: bytes, alignment: 1, first: first, last: last)) }
      }
    }
    var worlds = 0
    var notOptimal = 0
    func visit(_ requests: [Placement.Request], from start: Int) throws {
      if !requests.isEmpty {
        worlds += 1
        let placement = Placement.place(requests, effort: Placement.Effort(evaluations: 100, trials: 200))
        try placement.verify(requests)
        let bound = Placement.lowerBound(requests)
        if placement.peakBytes < bound { Issue.record("a peak below the bound: \(requests)") }
        if placement.peakBytes > bound && placement.peakBytes > Self.optimum(requests) { notOptimal += 1 }
      }
      guard requests.count < 4 else { return }
      for k in start..<kinds.count { try visit(requests + [kinds[k]], from: k) }
    }
    try visit([], from: 0)
    #expect(worlds == 46_375)
    #expect(notOptimal == 0, "\(notOptimal) of \(worlds) worlds are above their optimum")
  }

  @Test func randomSetsAreSoundAlignedAndAboveTheirBound() throws {
    let seed: UInt64 = 901
    var random = SeededRandom(seed: seed)
    var atOptimum = 0
    for round in 0..<400 {
      let count = round < 100 ? Int.random(in: 1...6, using: &random) : Int.random(in: 1...40, using: &random)
      let requests = (0..<count).map { _ in
        let first = Int.random(in: 0...20, using: &random)
        return Placement.Request(
          byteCount: .random(in: 1...100, using: &random), alignment: Bool.random(using: &random) ? 1 : 4, first: first,
          last: .random(in: first...25, using: &random))
      }
      let effort = Placement.Effort(evaluations: 2000, trials: 200)
      let placement = Placement.place(requests, effort: effort)
      try placement.verify(requests)
      #expect(placement.offsets.indices.allSatisfy { placement.offsets[$0] % requests[$0].alignment == 0 })
      #expect(placement.peakBytes >= Placement.lowerBound(requests))
      #expect(placement.peakBytes == requests.indices.map { placement.offsets[$0] + requests[$0].byteCount }.max())
      #expect(Placement.place(requests, effort: effort) == placement, "placing is deterministic")
      for t in 0...25 {
        var owners = [Int?](repeating: nil, count: placement.peakBytes)
        for i in requests.indices where requests[i].first <= t && t <= requests[i].last {
          for byte in placement.offsets[i]..<placement.offsets[i] + requests[i].byteCount {
            #expect(owners[byte] == nil, "seed \(seed): two buffers share a byte")
            owners[byte] = i
          }
        }
      }
      if round < 100 && placement.peakBytes == Self.optimum(requests) { atOptimum += 1 }
    }
    #expect(atOptimum >= 90, "\(atOptimum) of 100 sets of up to 6 are at their optimum")
  }

  @Test func lowerBoundIsTheLargestLiveSum() {
    let requests = [(5, 0, 1), (7, 1, 2), (3, 2, 2), (4, 3, 9)].map {
      Placement.Request(byteCount: $0.0, alignment: 1, first: $0.1, last: $0.2)
    }
    #expect(Placement.lowerBound(requests) == 12)
    #expect(Placement.lowerBound([]) == 0)
    #expect(Placement.place([]).peakBytes == 0)
  }

  // MARK: The proof itself

  @Test func faultOverlapsAreNotDetected() throws {
    let seed: UInt64 = 902
    var random = SeededRandom(seed: seed)
    var seeded = 0
    while seeded < 200 {
      let requests = (0..<8).map { _ in
        let first = Int.random(in: 0...5, using: &random)
        return Placement.Request(
          byteCount: .random(in: 1...30, using: &random), alignment: 1, first: first,
          last: .random(in: first...6, using: &random))
      }
      var placement = Placement.place(requests)
      let (i, j) = (Int.random(in: 0..<8, using: &random), Int.random(in: 0..<8, using: &random))
      guard i != j, requests[i].first <= requests[j].last, requests[j].first <= requests[i].last else { continue }
      // The last byte of one on the first of the other.
      placement.offsets[i] = placement.offsets[j] + requests[j].byteCount - 1
      placement.peakBytes = max(placement.peakBytes, placement.offsets[i] + requests[i].byteCount)
      #expect(throws: Placement.Fault.self, "seed \(seed)") { try placement.verify(requests) }
      seeded += 1
    }
    let pair = [0, 0].map { Placement.Request(byteCount: 4, alignment: 4, first: $0, last: 1) }
    #expect(throws: Placement.Fault.overlap(0, 1)) { try Placement(offsets: [0, 0], peakBytes: 8).verify(pair) }
    #expect(throws: Placement.Fault.misaligned(1)) { try Placement(offsets: [0, 5], peakBytes: 9).verify(pair) }
    #expect(throws: Placement.Fault.abovePeak(1)) { try Placement(offsets: [0, 4], peakBytes: 7).verify(pair) }
    #expect(throws: Placement.Fault.abovePeak(0)) { try Placement(offsets: [-4, 4], peakBytes: 8).verify(pair) }
    #expect(throws: Never.self) { try Placement(offsets: [4, 0], peakBytes: 8).verify(pair) }
  }
}
