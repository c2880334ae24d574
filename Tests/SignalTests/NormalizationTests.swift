import Testing

@testable import Signal

struct NormalizationTests {
  struct Random {
    var state: UInt64
    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53) - 0.5
    }
  }

  /// Means far from zero, deviations small and large, long streams; reference in double precision.
  ///
  /// Tolerance: a mean and a deviation are rounded to single precision (6e-8 of their size), the deviation after
  /// a square root good to two units in the last place (2.4e-7).
  @Test(arguments: [1, 2, 3, 1000, 100_000], [0.0, 1, 1000, -1e6])
  func singlePrecisionStatisticsAgreeWithDouble(frames: Int, offset: Double) {
    var random = Random(state: UInt64(frames))
    let values = (0..<(2 * frames)).map { Float(offset * Double($0 % 2) + random.next()) }
    var device = ChannelStatistics(channels: 2)
    var host = ChannelMoments(channels: 2)
    device.add(values.span)
    host.add(values.span)
    for channel in 0..<2 {
      let column = stride(from: channel, to: values.count, by: 2).map { Double(values[$0]) }
      let mean = column.reduce(0, +) / Double(frames)
      let deviation = (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(frames)).squareRoot()
      #expect(abs(Double(device.mean(of: channel)) - mean) <= 1.2e-7 * abs(mean) + 1e-9)
      #expect(abs(Double(host.mean[channel]) - mean) <= 1.2e-7 * abs(mean) + 1e-9)
      let tolerance = 3e-7 * deviation
      #expect(abs(Double(host.standardDeviation[channel]) - deviation) <= tolerance)
      #expect(abs(Double(device.standardDeviation(of: channel)) - deviation) <= tolerance, "seed \(frames)")
    }
  }

  @Test func statisticsDoNotDependOnHowFramesAreGrouped() {
    var random = Random(state: 5)
    let values = (0..<300).map { _ in Float(random.next()) }
    var whole = ChannelStatistics(channels: 3)
    whole.add(values.span)
    for frames in [1, 7, 33] {
      var parts = ChannelStatistics(channels: 3)
      for start in stride(from: 0, to: 300, by: 3 * frames) {
        parts.add(Array(values[start..<min(300, start + 3 * frames)]).span)
      }
      for channel in 0..<3 {
        #expect(parts.mean(of: channel) == whole.mean(of: channel))
        #expect(parts.standardDeviation(of: channel) == whole.standardDeviation(of: channel))
      }
    }
  }

  @Test func joinedHostStatisticsAreThoseOfAllFrames() {
    var random = Random(state: 9)
    let values = (0..<400).map { _ in Float(random.next() * 3 + 5) }
    var whole = ChannelMoments(channels: 2)
    whole.add(values.span)
    for cut in [0, 2, 100, 400] {
      var left = ChannelMoments(channels: 2)
      var right = left
      left.add(Array(values[..<cut]).span)
      right.add(Array(values[cut...]).span)
      left.add(right)
      #expect(left.frames == whole.frames)
      for channel in 0..<2 {
        #expect(abs(left.mean[channel] - whole.mean[channel]) < 1e-6)
        #expect(abs(left.standardDeviation[channel] - whole.standardDeviation[channel]) < 1e-6)
      }
    }
  }

  @Test func aChannelThatNeverChangesGivesZerosNotInfinities() {
    for value in [Float(0), 9.81, -1e6, 0.1] {
      var statistics = ChannelStatistics(channels: 1)
      var moments = ChannelMoments(channels: 1)
      let values = Array(repeating: value, count: 1001)
      statistics.add(values.span)
      moments.add(values.span)
      #expect(statistics.inverseDeviation(of: 0) == 1)
      #expect(moments.inverseDeviation == [1])
    }
  }

  @Test func squareRootsAreWithinTwoUnitsInTheLastPlace() {
    for bits in stride(from: UInt32(0x0080_0000), to: 0x7F80_0000, by: 65_537) {
      let value = Float(bitPattern: bits)
      let exact = value.squareRoot()
      #expect(abs(newtonSquareRoot(value) - exact) <= 2 * exact.ulp)
    }
    #expect(newtonSquareRoot(0) == 0)
    #expect(newtonSquareRoot(-1) == 0)
    #expect(newtonSquareRoot(.nan) == 0)
  }
}

