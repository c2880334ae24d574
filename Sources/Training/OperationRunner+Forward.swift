import Kernels
import Tensors

extension OperationRunner {
  func copy(_ cursor: inout PlanCursor) {
    let destination = cursor.next()
    let source = cursor.next()
    let count = cursor.nextInt()
    let from = memory.read(source, as: UInt8.self, count: count)
    var to = memory.write(destination, as: UInt8.self, count: count)
    for i in 0..<count { to[i] = from[i] }
  }

  func clear(_ cursor: inout PlanCursor) {
    let destination = cursor.next()
    let count = cursor.nextInt()
    var bytes = memory.write(destination, as: UInt8.self, count: count)
    for i in 0..<count { bytes[i] = 0 }
  }

  /// Keeps the channels of an activation that a weight gradient will read.
  func copyChannels(_ cursor: inout PlanCursor) {
    let inputAt = cursor.next()
    let outputAt = cursor.next()
    let length = cursor.nextInt()
    let channels = cursor.nextInt()
    let kept = cursor.nextInt()
    let input = memory.read(inputAt, as: Int8.self, count: length &* channels)
    var output = memory.write(outputAt, as: Int8.self, count: length &* kept)
    Kernels.copyChannels(input, channels: channels, kept: kept, output: &output)
  }

  func convolution(_ request: ConvolutionRequest) {
    let geometry = request.geometry
    let range = request.range
    let split = request.split
    let depthwise = request.isDepthwise
    let inputZeroPoint = request.inputZeroPoint
    let channels = geometry.outputChannels
    let wholeCount = request.weightCount
    let weightCount = split.updatedCount(of: wholeCount, channels: geometry.inputChannels)
    let maskBytes = memory.maskBytes(request.mask, elements: geometry.outputCount)
    let x = memory.read(request.input, as: Int8.self, count: geometry.inputCount)
    let w = memory.read(request.weights, as: Int8.self, count: weightCount)
    let b = memory.read(request.bias, as: Int32.self, count: channels)
    let m = memory.read(request.mantissas, as: Int32.self, count: channels)
    let s = memory.read(request.shifts, as: UInt8.self, count: channels)
    var sums = memory.write(request.sums, as: Int32.self, count: channels)
    var output = memory.write(request.output, as: Int8.self, count: geometry.outputCount)
    var mask = memory.write(request.mask, as: UInt8.self, count: maskBytes)
    if split.exists {
      let frozen = memory.read(
        split.frozen, as: Int8.self, count: split.frozenCount(of: wholeCount, channels: geometry.inputChannels))
      if depthwise {
        splitDepthwiseConvolutionInt8(
          input: x, inputZeroPoint: inputZeroPoint, updated: w, frozen: frozen, updatedChannels: split.updatedChannels,
          bias: b, mantissas: m, shifts: s, geometry: geometry, range: range, sums: &sums, output: &output,
          clamped: &mask)
      } else {
        splitConvolutionInt8(
          input: x, inputZeroPoint: inputZeroPoint, updated: w, frozen: frozen, updatedChannels: split.updatedChannels,
          bias: b, mantissas: m, shifts: s, geometry: geometry, range: range, sums: &sums, output: &output,
          clamped: &mask)
      }
    } else if depthwise {
      depthwiseConvolutionInt8(
        input: x, inputZeroPoint: inputZeroPoint, weights: w, bias: b, mantissas: m, shifts: s, geometry: geometry,
        range: range, sums: &sums, output: &output, clamped: &mask)
    } else {
      convolutionInt8(
        input: x, inputZeroPoint: inputZeroPoint, weights: w, bias: b, mantissas: m, shifts: s, geometry: geometry,
        range: range, sums: &sums, output: &output, clamped: &mask)
    }
  }

  /// The last layer: int32 sums, brought to one scale; the largest is the prediction.
  func logits(_ request: LogitsRequest) {
    let geometry = request.geometry
    let split = request.split
    let inputZeroPoint = request.inputZeroPoint
    let classes = geometry.outputChannels
    let wholeCount = classes &* geometry.patchCount
    let weightCount = split.updatedCount(of: wholeCount, channels: geometry.inputChannels)
    let x = memory.read(request.input, as: Int8.self, count: geometry.inputCount)
    let w = memory.read(request.weights, as: Int8.self, count: weightCount)
    let b = memory.read(request.bias, as: Int32.self, count: classes)
    let m = memory.read(request.mantissas, as: Int32.self, count: classes)
    let s = memory.read(request.shifts, as: UInt8.self, count: classes)
    var output = memory.write(request.output, as: Int32.self, count: classes)
    if split.exists {
      let frozen = memory.read(
        split.frozen, as: Int8.self, count: split.frozenCount(of: wholeCount, channels: geometry.inputChannels))
      splitConvolutionSumsInt8(
        input: x, inputZeroPoint: inputZeroPoint, updated: w, frozen: frozen, updatedChannels: split.updatedChannels,
        bias: b, geometry: geometry, output: &output)
    } else {
      convolutionSumsInt8(
        input: x, inputZeroPoint: inputZeroPoint, weights: w, bias: b, geometry: geometry, output: &output)
    }
    let prediction = scaleLogits(&output, mantissas: m, shifts: s)
    var words = memory.write(state, as: Int32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.prediction] = Int32(truncatingIfNeeded: prediction)
  }

  func residualAdd(_ request: ResidualAddRequest) {
    let count = request.count
    let left = memory.read(request.left, as: Int8.self, count: count)
    let right = memory.read(request.right, as: Int8.self, count: count)
    var output = memory.write(request.output, as: Int8.self, count: count)
    var mask = memory.write(request.mask, as: UInt8.self, count: memory.maskBytes(request.mask, elements: count))
    residualAddInt8(
      left: left, right: right, factors: request.factors, range: request.range, output: &output, clamped: &mask)
  }

  func averagePool(_ request: AveragePoolRequest) {
    let geometry = request.geometry
    let input = memory.read(request.input, as: Int8.self, count: geometry.inputCount)
    var output = memory.write(request.output, as: Int8.self, count: geometry.outputCount)
    averagePoolInt8(
      input: input, zeroPoint: request.zeroPoint, factor: request.factor, geometry: geometry, output: &output)
  }

  func maxPool(_ cursor: inout PlanCursor) {
    let inputAt = cursor.next()
    let geometry = cursor.nextGeometry()
    let outputAt = cursor.next()
    let winnersAt = cursor.next()
    let winnerCount = winnersAt == Plan.none ? 0 : geometry.outputCount
    let input = memory.read(inputAt, as: Int8.self, count: geometry.inputCount)
    var output = memory.write(outputAt, as: Int8.self, count: geometry.outputCount)
    var winners = memory.write(winnersAt, as: UInt8.self, count: winnerCount)
    maxPoolInt8(input: input, geometry: geometry, output: &output, winners: &winners)
  }
}
