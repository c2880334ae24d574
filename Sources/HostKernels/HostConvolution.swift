import CTrainingKernels
import Kernels
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

/// A convolution as a product of overlapping rows with packed weights.
final class HostConvolution: HostOperation {
  private let context: HostContext
  private let geometry: ConvolutionGeometry
  private let zeroPoint: Int32
  private let input: PaddedFrames
  private let bias: PaddedBias
  private let weights: ForwardWeights
  private let tables: RequantizationTables
  private let maskBytes: Int
  private let requantization: TKRequantization

  /// - Returns: Nothing if factors do not lie among the constants.
  init?(_ request: ConvolutionRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard request.mantissas < 0, request.shifts < 0 else { return nil }
    self.context = context
    geometry = request.geometry
    zeroPoint = request.inputZeroPoint
    input = PaddedFrames(
      source: memory.unsafeAddress(of: request.input, as: Int8.self, count: geometry.inputCount),
      frames: geometry.inputLength, channels: geometry.inputChannels, before: geometry.padding, after: geometry.padding)
    bias = PaddedBias(
      source: memory.unsafeAddress(of: request.bias, as: Int32.self, count: geometry.outputChannels),
      count: geometry.outputChannels)
    weights = context.weights(request.weights, request.split, geometry, isDepthwise: false, memory)
      .forward(rows: geometry.outputChannels, columns: geometry.patchCount)
    tables = RequantizationTables(
      mantissas: request.mantissas, shifts: request.shifts, count: geometry.outputChannels, memory)
    maskBytes = memory.maskBytes(request.mask, elements: geometry.outputCount)
    requantization = TKRequantization(request, tables, memory)
    context.workspace.bytes.reserve(input.byteCount)
    context.workspace.bias.reserve(4 * lanes(geometry.outputChannels))
    context.workspace.start.reserve(4 * lanes(geometry.outputChannels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let kernels = context.kernels
    let workspace = context.workspace
    let outputs = geometry.outputChannels
    weights.refresh(kernels)
    let rows = workspace.bytes.pointer(as: UInt8.self)
    input.copy(filler: zeroPoint, flip: context.flip, to: rows, kernels)
    let start = workspace.start.pointer(as: Int32.self)
    kernels.pointee.corrected(
      bias.padded(workspace.bias), weights.sums.pointer, zeroPoint &+ context.offset, lanes(outputs), start)
    var requantization = requantization
    if let clamped = requantization.clamped, outputs & 15 != 0 { clamped.update(repeating: 0, count: maskBytes) }
    var product = TKProduct(
      rows: rows, rowStride: geometry.stride * geometry.inputChannels, rowCount: geometry.outputLength,
      weights: weights.packed, blockStride: 64 * weights.groups, groupStride: 64, groups: weights.groups, start: start,
      outputs: outputs)
    kernels.pointee.requantizedProduct(&product, &requantization)
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

/// The last layer: sums in one scale, of which the largest is the prediction.
final class HostLogits: HostOperation {
  private let context: HostContext
  private let request: LogitsRequest
  private let state: Int32
  private let input: PaddedFrames
  private let bias: PaddedBias
  private let weights: ForwardWeights

  init?(_ request: LogitsRequest, state: Int32, _ context: HostContext, _ memory: borrowing PlanMemory) {
    let geometry = request.geometry
    guard geometry.outputLength == 1 else { return nil }
    self.context = context
    self.request = request
    self.state = state
    input = PaddedFrames(
      source: memory.unsafeAddress(of: request.input, as: Int8.self, count: geometry.inputCount),
      frames: geometry.inputLength, channels: geometry.inputChannels, before: geometry.padding, after: geometry.padding)
    bias = PaddedBias(
      source: memory.unsafeAddress(of: request.bias, as: Int32.self, count: geometry.outputChannels),
      count: geometry.outputChannels)
    weights = context.weights(request.weights, request.split, geometry, isDepthwise: false, memory)
      .forward(rows: geometry.outputChannels, columns: geometry.patchCount)
    context.workspace.bytes.reserve(input.byteCount)
    context.workspace.bias.reserve(4 * lanes(geometry.outputChannels))
    context.workspace.start.reserve(4 * lanes(geometry.outputChannels))
    context.workspace.sums.reserve(4 * lanes(geometry.outputChannels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let kernels = context.kernels
    let workspace = context.workspace
    let geometry = request.geometry
    let classes = geometry.outputChannels
    weights.refresh(kernels)
    let rows = workspace.bytes.pointer(as: UInt8.self)
    input.copy(filler: request.inputZeroPoint, flip: context.flip, to: rows, kernels)
    let start = workspace.start.pointer(as: Int32.self)
    kernels.pointee.corrected(
      bias.padded(workspace.bias), weights.sums.pointer, request.inputZeroPoint &+ context.offset, lanes(classes), start
    )
    let sums = workspace.sums.pointer(as: Int32.self)
    var product = TKProduct(
      rows: rows, rowStride: 0, rowCount: 1, weights: weights.packed, blockStride: 64 * weights.groups,
      groupStride: 64, groups: weights.groups, start: start, outputs: classes)
    kernels.pointee.product(&product, sums, lanes(classes))
    var output = memory.write(request.output, as: Int32.self, count: classes)
    for c in 0..<classes { output[c] = sums[c] }
    let prediction = scaleLogits(
      &output, mantissas: memory.read(request.mantissas, as: Int32.self, count: classes),
      shifts: memory.read(request.shifts, as: UInt8.self, count: classes))
    var words = memory.write(state, as: Int32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.prediction] = Int32(truncatingIfNeeded: prediction)
  }
}
