import MartletTesting
import Testing

@Suite struct TestStreamTests {
  @Test func aStreamReadsAsItIsWritten() throws {
    let stream = try TestStream(
      """
      t, ax [m/s2], ay, label
      0.00, 0.1, 9.8, rest

      0.02, , -9.7,
      """)
    #expect(stream.channels == [.init("ax", unit: "m/s2"), .init("ay")])
    #expect(stream.frames.map(\.timeNanoseconds) == [0, 20_000_000])
    #expect(stream.frames.map(\.label) == ["rest", nil])
    #expect(stream["ay"] == [9.8, -9.7])
    #expect(stream["ax"][0] == 0.1 && stream["ax"][1].isNaN)
    #expect(stream.hertz == 50)
    let again = try TestStream(stream.csv)
    #expect(again.channels == stream.channels && again.frames.map(\.label) == stream.frames.map(\.label))
    #expect(again["ay"] == stream["ay"])
  }

  @Test(arguments: [
    ("t\n", "line 1: a heading names the time and at least one channel"),
    ("t,a\n0\n", "line 2: it has 1 cells, and the heading 2"),
    ("t,a\nsoon,1\n", "line 2: 'soon' is no time in seconds"),
    ("t,a\n0,1\n\n1,x\n", "line 4: 'x' is no number"),
    ("", "line 1: the text is empty"),
  ])
  func aMistakeIsToldWithItsLine(text: String, sentence: String) {
    #expect {
      _ = try TestStream(text)
    } throws: { error in
      "\(error)" == sentence
    }
  }

  @Test func noiseFollowsFromItsSeed() {
    let still = TestStream(channels: ["a", "b"], hertz: 100, seconds: 100) { _, _ in 0 }
    let noisy = still.addingNoise(deviation: 2, seed: 5)
    #expect(noisy == still.addingNoise(deviation: 2, seed: 5))
    #expect(noisy != still.addingNoise(deviation: 2, seed: 6))
    let values = noisy["a"] + noisy["b"]
    let mean = values.reduce(0, +) / Float(values.count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
    #expect(values.count == 20_000 && abs(mean) < 0.1 && abs(variance - 4) < 0.3)
  }

  @Test func joinedStreamsKeepTheirSteps() {
    let one = TestStream(channels: ["a"], hertz: 10, values: [[1], [2]])
    let joined = one.followed(by: one, afterSeconds: 3)
    #expect(joined.frames.map(\.timeNanoseconds) == [0, 100_000_000, 3_100_000_000, 3_200_000_000])
    #expect(joined["a"] == [1, 2, 1, 2])
  }

  /// In virtual time a recording of a day is over at once, and every frame comes when it is due.
  @Test func aDayPlaysAtItsPaceInVirtualTime() throws {
    let day = TestStream(channels: ["a"], hertz: 1.0 / 60, seconds: 86_400) { time, _ in Float(time) }
    let played = try day.played(rate: .times(2))
    #expect(played.count == 1440)
    #expect(played.map(\.timeNanoseconds) == day.frames.map(\.timeNanoseconds))
    for frame in played { #expect(frame.playedNanoseconds == frame.timeNanoseconds / 2) }
  }
}
