import HostKernels
import Tensors
import Testing
import Training

/// Every variant gives the bits of the Swift kernels, whatever is left over when shapes are cut into blocks.
struct RemainderTests {
  static let variants = KernelVariant.available.filter { $0 != .off }

  // What this machine lacks is reported as skipped, by these three.
  @Test(.enabled(if: KernelVariant.avx512vnni.isAvailable, "not run: this processor has no AVX-512 VNNI"))
  func avx512vnniIsTested() { #expect(Self.variants.contains(.avx512vnni)) }
  @Test(.enabled(if: KernelVariant.avx2.isAvailable, "not run: this processor has no AVX2"))
  func avx2IsTested() { #expect(Self.variants.contains(.avx2)) }
  @Test(.enabled(if: KernelVariant.neon.isAvailable, "not run: this processor has no NEON dot product"))
  func neonIsTested() { #expect(Self.variants.contains(.neon)) }

  /// Runs an operation with both sets.
  ///
  /// - Returns: Whether all bytes agree.
  private func agrees(
    _ plan: OperationPlan, _ variant: KernelVariant, _ what: @autoclosure () -> String
  ) throws -> Bool {
    // The second step starts from what the first one carried over.
    let expected = try plan.result(SwiftKernels(), steps: 2)
    let found = try plan.result(HostKernels(variant), steps: 2)
    guard let first = expected.indices.first(where: { expected[$0] != found[$0] }) else { return true }
    let count = expected.indices.count { expected[$0] != found[$0] }
    Issue.record("\(what()): \(count) bytes differ, the first at \(first), \(found[first]) for \(expected[first])")
    return false
  }

  @Test(arguments: variants) func everyNumberOfChannelsAndOutputs(_ variant: KernelVariant) throws {
    for channels in 1...40 {
      for outputs in 1...40 {
        let seed = UInt64(channels * 100 + outputs)
        var random = SeededRandom(seed: seed)
        let geometry = random.geometry(
          length: random.int(1...20), channels: channels, outputs: outputs, kernel: random.int(1...7),
          stride: random.int(1...3))
        let name = "seed \(seed), \(geometry)"
        guard
          try agrees(.convolution(geometry, isDepthwise: false, seed: seed), variant, "convolution, \(name)"),
          try agrees(.gradient(.convolution, geometry, seed: seed), variant, "gradient, \(name)"),
          try agrees(
            .weightUpdate(geometry, isDepthwise: false, partial: false, seed: seed), variant, "update, \(name)"),
          try agrees(
            .weightUpdate(geometry, isDepthwise: false, partial: true, seed: seed), variant, "partial update, \(name)"),
          try agrees(.logits(channels: channels, classes: outputs, seed: seed), variant, "logits, \(name)")
        else { return }
      }
    }
  }

  @Test(arguments: variants) func everyLengthKernelAndStride(_ variant: KernelVariant) throws {
    for length in 1...20 {
      for kernel in 1...7 {
        for stride in 1...3 {
          for round in 0..<4 {
            let seed = UInt64(((length * 10 + kernel) * 10 + stride) * 10 + round)
            var random = SeededRandom(seed: seed)
            let channels = random.one(of: [1, 3, 4, 16, 17, 32, 40])
            let outputs = random.one(of: [1, 2, 8, 16, 31, 48])
            let geometry = random.geometry(
              length: length, channels: channels, outputs: outputs, kernel: kernel, stride: stride)
            let depthwise = random.geometry(
              length: length, channels: channels, outputs: channels, kernel: kernel, stride: stride)
            let name = "seed \(seed), \(geometry), \(depthwise)"
            guard
              try agrees(.convolution(geometry, isDepthwise: false, seed: seed), variant, "convolution, \(name)"),
              try agrees(.convolution(depthwise, isDepthwise: true, seed: seed), variant, "depthwise, \(name)"),
              try agrees(.gradient(.convolution, geometry, seed: seed), variant, "gradient, \(name)"),
              try agrees(
                .gradient(.depthwiseConvolution, depthwise, seed: seed), variant, "depthwise gradient, \(name)"),
              try agrees(
                .weightUpdate(geometry, isDepthwise: false, partial: random.flag(), seed: seed), variant,
                "update, \(name)"),
              try agrees(
                .weightUpdate(depthwise, isDepthwise: true, partial: false, seed: seed), variant,
                "depthwise update, \(name)"),
              try agrees(.biasUpdate(length: length, channels: channels, seed: seed), variant, "bias, \(name)")
            else { return }
          }
        }
      }
    }
  }

  @Test(arguments: variants) func everyNumberOfChannelsOfADepthwiseConvolution(_ variant: KernelVariant) throws {
    for channels in 1...40 {
      for round in 0..<20 {
        let seed = UInt64(channels * 100 + round)
        var random = SeededRandom(seed: seed)
        let geometry = random.geometry(
          length: random.int(1...20), channels: channels, outputs: channels, kernel: random.int(1...7),
          stride: random.int(1...3))
        let name = "seed \(seed), \(geometry)"
        guard
          try agrees(.convolution(geometry, isDepthwise: true, seed: seed), variant, "depthwise, \(name)"),
          try agrees(.gradient(.depthwiseConvolution, geometry, seed: seed), variant, "depthwise gradient, \(name)"),
          try agrees(
            .weightUpdate(geometry, isDepthwise: true, partial: false, seed: seed), variant, "update, \(name)"),
          try agrees(.biasUpdate(length: random.int(1...20), channels: channels, seed: seed), variant, "bias, \(name)")
        else { return }
      }
    }
  }

  @Test(arguments: variants) func gradientsOfEverySource(_ variant: KernelVariant) throws {
    for channels in 1...40 {
      for round in 0..<30 {
        let seed = UInt64(channels * 1000 + round)
        var random = SeededRandom(seed: seed)
        let length = random.int(1...20)
        let same = ConvolutionGeometry(
          inputLength: length, inputChannels: channels, outputLength: length, outputChannels: channels, kernel: 1,
          stride: 1, padding: 0)
        let kernel = random.int(1...length)
        let stride = random.int(1...3)
        let pool = ConvolutionGeometry(
          inputLength: length, inputChannels: channels, outputLength: (length - kernel) / stride + 1,
          outputChannels: channels, kernel: kernel, stride: stride, padding: 0)
        let name = "seed \(seed), \(pool)"
        guard
          try agrees(.gradient(.none, same, seed: seed), variant, "sum, \(name)"),
          try agrees(.gradient(.stored, same, seed: seed), variant, "stored, \(name)"),
          try agrees(.gradient(.averagePool, pool, seed: seed), variant, "average pool, \(name)"),
          try agrees(.gradient(.maxPool, pool, seed: seed), variant, "max pool, \(name)"),
          try agrees(
            .averagePool(length: length, channels: channels, kernel: kernel, stride: stride, seed: seed), variant,
            "average pool forward, \(name)")
        else { return }
      }
    }
  }

  /// With one output frame a stride may be anything; nothing that is allocated may follow it.
  @Test(arguments: variants, [2, 7, 100, Int(Int32.max)])
  func aStrideThatNothingNeedsCostsNothing(_ variant: KernelVariant, stride: Int) throws {
    for length in 1...12 {
      for kernel in 1...min(7, length) {
        let padding = kernel / 2
        let seed = UInt64(length * 10 + kernel)
        let geometry = ConvolutionGeometry(
          inputLength: length, inputChannels: 5, outputLength: 1, outputChannels: 5, kernel: kernel, stride: stride,
          padding: padding)
        let name = "seed \(seed), \(geometry)"
        guard
          try agrees(.convolution(geometry, isDepthwise: false, seed: seed), variant, "convolution, \(name)"),
          try agrees(.convolution(geometry, isDepthwise: true, seed: seed), variant, "depthwise, \(name)"),
          try agrees(.gradient(.convolution, geometry, seed: seed), variant, "gradient, \(name)"),
          try agrees(.gradient(.depthwiseConvolution, geometry, seed: seed), variant, "depthwise gradient, \(name)"),
          try agrees(
            .weightUpdate(geometry, isDepthwise: false, partial: false, seed: seed), variant, "update, \(name)"),
          try agrees(
            .weightUpdate(geometry, isDepthwise: true, partial: false, seed: seed), variant, "depthwise update, \(name)"
          )
        else { return }
      }
    }
  }

  @Test(arguments: variants) func residualAddsOfEverySize(_ variant: KernelVariant) throws {
    for count in 1...200 {
      for round in 0..<10 {
        let seed = UInt64(count * 100 + round)
        guard
          try agrees(
            .residualAdd(count: count, inPlace: round % 2 == 0, seed: seed), variant, "seed \(seed), \(count) elements")
        else { return }
      }
    }
  }
}
