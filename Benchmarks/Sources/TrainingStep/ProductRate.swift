import CTrainingKernels

/// The product of the network's own size, 64 × 32 × 96, that the step is measured by: activations and weights of int8,
/// packed once, sums of int32, with AVX-512 VNNI.
final class ProductRate {
  static let multiplyAccumulates = 64 * 32 * 96
  private let kernels: UnsafePointer<TKKernels>
  private let rows = UnsafeMutablePointer<UInt8>.allocate(capacity: 64 * 96 + 64)
  private let packed = UnsafeMutablePointer<Int8>.allocate(capacity: 32 * 96)
  private let sums = UnsafeMutablePointer<Int32>.allocate(capacity: 32)
  private let result = UnsafeMutablePointer<Int32>.allocate(capacity: 64 * 32)

  /// - Returns: Nothing where the processor lacks the instructions.
  init?() {
    guard tkHasAVX512VNNI(), let kernels = tkAVX512VNNI() else { return nil }
    self.kernels = kernels
    var random = SplitMix64(seed: 1)
    for i in 0..<64 * 96 + 64 { rows[i] = UInt8.random(in: 0...255, using: &random) }
    let weights = (0..<32 * 96).map { _ in Int8.random(in: -127...127, using: &random) }
    kernels.pointee.packRows(weights, 32, 96, packed, sums)
  }

  deinit {
    rows.deallocate()
    packed.deallocate()
    sums.deallocate()
    result.deallocate()
  }

  func run() {
    var product = TKProduct(
      rows: rows, rowStride: 96, rowCount: 64, weights: packed, blockStride: 64 * 24, groupStride: 64, groups: 24,
      start: sums, outputs: 32)
    kernels.pointee.product(&product, result, 32)
  }
}
