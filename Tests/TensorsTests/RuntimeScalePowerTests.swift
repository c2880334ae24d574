import Foundation
import Tensors
import Testing

struct RuntimeScalePowerTests {
  @Test(arguments: [1.0, 0.999, 0.9, 0.5, 0.1, 1e-9]) func powersAreThoseOfRealNumbers(base: Double) {
    let scale = RuntimeScale(base)
    for power: UInt32 in Array(0...40) + [1_000, 12_345] {
      let exact = pow(scale.value, Double(power))
      guard exact > 1e-300 else { continue }
      #expect(abs(scale.power(power).value / exact - 1) <= Double(power) * 0x1p-29, "\(base) to the power \(power)")
    }
    #expect(scale.power(0) == .powerOfTwo(0))
    #expect(scale.power(1) == scale)
  }

  @Test func hugePowersEndInZeroOrInOne() {
    #expect(RuntimeScale(0.5).power(.max).isZero)
    #expect(RuntimeScale(1e-30).power(.max).isZero)
    #expect(RuntimeScale.zero.power(3).isZero)
    #expect(RuntimeScale.powerOfTwo(0).power(.max) == .powerOfTwo(0))
  }
}
