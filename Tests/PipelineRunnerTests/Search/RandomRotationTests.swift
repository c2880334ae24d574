import Signal
import Testing

@testable import PipelineRunner

@Suite struct RandomRotationTests {
  private func rows(_ r: AxisRotation) -> [[Double]] {
    [[r.xx, r.xy, r.xz], [r.yx, r.yy, r.yz], [r.zx, r.zy, r.zz]].map { $0.map { Double($0) } }
  }

  private func determinant(_ m: [[Double]]) -> Double {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
      + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
  }

  @Test func everyOneIsARotation() {
    for seed in 0..<200 as Range<UInt64> {
      let m = rows(AxisRotation(seed: seed, name: "s\(seed)"))
      for i in 0..<3 {
        for j in 0..<3 {
          let product = (0..<3).reduce(0) { $0 + m[i][$1] * m[j][$1] }
          #expect(abs(product - (i == j ? 1 : 0)) < 1e-5, "seed \(seed)")
        }
      }
      #expect(abs(determinant(m) - 1) < 1e-5, "seed \(seed): no reflection")
    }
  }

  /// Of rotations that are all equally likely, each element has mean 0 and mean square 1/3, and those of the angle
  /// and of the axis follow from 4 squares of a point on a sphere: the trace has mean 0 and mean square 1.
  @Test func allAreEquallyLikely() {
    let count = 20_000
    var sums = [[Double]](repeating: [0, 0, 0], count: 3)
    var squares = sums
    var traces = (sum: 0.0, squares: 0.0)
    for n in 0..<count {
      let m = rows(AxisRotation(seed: 5, name: "subject \(n)"))
      let trace = m[0][0] + m[1][1] + m[2][2]
      traces.sum += trace
      traces.squares += trace * trace
      for i in 0..<3 {
        for j in 0..<3 {
          sums[i][j] += m[i][j]
          squares[i][j] += m[i][j] * m[i][j]
        }
      }
    }
    // Five standard errors of a mean of 20,000 numbers of this spread.
    for i in 0..<3 {
      for j in 0..<3 {
        #expect(abs(sums[i][j] / Double(count)) < 0.021)
        #expect(abs(squares[i][j] / Double(count) - 1.0 / 3) < 0.011)
      }
    }
    #expect(abs(traces.sum / Double(count)) < 0.036)
    #expect(abs(traces.squares / Double(count) - 1) < 0.05)
  }

  @Test func seedAndNameBothMatterAndNothingElse() {
    let one = AxisRotation(seed: 1, name: "s01")
    #expect(one == AxisRotation(seed: 1, name: "s01"))
    #expect(one != AxisRotation(seed: 2, name: "s01"))
    #expect(one != AxisRotation(seed: 1, name: "s02"))
  }

  /// As another implementation in another language gives them: a change of these bits would change the results of every pipeline that turns by a seed.
  @Test func theBitsAreThoseOfEveryMachine() {
    let r = AxisRotation(seed: 99, name: "s03")
    let bits = [r.xx, r.xy, r.xz, r.yx, r.yy, r.yz, r.zx, r.zy, r.zz].map(\.bitPattern)
    #expect(
      bits == [
        0x3DA2_9270, 0xBEB4_C8B8, 0xBF6E_A598, 0x3F7E_D9A2, 0x3D9C_A1D0, 0x3D64_90A8, 0x3D53_5308, 0xBF6E_B57A,
        0x3EB7_1498,
      ])
  }
}
