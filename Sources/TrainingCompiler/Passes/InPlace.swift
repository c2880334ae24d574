import Tensors

/// Finds which operations may write their output over an input that they read for the last time.
///
/// The engine goes through convolutions, joins, pools and gradients frame by frame: it reads what a frame needs,
/// then writes the frame. As long as the end of what is written stays at or before the beginning of what is still to
/// be read, both may share bytes. How far behind the output's beginning the input must begin follows from shapes:
/// the lead. A join needs none; a depthwise convolution with padding 2 needs two frames; a pointwise convolution
/// that widens its input needs the difference of the sizes, so that the input lies at the end of the output.
///
/// Depthwise convolution in place is from Lin et al. 2020, "MCUNet: Tiny Deep Learning on IoT Devices"; the sharing
/// of input and output along a diagonal from Blacker, Bridges and Hadfield 2020, "Diagonal Memory Optimisation for
/// Machine Learning on Micro-controllers".
enum InPlace {
  static func run(_ graph: TrainingGraph) -> TrainingGraph {
    var result = graph
    for index in result.forward.indices { result.forward[index].overlaps = overlaps(of: result.forward[index].kind) }
    for index in result.backward.indices { result.backward[index].overlaps = overlaps(of: result.backward[index].kind) }
    return result
  }

  static func overlaps(of kind: TrainingGraph.Kind) -> [TrainingGraph.Overlap] {
    switch kind {
    case .convolution(let c, _):
      return [TrainingGraph.Overlap(input: c.input, output: c.output, lead: FrameLead.convolution(c.geometry))]
    case .copyChannels(let input, _, _, let output):
      // A frame becomes shorter, so what is written never reaches what is still to be read.
      return [TrainingGraph.Overlap(input: input, output: output, lead: 0)]
    case .residualAdd(let add):
      return Set([add.left, add.right]).sorted().map {
        TrainingGraph.Overlap(input: $0, output: add.output, lead: 0)
      }
    // A pool keeps its channels and writes an element as soon as its window is read: element c of frame t stands
    // at t · C + c, and no later element reads before t · stride · C + c + 1.
    case .averagePool(let input, _, _, _, let output):
      return [TrainingGraph.Overlap(input: input, output: output, lead: 0)]
    case .maxPool(let input, _, let output, _):
      return [TrainingGraph.Overlap(input: input, output: output, lead: 0)]
    case .gradient(let g):
      // Elements of different widths are kept apart, so that no two views of one byte differ in type.
      let outputs = g.outputs.filter { $0.kind == .quantized }.map(\.buffer)
      var inputs: [(buffer: TrainingGraph.BufferID, lead: Int)] = g.addends.map { ($0, 0) }
      if let errors = g.errors, g.source == .convolution || g.source == .depthwiseConvolution {
        inputs.append((errors, FrameLead.inputGradient(g.geometry, elementBytes: g.element.byteCount)))
      }
      return inputs.flatMap { input in
        outputs.map { TrainingGraph.Overlap(input: input.buffer, output: $0, lead: input.lead) }
      }
    default:
      return []
    }
  }
}

/// How many bytes an input must begin behind an output that is written over it, frame by frame.
///
/// With `w(t)` the end of what is written after frame `t` and `r(t)` the beginning of what later frames read, both
/// from the beginning of their tensors, it is the largest `w(t) − r(t)` over all frames but the last.
enum FrameLead {
  /// Of a convolution, dense or depthwise, whose frame is complete in int32 before any of it is written.
  static func convolution(_ g: ConvolutionGeometry) -> Int {
    lead(frames: g.outputLength, frameBytes: g.outputChannels) { t in
      max(0, (t + 1) * g.stride - g.padding) * g.inputChannels
    }
  }

  /// Of the gradient of a convolution's input, over the convolution's errors; both tensors begin with a scale of
  /// the same size, and the output's is written before its first frame.
  static func inputGradient(_ g: ConvolutionGeometry, elementBytes: Int) -> Int {
    let later = lead(frames: g.inputLength, frameBytes: g.inputChannels * elementBytes) { t in
      firstErrorFrame(ofInput: t + 1, g) * g.outputChannels * elementBytes
    }
    return max(later, 0)
  }

  /// The first output frame under whose kernel an input frame lies: `⌈(frame + padding − kernel + 1) / stride⌉`.
  private static func firstErrorFrame(ofInput frame: Int, _ g: ConvolutionGeometry) -> Int {
    min(g.outputLength, max(0, frame + g.padding - g.kernel + g.stride) / g.stride)
  }

  private static func lead(frames: Int, frameBytes: Int, readFrom: (Int) -> Int) -> Int {
    guard frames > 1 else { return -readFrom(0) }
    return (0..<frames - 1).map { ($0 + 1) * frameBytes - readFrom($0) }.max() ?? 0
  }
}
