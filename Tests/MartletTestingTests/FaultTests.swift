import Foundation
import MartletTesting
import Testing

@Suite struct FaultTests {
  static let stream = TestStream(channels: ["a", "b"], hertz: 100, seconds: 10) { time, channel in
    Float(time) + Float(channel)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func whatIsSaidToBeLostIsLost(seed: UInt64) {
    let faulty = Self.stream.with(
      .drop(frames: 5), .duplicate(frames: 4), .swap(pairs: 3), .nanBurst(frames: 7), .gap(frames: 20),
      .clockJump(seconds: -30), seed: seed)
    let note = Comment(rawValue: faulty.note)
    #expect(faulty.lostFrames.count == 25 && faulty.duplicatedFrames.count == 4, note)
    #expect(faulty.swappedFrames.count == 3 && faulty.nanFrames.count == 7 && faulty.jumps.count == 1, note)
    #expect(faulty.breaks == 6, note)
    #expect(faulty.stream.frames.count == Self.stream.frames.count - 25 + 4, note)
    // Every place is another: what is lost cannot be swapped too.
    let touched =
      faulty.lostFrames + faulty.duplicatedFrames + faulty.swappedFrames + faulty.swappedFrames.map { $0 + 1 }
      + faulty.nanFrames + faulty.jumps
    #expect(Set(touched).count == touched.count, note)
    #expect(touched.allSatisfy { (2..<Self.stream.frames.count - 2).contains($0) }, note)
    // Frames go by their values, but for those without.
    let found = faulty.stream.frames.filter { !$0.values[0].isNaN }.map { Int(($0.values[0] * 100).rounded()) }
    var expected = Array(Self.stream.frames.indices)
    for index in faulty.swappedFrames { expected.swapAt(index, index + 1) }
    let gone = Set(faulty.lostFrames + faulty.nanFrames)
    let twice = Set(faulty.duplicatedFrames)
    #expect(
      found == expected.filter { !gone.contains($0) }.flatMap { twice.contains($0) ? [$0, $0] : [$0] }, note)
    // All behind the jump is 30 s earlier.
    let last = faulty.stream.frames.last?.timeNanoseconds ?? 0
    #expect(last == Self.stream.frames[Self.stream.frames.count - 1].timeNanoseconds - 30_000_000_000, note)
  }

  @Test func theSameSeedGivesTheSameFaults() {
    let one = Self.stream.with(.drop(frames: 9), seed: 3)
    #expect(one == Self.stream.with(.drop(frames: 9), seed: 3))
    #expect(one.lostFrames != Self.stream.with(.drop(frames: 9), seed: 4).lostFrames)
  }

  @Test func streamsAreFilledToTheBrim() {
    let short = TestStream(channels: ["a"], hertz: 1, values: (0..<11).map { [Float($0)] })
    for seed in 0..<20 as Range<UInt64> {
      // Three places of one frame, two frames before, between and behind them.
      #expect(short.with(.drop(frames: 3), seed: seed).lostFrames.sorted() == [2, 5, 8])
    }
  }

  @Test func bitsTurnOverOnce() {
    let data = Data(repeating: 0, count: 100)
    for count in [0, 1, 17, 800, 1000] {
      let (flipped, bits) = data.flippingBits(count, seed: 9)
      #expect(bits.count == min(count, 800))
      #expect(flipped.reduce(0) { $0 + $1.nonzeroBitCount } == bits.count)
      for bit in bits { #expect(flipped[bit / 8] & 1 << UInt8(bit % 8) != 0) }
    }
    #expect(data.truncated(to: 7).count == 7 && data.truncated(to: 700).count == 100)
  }
}
