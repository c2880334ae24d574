import HostKernels
import Testing

struct VariantTests {
  @Test func nothingForcedIsTheFastestAvailable() throws {
    #expect(try KernelVariant(forcedBy: nil) == KernelVariant.best)
    #expect(KernelVariant.best.isAvailable)
    #expect(KernelVariant.available.last == .off)
  }

  @Test(arguments: KernelVariant.allCases) func aVariantIsForcedByItsNameOrRefused(_ variant: KernelVariant) throws {
    if variant.isAvailable {
      #expect(try KernelVariant(forcedBy: variant.rawValue) == variant)
      #expect(HostKernels(variant).variant == variant)
    } else {
      #expect(throws: KernelVariantError.unavailable(variant)) { try KernelVariant(forcedBy: variant.rawValue) }
    }
  }

  @Test(arguments: ["", "AVX2", "sse", "avx512vnni ", "0"]) func anUnknownNameIsRefused(_ name: String) {
    #expect(throws: KernelVariantError.unknown(name)) { try KernelVariant(forcedBy: name) }
    let sentence = KernelVariantError.unknown(name).description
    #expect(sentence.contains("MARTLET_SIMD is '\(name)'") && sentence.contains("off"))
  }
}
