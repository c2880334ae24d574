import Foundation
import Testing

/// `MARTLET_SIMD` forces a set of kernels, and nothing else takes its place in silence.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct KernelChoiceTests {
  private func run(_ value: String) throws -> Tool.Result {
    var result: Tool.Result?
    try withTool { tool in
      result = try tool.start(["stages"], environment: ["MARTLET_SIMD": value]).wait()
    }
    return try #require(result)
  }

  @Test(arguments: ["", "sse9", "AVX2"]) func anUnknownSetIsWrongUsage(_ value: String) throws {
    let result = try run(value)
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(
      result.errors.contains("MARTLET_SIMD is '\(value)', which names no set of kernels; here it can be "))
  }

  @Test func aSetOfAnotherProcessorIsWrongUsage() throws {
    #if arch(x86_64)
      let other = "neon"
    #else
      let other = "avx2"
    #endif
    let result = try run(other)
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(result.errors.contains("MARTLET_SIMD asks for \(other), which this processor does not have"))
  }

  @Test func theSwiftKernelsCanAlwaysBeForced() throws {
    let result = try run("off")
    #expect(result.status == 0 && result.errors.isEmpty)
  }
}
