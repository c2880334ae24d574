import CTrainingKernels
import Kernels
import Tensors
import Training

/// The gradient of an activation, made once in int32 and quantized from there.
final class HostGradient: HostOperation {
  private let context: HostContext
  private let request: GradientRequest
  private let state: Int32
  private let source: HostGradientSource
  private let outputs: [HostGradientOutput]
  private let addends: [UnsafePointer<Int8>]

  /// - Returns: Nothing for errors of 16 or 32 bits and for max pools.
  init?(_ request: GradientRequest, state: Int32, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard let source = HostGradientSource(request, context, memory) else { return nil }
    let count = request.geometry.inputCount
    let hasErrors = request.hasQuantizedOutput || request.addendCount > 0
    guard request.element == .int8 || !hasErrors else { return nil }
    self.context = context
    self.request = request
    self.state = state
    self.source = source
    var outputs: [HostGradientOutput] = []
    for index in 0..<request.outputCount {
      outputs.append(HostGradientOutput(request.output(index), request, memory))
    }
    self.outputs = outputs
    var addends: [UnsafePointer<Int8>] = []
    for index in 0..<request.addendCount {
      addends.append(
        memory.unsafeAddress(of: request.addend(index) &+ Int32(Plan.scaleBytes), as: Int8.self, count: count))
    }
    self.addends = addends
    context.workspace.gradient.reserve(4 * request.frames * lanes(request.channels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let kernels = context.kernels
    let terms = GradientTerms(request, memory)
    let gradient = context.workspace.gradient.pointer(as: Int32.self)
    source.make(gradient, context)
    addAddends(to: gradient, terms)
    guard request.hasQuantizedOutput else { return store(gradient, unit: terms.unit, memory) }
    let isKnown = outputs.allSatisfy { $0.isKnown(memory) }
    for output in outputs {
      if !isKnown { output.findLargest(gradient, kernels) }
      output.chooseScale(unit: terms.unit, memory, kernels)
    }
    var saturated = 0
    for output in outputs { saturated &+= output.quantize(gradient, kernels, request.rounding, step) }
    for output in outputs where output.isCarried {
      if isKnown { output.findLargest(gradient, kernels) }
      output.carry(unit: terms.unit, memory)
    }
    var words = memory.write(state, as: UInt32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.saturated] &+= UInt32(truncatingIfNeeded: saturated)
  }

  private func addAddends(to gradient: UnsafeMutablePointer<Int32>, _ terms: GradientTerms) {
    guard request.addendCount > 0 else { return }
    let kernels = context.kernels
    let width = lanes(request.channels)
    if let alignment = terms.source {
      kernels.pointee.align(gradient, request.frames, width, TKAlignment(alignment))
    } else {
      gradient.update(repeating: 0, count: request.frames * width)
    }
    for (index, addend) in addends.enumerated() {
      guard let alignment = index == 0 ? terms.firstAddend : terms.secondAddend else { continue }
      kernels.pointee.addAligned(gradient, addend, request.frames, request.channels, TKAlignment(alignment))
    }
  }

  /// The int32 gradient itself, in the scale in which it was summed.
  private func store(_ gradient: UnsafePointer<Int32>, unit: RuntimeScale, _ memory: borrowing PlanMemory) {
    let operand = request.output(0).operand
    let channels = request.channels
    let values = memory.unsafeMutableAddress(
      of: operand &+ Int32(Plan.scaleBytes), as: Int32.self, count: request.geometry.inputCount)
    for t in 0..<request.frames {
      (values + t * channels).update(from: gradient + t * lanes(channels), count: channels)
    }
    memory.setScale(unit, of: operand)
  }
}

extension TKAlignment {
  init(_ alignment: GradientAlignment) {
    self.init(mantissa: alignment.mantissa, shift: alignment.shift)
  }
}