struct InputQuantizerTests {
  /// Every eighth between −300 and 300 for every zero point, against exact arithmetic in eighths.
  @Test func everyEighthIsRoundedToNearestWithTiesUpward() {
    for zeroPoint in Int32(-128)...127 {
      let quantizer = InputQuantizer(scale: 1, zeroPoint: zeroPoint)
      for eighths in -2400...2400 {
        // floor(x + 1/2) in integers.
        let rounded = (eighths + 4) >> 3
        let expected = Int8(max(-128, min(127, rounded + Int(zeroPoint))))
        if quantizer.quantize(Float(eighths) / 8) != expected {
          Issue.record("\(eighths)/8 at zero point \(zeroPoint)")
          return
        }
      }
    }
  }

  @Test func extremesAreClampedAndWhatIsNoNumberIsTheZeroPoint() {
    for zeroPoint in [Int32(-128), 0, 127] {
      let quantizer = InputQuantizer(scale: 1e-30, zeroPoint: zeroPoint)
      #expect(quantizer.quantize(.greatestFiniteMagnitude) == 127)
      #expect(quantizer.quantize(.infinity) == 127)
      #expect(quantizer.quantize(-.infinity) == -128)
      #expect(quantizer.quantize(.nan) == Int8(zeroPoint))
    }
    let half = InputQuantizer(scale: 1, zeroPoint: 0)
    #expect(half.quantize(Float(0.5).nextDown) == 0)
    #expect(half.quantize(-0.5) == 0)
    #expect(half.quantize(Float(-0.5).nextDown) == -1)
  }

  @Test func aWindowIsNormalisedByChannel() {
    let quantizer = InputQuantizer(scale: 0.5, zeroPoint: 10)
    let values: [Float] = [1, 100, 3, 300, -5, 50]
    var output = [Int8](repeating: 0, count: 6)
    var span = output.mutableSpan
    quantizer.quantize(
      values.span, mean: [1, 100].span, inverseDeviation: [0.5, 0.01].span, into: &span)
    #expect(output == [10, 10, 12, 14, 4, 9])
    #expect(quantizer.dequantize(12) == 1)
  }
}

struct AxisRotationTests {
  @Test func aQuarterTurnAboutZTakesXToY() {
    let half = Float(0.5).squareRoot()
    let turn = AxisRotation(quaternionX: 0, y: 0, z: half, w: half)
    let result = turn.apply(1, 0, 0)
    #expect(abs(result.x) < 1e-6 && abs(result.y - 1) < 1e-6 && result.z == 0)
  }

  @Test func aWindowIsTurnedInPlaceAndBack() {
    let turn = AxisRotation(quaternionX: 0.5, y: 0.5, z: 0.5, w: 0.5)
    let original = (0..<18).map { Float($0) }
    var values = original
    var span = values.mutableSpan
    turn.applyToAllTriplets(in: &span, channels: 6)
    // This rotation permutes the axes: x → y → z → x.
    #expect(values[0..<6] == [2, 0, 1, 5, 3, 4])
    var back = values.mutableSpan
    turn.transposed.applyToAllTriplets(in: &back, channels: 6)
    #expect(values == original)
  }

  @Test func onlyTheTripletAskedForIsTurned() {
    var values: [Float] = [9, 1, 2, 3, 9, 9, 1, 2, 3, 9]
    var span = values.mutableSpan
    AxisRotation(rows: (0, 0, 1), (1, 0, 0), (0, 2, 0)).apply(to: &span, channels: 5, firstChannel: 1)
    #expect(values == [9, 3, 1, 4, 9, 9, 3, 1, 4, 9])
  }
}
