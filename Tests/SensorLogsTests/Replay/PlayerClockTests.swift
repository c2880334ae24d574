import Testing

@testable import SensorLogs

struct PlayerClockTests {
  private let time = VirtualClock(startNanoseconds: 5_000)

  @Test func aFrameIsDueWhenItsTimeHasComeAndNotBefore() {
    let clock = PlayerClock(reference: time, rate: .times(2))
    #expect(clock.check(1_000) == .early(untilReferenceNanoseconds: 5_500))
    time.advance(byNanoseconds: 499)
    #expect(clock.check(1_000) == .early(untilReferenceNanoseconds: 5_500))
    time.advance(byNanoseconds: 1)
    #expect(clock.check(1_000) == .due(referenceNanoseconds: 5_500))
    #expect(clock.nowNanoseconds == 1_000)
  }

  @Test func sleepingEndsExactlyWhenDue() {
    let clock = PlayerClock(reference: time, rate: .times(4))
    #expect(clock.sleep(untilNanoseconds: 4_000_000_000))
    #expect(time.nowNanoseconds == 5_000 + 1_000_000_000)
    // What lies behind is due at once: nobody sleeps backwards.
    #expect(clock.sleep(untilNanoseconds: 1))
    #expect(time.nowNanoseconds == 5_000 + 1_000_000_000)
  }

  @Test(arguments: [0.1, 0.3, 1, 3, 7, 1000])
  func anHourOfFramesDoesNotDrift(rate: Double) {
    let clock = PlayerClock(reference: time, rate: .times(rate))
    // A period of 104 Hz, walked frame by frame, comes out where one step of an hour does.
    var position: Int64 = 0
    for _ in 0..<374_400 {
      position += 9_615_385
      _ = clock.sleep(untilNanoseconds: position)
    }
    let expected = Double(position) / rate
    #expect(abs(Double(time.nowNanoseconds - 5_000) - expected) <= 1)
  }

  @Test func tenThousandControlsLoseLessThanANanosecondEach() {
    let clock = PlayerClock(reference: time, rate: .times(3))
    var position = 0.0
    for turn in 0..<10_000 {
      let rate = Double(turn % 7 + 1) / 3
      clock.setRate(.times(rate))
      time.advance(byNanoseconds: 1_000_003)
      position += 1_000_003 * rate
      clock.setPaused(true)
      time.advance(byNanoseconds: 77)
      clock.setPaused(false)
    }
    #expect(abs(Double(clock.nowNanoseconds) - position) <= 20_000)
    #expect(clock.pausedNanoseconds == 770_000)
  }

  @Test func pausesCountWhereTheyOverlapATime() {
    let clock = PlayerClock(reference: time, isPaused: true)
    time.advance(byNanoseconds: 100)
    clock.setPaused(false)
    time.advance(byNanoseconds: 50)
    clock.setPaused(true)
    time.advance(byNanoseconds: 30)
    // Paused from 5,000 to 5,100 and from 5,150 on.
    #expect(clock.pausedNanoseconds == 130)
    #expect(clock.pausedNanoseconds(from: 5_100, to: 5_150) == 0)
    #expect(clock.pausedNanoseconds(from: 5_090, to: 5_160) == 20)
    #expect(clock.pausedNanoseconds(from: 5_170, to: 5_180) == 10)
  }

  @Test(arguments: [1, 3]) func aStepLetsOutAsManyFramesAsALineTakes(framesOfALine: Int) {
    var gate = StepGate()
    var frames = 0
    let beginsClosed = !gate.continues(lines: 0, frames: 0)
    #expect(beginsClosed)
    for step in 1...4 {
      gate.begin(lines: frames / framesOfALine, frames: frames)
      // Nothing more goes out until the frame has arrived.
      let waits = !gate.continues(lines: frames / framesOfALine, frames: frames)
      #expect(waits)
      frames += 1
      while gate.continues(lines: frames / framesOfALine, frames: frames) { frames += 1 }
      #expect(frames == step * framesOfALine)
    }
  }

  @Test func aPauseStopsTheStreamAndNextLetsOneFrameOut() {
    let clock = PlayerClock(reference: time)
    time.advance(byNanoseconds: 100)
    clock.setPaused(true)
    time.advance(byNanoseconds: 1_000)
    #expect(clock.nowNanoseconds == 100)
    #expect(clock.check(50) == .early(untilReferenceNanoseconds: nil))
    clock.playNext()
    #expect(clock.check(300) == .due(referenceNanoseconds: nil))
    #expect(clock.check(300) == .early(untilReferenceNanoseconds: nil))
    #expect(clock.nowNanoseconds == 300)
    clock.setPaused(false)
    #expect(clock.check(301) == .early(untilReferenceNanoseconds: time.nowNanoseconds + 1))
  }

