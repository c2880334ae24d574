import Testing

@testable import Learning

@Suite struct AugmentationTests {
  private func augmented(
    _ augmentation: Augmentation, _ windows: WindowSet, index: Int = 0, epoch: Int = 0, seed: UInt64 = 1
  ) throws -> [Float] {
    let augmenter = try Augmenter(augmentation: augmentation, seed: seed, windows: windows)
    var values = Array(windows.window(index))
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      augmenter.apply(to: base, index: index, epoch: epoch)
    }
    return values
  }

  private func windows(_ count: Int = 1, length: Int = 500, channels: Int = 6, seed: UInt64 = 2) -> WindowSet {
    var random = TestRandom(seed: seed)
    return WindowSet(
      length: length, channels: channels, values: random.floats(count * length * channels, in: -2...2),
      labels: Array(repeating: 0, count: count), classes: 1)
  }

  @Test func jitterIsNormalNoiseOfTheGivenDeviation() throws {
    let windows = windows()
    let noise = zip(try augmented(Augmentation(jitter: 0.5), windows), windows.values).map { Double($0 - $1) }
    let summary = Summary(noise)
    // 3,000 draws: four standard errors of the mean and of the deviation.
    #expect(abs(summary.mean) < 4 * 0.5 / 3_000.0.squareRoot())
    #expect(abs(summary.standardDeviation - 0.5) < 4 * 0.5 / 6_000.0.squareRoot())
    let beyond = Double(noise.count { abs($0) > 1 }) / 3_000
    #expect(abs(beyond - 0.0455) < 0.016)
  }

  @Test func scaleMultipliesTheWholeWindowByOneNumber() throws {
    let windows = windows()
    let scaled = try augmented(Augmentation(scale: 0.1), windows)
    let factor = scaled[0] / windows.values[0]
    #expect(factor != 1 && abs(factor - 1) < 0.5)
    for (value, original) in zip(scaled, windows.values) { #expect(abs(value - factor * original) < 1e-5) }
  }

  /// Lengths and angles of recorded vectors stay; both triplets turn alike, by no more than was allowed.
  @Test func rotationTurnsRecordedTripletsAlike() throws {
    let statistics = ChannelStatistics(mean: [1, -2, 3, 0.5, 0, 0], deviation: [2, 1, 0.5, 3, 1, 1])
    var raw = windows(40, length: 4)
    // The second triplet repeats the first, so it must come out alike.
    for index in raw.values.indices where index % 6 >= 3 { raw.values[index] = raw.values[index - 3] }
    let normal = raw.normalized(with: statistics)
    var angles: [Double] = []
    for index in 0..<40 {
      let turned = try augmented(Augmentation(rotationDegrees: 30), normal, index: index)
      let recorded = turned.enumerated().map { position, value in
        Double(value) * statistics.deviation[position % 6] + statistics.mean[position % 6]
      }
      let before = raw.window(index).map(Double.init)
      for frame in 0..<4 {
        func triplet(_ values: [Double], _ which: Int) -> [Double] {
          Array(values[frame * 6 + 3 * which..<frame * 6 + 3 * which + 3])
        }
        func product(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
        let (old, new) = (triplet(before, 0), triplet(recorded, 0))
        #expect(abs(product(old, old) - product(new, new)) < 1e-4)
        for (left, right) in zip(new, triplet(recorded, 1)) { #expect(abs(left - right) < 1e-4) }
        let cosine = product(old, new) / product(old, old)
        #expect(cosine > 30.0.cosineOfDegrees - 1e-3)
        angles.append(cosine)
      }
    }
    #expect((angles.min() ?? 1) < 20.0.cosineOfDegrees, "some window turns far")
  }

  @Test func whatAWindowBecomesHangsOnSeedEpochAndIndexOnly() throws {
    let windows = windows(3, length: 8)
    let all = Augmentation(jitter: 0.1, scale: 0.1, rotationDegrees: 20)
    let first = try augmented(all, windows)
    #expect(try augmented(all, windows) == first)
    #expect(try augmented(all, windows, epoch: 1) != first)
    #expect(try augmented(all, windows, seed: 2) != first)
    #expect(try augmented(Augmentation(), windows) == Array(windows.window(0)))
  }

  @Test func shufflesArePermutationsThatVisitEveryPlace() {
    var firsts: Set<Int> = []
    for epoch in 0..<200 {
      let order = EpochOrder.shuffled(count: 7, seed: 3, epoch: epoch)
      #expect(order.sorted() == Array(0..<7))
      firsts.insert(order[0])
    }
    #expect(firsts == Set(0..<7))
    #expect(EpochOrder.shuffled(count: 1, seed: 3, epoch: 0) == [0])
    #expect(EpochOrder.shuffled(count: 0, seed: 3, epoch: 0).isEmpty)
  }
}

extension Double {
  fileprivate var cosineOfDegrees: Double { Elementary.cosineAndSine(turns: self / 360).cosine }
}
