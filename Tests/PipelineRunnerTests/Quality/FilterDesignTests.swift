import Foundation
import PipelineModel
import Signal
import Testing

@testable import PipelineRunner

/// What SciPy makes of a synthetic signal; `Scripts/Reference/filters.py` writes the file.
struct SciPyFilters: Decodable {
  struct Filter: Decodable {
    var kind: String
    var edges: [Double]
    var order: Int
    var causal: [Double]
    var zeroPhase: [Double]

    var band: FilterBand {
      switch kind {
      case "lowpass": .lowPass(hertz: edges[0], order: order)
      case "highpass": .highPass(hertz: edges[0], order: order)
      default: .bandPass(from: edges[0], to: edges[1], order: order)
      }
    }
  }

  struct Rate: Decodable {
    var up: Int
    var down: Int
    var values: [Double]
  }

  struct Median: Decodable {
    var frames: Int
    var values: [Double]
  }

  var rateHz: Double
  var signal: [Double]
  var filters: [Filter]
  var rates: [Rate]
  var medians: [Median]

  static func load() throws -> SciPyFilters {
    let url = try #require(Bundle.module.url(forResource: "filters", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(SciPyFilters.self, from: Data(contentsOf: url))
  }
}

@Suite struct FilterDesignTests {
  private static func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  /// In double precision; sections stand in another order than SciPy's, so the last digits differ, the more the narrower
  /// the band.
  @Test func filtersEqualSciPys() throws {
    let reference = try SciPyFilters.load()
    #expect(reference.filters.count >= 18)
    for filter in reference.filters {
      let own = ButterworthFilter(filter.band, rateHz: reference.rateHz)
      var causal = reference.signal
      own.pass(&causal)
      var zeroPhase = reference.signal
      own.filterBothWays(&zeroPhase)
      let tolerance = filter.order == 8 ? 1e-6 : 1e-9
      let name = "\(filter.kind) \(filter.edges) \(filter.order)"
      #expect(Self.largestDifference(causal, filter.causal) < tolerance, "\(name)")
      #expect(Self.largestDifference(zeroPhase, filter.zeroPhase) < tolerance, "\(name)")
    }
  }

