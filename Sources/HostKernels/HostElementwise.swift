import CTrainingKernels
import Tensors
import Training

final class HostResidualAdd: HostOperation {
  private let context: HostContext
  private let add: TKResidualAdd

  init(_ request: ResidualAddRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    self.context = context
    let count = request.count
    let factors = request.factors
    add = TKResidualAdd(
      left: memory.unsafeAddress(of: request.left, as: Int8.self, count: count),
      right: memory.unsafeAddress(of: request.right, as: Int8.self, count: count), count: count,
      leftZero: factors.leftZeroPoint, rightZero: factors.rightZeroPoint, leftFactor: factors.left,
      rightFactor: factors.right, shift: Int32(factors.shift), zero: request.range.zeroPoint, low: request.range.low,
      high: request.range.high, output: memory.unsafeMutableAddress(of: request.output, as: Int8.self, count: count),
      clamped: request.mask == Plan.none
        ? nil
        : memory.unsafeMutableAddress(
          of: request.mask, as: UInt8.self, count: memory.maskBytes(request.mask, elements: count)))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    var add = add
    if let clamped = add.clamped { clamped.update(repeating: 0, count: (add.count + 7) / 8) }
    context.kernels.pointee.residualAdd(&add)
  }
}

final class HostAveragePool: HostOperation {
  private let context: HostContext
  private let request: AveragePoolRequest
  private let input: UnsafePointer<Int8>
  private let output: UnsafeMutablePointer<Int8>

  init(_ request: AveragePoolRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    precondition(
      request.geometry.outputChannels == request.geometry.inputChannels && request.geometry.padding == 0,
      "a pool keeps its channels and never pads")
    self.context = context
    self.request = request
    input = memory.unsafeAddress(of: request.input, as: Int8.self, count: request.geometry.inputCount)
    output = memory.unsafeMutableAddress(of: request.output, as: Int8.self, count: request.geometry.outputCount)
    context.workspace.sums.reserve(4 * lanes(request.geometry.inputChannels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let geometry = request.geometry
    let channels = geometry.inputChannels
    let sums = context.workspace.sums.pointer(as: Int32.self)
    // The sum of a window without its zero points.
    let zeros = Int32(truncatingIfNeeded: geometry.kernel) &* request.zeroPoint
    for t in 0..<geometry.outputLength {
      // Read as a whole before its output, which may lie over the first of its frames, is written.
      context.kernels.pointee.channelSums(input + t * geometry.stride * channels, geometry.kernel, channels, sums)
      for c in 0..<channels {
        let mean = Int64(request.zeroPoint) &+ request.factor.scale(sums[c] &- zeros)
        output[t * channels + c] = Int8(truncatingIfNeeded: max(-128, min(127, mean)))
      }
    }
  }
}
