import Foundation
import Tensors
import Testing

@testable import Training

/// Schedules in integer arithmetic, against their formulas in float64.
struct LearningRateTests {
  static let counts: [UInt32] = [1, 2, 3, 7, 100, 4_980, 1 << 20, .max - 3]

  /// Some steps of `n`, both ends and the middle among them.
  private func steps(of n: UInt32) -> [UInt32] {
    var random = SplitMix(seed: UInt64(n))
    let few = (0..<200).map { _ in UInt32.random(in: 0..<n, using: &random) }
    let around = [0, 1, n / 2 - min(1, n / 2), n / 2, n / 2 + 1, n - 1].filter { $0 < n }
    return Array(Set(few + around)).sorted()
  }

  @Test(arguments: counts) func fallingRatesFollowTheirFormulas(n: UInt32) {
    let rate = RuntimeScale(0.0123)
    for warmUp: UInt32 in [0, 1, 3] where warmUp < n && n < .max - 3 || warmUp == 0 {
      let total = n + warmUp
      let linear = LearningRate(rate: rate, schedule: .linear, steps: total, warmUpSteps: warmUp)
      let cosine = LearningRate(rate: rate, schedule: .cosine, steps: total, warmUpSteps: warmUp)
      for j in steps(of: n) {
        let share = Double(j) / Double(n)
        let straight = rate.value * (Double(n - j) / Double(n))
        #expect(abs(linear.rate(atStep: j + warmUp).value / straight - 1) < 0x1p-29)
        // In the second half the same by its complement, which keeps its digits.
        let half = j <= n - j ? cos(.pi * share / 2) : sin(.pi * (Double(n - j) / Double(n)) / 2)
        let wave = rate.value * half * half
        #expect(abs(cosine.rate(atStep: j + warmUp).value / wave - 1) < 0x1p-25, "step \(j) of \(n)")
      }
      for schedule in [linear, cosine] {
        #expect(schedule.rate(atStep: warmUp) == rate, "the first step has the whole rate")
        #expect(schedule.rate(atStep: total).isZero)
        #expect(schedule.rate(atStep: .max).isZero)
      }
    }
  }

  @Test func aCosineNeverRises() {
    for n: UInt32 in [50, 1_001, 20_000] {
      let schedule = LearningRate(rate: RuntimeScale(0.05), schedule: .cosine, steps: n)
      var last = Double.infinity
      for j in 0...n {
        let value = schedule.rate(atStep: j).value
        // Two neighbours of a flat stretch may differ by their rounding.
        #expect(value <= last * (1 + 0x1p-25), "step \(j) of \(n)")
        last = value
      }
    }
  }

  @Test(arguments: [0.5, 0.1, 0.97, 1.0]) func stepsFallByTheirFactor(factor: Double) {
    let rate = RuntimeScale(0.02)
    for every: UInt32 in [1, 3, 400] {
      for warmUp: UInt32 in [0, 5] {
        let schedule = LearningRate(
          rate: rate, schedule: .step(every: every, factor: RuntimeScale(factor)), warmUpSteps: warmUp)
        for j: UInt32 in [0, 1, every - 1, every, every + 1, 7 * every, 100 * every] {
          let falls = Double(j / every)
          let exact = rate.value * pow(factor, falls)
          #expect(abs(schedule.rate(atStep: j + warmUp).value / exact - 1) < (falls + 2) * 0x1p-29)
        }
      }
    }
  }

  @Test func aRateWarmsUpInAStraightLine() {
    let rate = RuntimeScale(0.03)
    for (schedule, steps) in [
      (LearningRate.Schedule.constant, UInt32(0)), (.linear, 30), (.cosine, 30),
      (.step(every: 4, factor: RuntimeScale(0.5)), 0),
    ] {
      let warm = LearningRate(rate: rate, schedule: schedule, steps: steps, warmUpSteps: 20)
      for i in 0..<20 as Range<UInt32> {
        #expect(abs(warm.rate(atStep: i).value / (rate.value * Double(i + 1) / 21) - 1) < 0x1p-29)
      }
      #expect(warm.rate(atStep: 20) == rate)
    }
  }
}