  @Test func atTheMaximumEverythingIsDueAndARateTakesOverFromThere() {
    let clock = PlayerClock(reference: time, rate: .maximum)
    #expect(clock.check(9_000_000_000) == .due(referenceNanoseconds: nil))
    clock.setRate(.times(1))
    #expect(clock.check(9_000_000_010) == .early(untilReferenceNanoseconds: time.nowNanoseconds + 10))
    clock.jump(toNanoseconds: 10_000_000_000)
    #expect(clock.check(9_999_999_999) == .due(referenceNanoseconds: time.nowNanoseconds - 1))
  }

  @Test func aStoppedClockWakesWhoeverWaits() {
    let clock = PlayerClock(reference: time, isPaused: true)
    clock.stop()
    #expect(clock.check(0) == .stopped)
    #expect(!clock.sleep(untilNanoseconds: .max))
  }

  @Test(arguments: [Int64.max, Int64.min]) func timesThatCannotBeSaidAreCutOff(position: Int64) {
    for rate in [0.001, 1, 1_000_000] {
      let clock = PlayerClock(reference: time, rate: .times(rate))
      if position > 0 {
        guard case .early(.some(let until)) = clock.check(position) else {
          Issue.record("a frame in 292 years is early at ×\(rate)")
          return
        }
        #expect(until > time.nowNanoseconds)
      } else {
        guard case .due = clock.check(position) else {
          Issue.record("a frame 292 years ago is due")
          return
        }
      }
    }
  }

  @Test func ratesAndPlacesAreReadFromText() {
    #expect(PlaybackRate("max") == .maximum)
    #expect(PlaybackRate("x10") == .times(10))
    #expect(PlaybackRate("0.5×") == .times(0.5))
    for text in ["0", "-1", "nan", "inf", "", "x", "1e7", "fast"] { #expect(PlaybackRate(text) == nil, "\(text)") }
    #expect(ReplayPoint("10s") == .offset(10_000_000_000))
    #expect(ReplayPoint("1m30.5s") == .offset(90_500_000_000))
    #expect(ReplayPoint("1h2m3s4ms5us6ns") == .offset(3_723_004_005_006))
    #expect(ReplayPoint("0.000000001s") == .offset(1))
    #expect(ReplayPoint("500ns") == .offset(500))
    #expect(ReplayPoint("1000000000") == .instant(1_000_000_000))
    // Seconds could be meant.
    for text in ["0", "500", "999999999", "-5"] {
      #expect(ReplayPoint(text) == nil && ReplayPoint.isAmbiguous(text), "\(text)")
    }
    #expect(!ReplayPoint.isAmbiguous("1000000000") && !ReplayPoint.isAmbiguous("5s"))
    #expect(ReplayPoint("1700000000123456789") == .instant(1_700_000_000_123_456_789))
    #expect(ReplayPoint("2026-03-01T12:00:00.25Z") == .instant(1_772_366_400_250_000_000))
    for text in ["", "s", "10x", "1.2.3s", "10 s", "99999999999h", "1.s", ".5s", "10.5", "soon"] {
      #expect(ReplayPoint(text) == nil, "\(text)")
    }
  }

  @Test(arguments: [UInt64(1), 2, 3]) func quantilesOfLatenessAreCloseFromAbove(seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    var errors = PaceErrors()
    var exact: [Int64] = []
    for _ in 0..<5_000 {
      let value = Int64(random.next() >> UInt64(random.next() % 60 + 2))
      errors.add(nanoseconds: value)
      exact.append(value)
    }
    exact.sort()
    for share in [0, 0.25, 0.5, 0.99, 1] {
      let truth = exact[max(0, Int((share * 5_000).rounded(.up)) - 1)]
      let found = try #require(errors.quantile(share))
      #expect(found >= truth && Double(found) <= Double(truth) * 1.032 + 1, "seed \(seed), share \(share)")
    }
    #expect(errors.maximumNanoseconds == exact.last)
    #expect(PaceErrors().quantile(0.5) == nil)
  }
}
