import CTrainingKernels
import Tensors
import Training

/// An activation or error tensor as a product reads it: offset bytes, with frames before and behind.
struct PaddedFrames {
  let source: UnsafePointer<Int8>
  let frames: Int
  let channels: Int
  let before: Int
  let after: Int

  var byteCount: Int { (before + frames + after) * channels }

  /// - Parameter filler: What stands in the frames before and behind, without the offset.
  @inline(__always)
  func copy(filler: Int32, flip: UInt8, to target: UnsafeMutablePointer<UInt8>, _ kernels: UnsafePointer<TKKernels>) {
    let byte = UInt8(truncatingIfNeeded: filler) ^ flip
    let start = before * channels
    let count = frames * channels
    if before > 0 { target.update(repeating: byte, count: start) }
    kernels.pointee.copy(source, count, flip, target + start)
    if after > 0 { (target + start + count).update(repeating: byte, count: after * channels) }
  }
}

/// The factors that requantize a layer's sums, with room for whole blocks.
struct RequantizationTables {
  let mantissas: Table<Int32>
  let shifts: Table<UInt8>
  let isNarrow: Bool

  init(mantissas m: Int32, shifts s: Int32, count: Int, _ memory: borrowing PlanMemory) {
    mantissas = Table(copying: memory.unsafeAddress(of: m, as: Int32.self, count: count), count: count, zero: 0)
    shifts = Table(copying: memory.unsafeAddress(of: s, as: UInt8.self, count: count), count: count, zero: 33)
    isNarrow = (0..<count).allSatisfy { [shifts, mantissas] in shifts.pointer[$0] > 32 || mantissas.pointer[$0] == 0 }
  }
}

/// Biases, int32, where whole blocks can be read.
struct PaddedBias {
  let source: UnsafePointer<Int32>
  let count: Int

  @inline(__always)
  func padded(_ scratch: Scratch) -> UnsafePointer<Int32> {
    guard count & 15 != 0 else { return source }
    let copy = scratch.pointer(as: Int32.self)
    copy.update(from: source, count: count)
    return UnsafePointer(copy)
  }
}

extension TKRequantization {
  init(_ request: ConvolutionRequest, _ tables: RequantizationTables, _ memory: borrowing PlanMemory) {
    let elements = request.geometry.outputCount
    self.init(
      mantissas: tables.mantissas.pointer, shifts: tables.shifts.pointer, isNarrow: tables.isNarrow,
      zero: request.range.zeroPoint, low: request.range.low, high: request.range.high,
      output: memory.unsafeMutableAddress(of: request.output, as: Int8.self, count: elements),
      clamped: request.mask == Plan.none
        ? nil
        : memory.unsafeMutableAddress(
          of: request.mask, as: UInt8.self, count: memory.maskBytes(request.mask, elements: elements)))
  }
}