  /// The device's single precision: rounding grows as poles near 1.
  @Test func devicesFilterAsTheHostDoes() throws {
    let reference = try SciPyFilters.load()
    for filter in reference.filters {
      let own = ButterworthFilter(filter.band, rateHz: reference.rateHz)
      var device = SectionFilter(channels: 1, sections: own.deviceSections)
      let found = reference.signal.map { value -> Double in
        var frame = [Float(value)]
        var span = frame.mutableSpan
        device.filter(&span)
        return Double(frame[0])
      }
      let tolerance = filter.order == 8 || filter.kind == "bandpass" ? 2e-2 : filter.edges[0] < 1 ? 1e-3 : 2e-5
      #expect(
        Self.largestDifference(found, filter.causal) < tolerance,
        "\(filter.kind) \(filter.edges) \(filter.order): \(Self.largestDifference(found, filter.causal))")
    }
  }

  /// At the edge of a band 0.707 of an amplitude passes, far inside all, and far outside the order's share.
  @Test(arguments: 1...8) func edgesLieWhereTheyWereAskedFor(order: Int) {
    func gain(_ band: FilterBand, _ hertz: Double) -> Double {
      let filter = ButterworthFilter(band, rateHz: 100)
      return filter.sections.reduce(1) { $0 * $1.response(at: 2 * .pi * hertz / 100).magnitude }
    }
    let half = 0.5.squareRoot()
    #expect(abs(gain(.lowPass(hertz: 10, order: order), 10) - half) < 1e-9)
    #expect(abs(gain(.highPass(hertz: 10, order: order), 10) - half) < 1e-9)
    for edge in [5.0, 20] { #expect(abs(gain(.bandPass(from: 5, to: 20, order: order), edge) - half) < 1e-9) }
    #expect(abs(gain(.lowPass(hertz: 10, order: order), 0) - 1) < 1e-12)
    #expect(gain(.lowPass(hertz: 10, order: order), 40) < pow(0.12, Double(order)))
    #expect(gain(.highPass(hertz: 10, order: order), 1) < pow(0.12, Double(order)))
  }

  /// The delay is what a slow ramp lags behind.
  @Test func theGroupDelayIsHowFarARampLags() {
    for order in [1, 2, 3, 6] {
      let filter = ButterworthFilter(.lowPass(hertz: 5, order: order), rateHz: 100)
      var ramp = (0..<2000).map(Double.init)
      filter.pass(&ramp)
      #expect(abs((1999 - ramp[1999]) - filter.groupDelayFrames(atHertz: 0)) < 1e-3, "order \(order)")
    }
  }

  @Test func resamplingEqualsSciPys() throws {
    let reference = try SciPyFilters.load()
    for rate in reference.rates {
      let change = try #require(RateChange(from: Double(rate.down), to: Double(rate.up)))
      #expect((change.up, change.down) == (rate.up, rate.down))
      let stage = PolyphaseStage(channels: 1, change: change)
      var input = FrameBlock(channels: 1)
      for (index, value) in reference.signal.enumerated() {
        input.append(FrameHeader(timeNanoseconds: Int64(index) * 1_000_000), [Float(value)])
      }
      var output = FrameBlock(channels: 1)
      try stage.push(input, into: &output)
      stage.finish(into: &output)
      // SciPy goes on for up to one old period past the last frame.
      #expect(output.count <= rate.values.count && output.count > rate.values.count - rate.up / rate.down - 2)
      for (found, expected) in zip(output.values, rate.values) { #expect(abs(Double(found) - expected) < 1e-5) }
    }
  }

  @Test func mediansEqualSciPys() throws {
    let reference = try SciPyFilters.load()
    for median in reference.medians {
      let stage = MedianStage(channels: 1, frames: median.frames, selected: [0])
      var input = FrameBlock(channels: 1)
      for (index, value) in reference.signal.enumerated() {
        input.append(FrameHeader(timeNanoseconds: Int64(index)), [Float(value)])
      }
      var output = FrameBlock(channels: 1)
      try stage.push(input, into: &output)
      stage.finish(into: &output)
      #expect(output.headers == input.headers)
      #expect(output.values == median.values.map { Float($0) })
    }
  }

  @Test(arguments: [
    (104.0, 50.0, 25, 52), (33.333, 50, 3, 2), (100, 50, 1, 2), (102.564, 50, 39, 80), (44_100, 48_000, 160, 147),
  ])
  func ratesBecomeRatios(from: Double, to: Double, up: Int, down: Int) throws {
    let change = try #require(RateChange(from: from, to: to))
    #expect((change.up, change.down) == (up, down))
  }

  @Test func ratesWithoutASmallRatioAreRefused() {
    #expect(RateChange(from: 1, to: 100_000) == nil)
    #expect(RateChange(from: .infinity, to: 1) == nil)
  }

  /// A tone above half the new rate is gone after the filter, and folds down without it.
  @Test func thePolyphaseFilterStopsAliasing() throws {
    let change = try #require(RateChange(from: 100, to: 25))
    let stage = PolyphaseStage(channels: 1, change: change)
    var input = FrameBlock(channels: 1)
    for index in 0..<1000 {
      input.append(
        FrameHeader(timeNanoseconds: Int64(index) * 10_000_000), [Float(sin(2 * .pi * 24 * Double(index) / 100))])
    }
    var output = FrameBlock(channels: 1)
    try stage.push(input, into: &output)
    stage.finish(into: &output)
    let inside = output.values.dropFirst(20).dropLast(20)
    #expect(inside.map(abs).max() ?? 1 < 0.01)
  }

  @Test func aSegmentTooLongForAZeroPhaseFilterIsNamed() {
    let filter = ButterworthFilter(.lowPass(hertz: 5, order: 2), rateHz: 50)
    let stage = ZeroPhaseStage(channels: 1, selected: [0], filter: filter, path: "a.csv", limitValues: 10)
    var block = FrameBlock(channels: 1)
    for index in 0..<11 { block.append(FrameHeader(timeNanoseconds: Int64(index)), [0]) }
    var output = FrameBlock(channels: 1)
    do {
      try stage.push(block, into: &output)
      Issue.record("it was taken")
    } catch {
      #expect(error.description.contains("at most 10 frames"))
    }
  }
}
