import Martlet
import MartletTesting
import Testing

/// Stages alone, as the collectors run them.
@Suite(.serialized) struct OwnStageTests {
  static let ramp = TestStream(channels: ["x", "y"], hertz: 50, seconds: 2, label: "up") { time, channel in
    Float(time) * Float(channel + 1)
  }

  @Test func aStageGivesWhatItSays() throws {
    let frames = try Rate(channels: ["y"]).frames(from: Self.ramp)
    #expect(frames.stream.channelNames == ["x", "y", "rate_y"])
    #expect(frames.count == 99)
    #expect(frames["rate_y"].allSatisfy { abs($0 - 2) < 1e-3 })
    #expect(frames["x"] == Array(Self.ramp["x"].dropFirst()))
    #expect(frames.frames.allSatisfy { $0.label == "up" && $0.segment == 0 })
  }

  @Test func everySegmentBeginsAnew() throws {
    let stream = Self.ramp.followed(by: Self.ramp, afterSeconds: 1)
    let frames = try Rate(channels: ["y"]).frames(from: stream)
    #expect(frames.count == 198)
    #expect(frames["rate_y"].allSatisfy { abs($0 - 2) < 1e-3 }, "no rate spans the gap")
    #expect(frames.frames.map(\.segment) == Array(repeating: 0, count: 99) + Array(repeating: 1, count: 99))
  }

  @Test func whatWaitsComesOutAtTheEndOfItsSegment() throws {
    let stream = Self.ramp.followed(by: Self.ramp, afterSeconds: 1)
    let frames = try Mean(frames: 30).frames(from: stream)
    #expect(frames.frames.map(\.segment) == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(abs(frames["x"][3] - 0.02 * 94.5) < 1e-4, "the mean of the last ten")
    #expect(frames.seconds[3] == 1.98)
  }

  @Test func batchesChangeNothing() throws {
    let stream = Self.ramp.followed(by: Self.ramp, afterSeconds: 1)
    #expect(try Rate(channels: ["x"]).framesInEveryBatching(from: stream).count == 198)
    #expect(try Mean(frames: 7).framesInEveryBatching(from: stream).count == 30)
  }

  @Test func aStageThatRemembersRunsIsFound() {
    #expect(throws: BatchDependence.self) {
      try Faulty(fault: .rememberingRuns).framesInEveryBatching(from: Self.ramp)
    }
  }

  @Test(
    arguments: [
      (.throwing, "the stream: the stage 'Faulty' stopped: the sensor is on fire"),
      (
        .infinity(at: 3),
        "the stream: the stage 'Faulty' gave inf as \"x\" at 0.04 s; give numbers only, or no frame"
      ),
      (
        .backwards,
        "the stream: the stage 'Faulty' gave a frame of -0.02 s behind one of 0.0 s; keep them in order"
      ),
      (.twins, "the stage 'Faulty' gives two channels \"x\"; name one of them otherwise"),
      (.nothing, "the stage 'Faulty' gives frames without a channel; let output(for:) give at least one"),
    ] as [(Faulty.Fault, String)])
  func whatAStageDoesWrongIsTold(fault: Faulty.Fault, sentence: String) {
    #expect {
      _ = try Faulty(fault: fault).frames(from: Self.ramp)
    } throws: { error in
      "\(error)" == sentence
    }
  }
}
