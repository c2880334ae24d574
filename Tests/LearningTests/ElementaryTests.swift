import Foundation
import Testing

@testable import Learning

/// Against the system's mathematics library, which is right to about one unit in the last place.
@Suite struct ElementaryTests {
  @Test func exponentialAndLogarithmAreRightToAFewUnits() {
    var random = TestRandom(seed: 1)
    for _ in 0..<5_000 {
      let x = Double.random(in: -700...700, using: &random)
      let expected = Foundation.exp(x)
      #expect(abs(Elementary.exponential(x) - expected) <= 8 * expected.ulp)
      let small = Double.random(in: -0.5...0.5, using: &random)
      #expect(abs(Elementary.exponential(small) - Foundation.exp(small)) <= 4 * 1.0.ulp)
      #expect(abs(Elementary.logarithm(expected) - x) <= 4 * max(abs(x), 1).ulp)
    }
    #expect(Elementary.exponential(-1000) == 0 && Elementary.exponential(1000) == .infinity)
    #expect(Elementary.exponential(0) == 1 && Elementary.logarithm(1) == 0)
    #expect(Elementary.logarithm(0) == -.infinity && Elementary.logarithm(-1).isNaN)
    #expect(Elementary.exponential(.nan).isNaN)
  }

  @Test func cosineAndSineAreRightAllAroundTheCircle() {
    // The system's functions take radians, whose rounding near a full turn is an error of 9e-16 by itself.
    for step in 0..<4_096 {
      let turns = Double(step) / 4_096
      let found = Elementary.cosineAndSine(turns: turns)
      #expect(abs(found.cosine - Foundation.cos(2 * .pi * turns)) < 1e-15)
      #expect(abs(found.sine - Foundation.sin(2 * .pi * turns)) < 1e-15)
    }
    #expect(Elementary.cosineAndSine(turns: 0.25) == (0, 1))
    #expect(Elementary.cosineAndSine(turns: 0.5) == (-1, 0))
  }
}
