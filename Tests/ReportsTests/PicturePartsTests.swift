import Testing

@testable import Reports

struct ArenaProfileTests {
  /// Byte by byte, the newest owner counts.
  @Test(arguments: 1...20) func bytesInUseAreThoseThatCountingFinds(seed: UInt64) {
    var random = Sequence64(state: seed)
    let kinds = ["weights", "bias", "activation", "error", "mask", "workspace", "state", "unheard of"]
    let buffers = (0..<12).map { index in
      let first = Int.random(in: 0..<6, using: &random)
      return ArenaBuffer(
        name: "b\(index)", kind: kinds.randomElement(using: &random) ?? "",
        offset: Int.random(in: 0..<40, using: &random),
        bytes: Int.random(in: 0..<30, using: &random), firstStep: first,
        lastStep: Int.random(in: first..<7, using: &random))
    }
    let profile = ArenaProfile(buffers, steps: 7)
    for step in 0..<7 {
      let live = buffers.filter { $0.firstStep <= step && step <= $0.lastStep }
      let owned = (0..<80).count { byte in live.contains { $0.offset <= byte && byte < $0.offset + $0.bytes } }
      #expect(profile.totals[step] == owned, "seed \(seed), step \(step)")
    }
    let most = profile.totals.max()
    #expect(profile.fullestStep == profile.totals.firstIndex { $0 == most })
  }

  @Test func aByteThatTwoShareBelongsToTheNewer() {
    let old = ArenaBuffer(name: "old", kind: "activation", offset: 0, bytes: 10, firstStep: 0, lastStep: 2)
    let new = ArenaBuffer(name: "new", kind: "error", offset: 4, bytes: 10, firstStep: 2, lastStep: 3)
    let profile = ArenaProfile([old, new], steps: 4)
    #expect(profile.bytes[2][ArenaFamily.activations.rawValue] == 4)
    #expect(profile.bytes[2][ArenaFamily.errors.rawValue] == 10)
    #expect(profile.fullestStep == 2)
    #expect(ArenaProfile([], steps: 0).fullestStep == nil)
  }
}

struct SignalPathTests {
  private func path(_ values: [Float], width: Double = 50) -> String {
    SignalPath(values: values, left: 10, width: width, top: 0, height: 100, low: -1, high: 1).text
  }

  /// A single frame among very many still reaches the top of the picture.
  @Test(arguments: [0, 1, 4_999, 7_777, 9_999]) func aSpikeSurvivesBeingDrawnSmall(place: Int) {
    var values = [Float](repeating: 0, count: 10_000)
    values[place] = 1
    let text = path(values)
    #expect(text.contains(" 0L") || text.hasSuffix(" 0") || text.hasPrefix("M10 0L"), "\(place)")
    #expect(text.count < 2_000)
  }

  @Test func fewValuesAreDrawnOneByOne() {
    #expect(path([-1, 1], width: 20) == "M15 100L25 0")
    #expect(path([0, .nan, 0], width: 30) == "M15 50M35 50")
    #expect(path([]).isEmpty)
    #expect(path([Float](repeating: .nan, count: 500)).isEmpty)
  }
}

/// A generator whose seed says all of it.
struct Sequence64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let mixed = (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
    return mixed ^ mixed >> 33
  }
}
