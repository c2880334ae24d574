public import Tensors

/// A network in int8: batch normalisation folded, activations fused into the layers before them.
public struct QuantizedNetwork: Sendable, Hashable {
  public struct Node: Sendable, Hashable {
    public var name: String
    public var operation: Operation
    /// Indices of earlier nodes.
    public var inputs: [Int]
    public var shape: ActivationShape
    /// Of the output; a pool has its input's. Meaningless for the last node, whose sums stay int32.
    public var output: ActivationQuantization
    /// Range `-127...127`, zero point 0, in the layout that `NetworkGraph.Operation` states.
    public var weights: [Int8] = []
    /// One an output channel.
    public var weightScales: [Float] = []
    /// One an output channel, in units of input scale times weight scale.
    public var bias: [Int32] = []
    /// The index in the model as described of each output channel; empty where that is its own.
    public var channelOrigins: [Int] = []
  }

  public enum Operation: Sendable, Hashable {
    case input
    case convolution(NetworkGraph.SlidingKernel)
    case depthwiseConvolution(NetworkGraph.SlidingKernel)
    /// A convolution whose kernel spans the whole input.
    case dense
    case add
    case averagePool(NetworkGraph.SlidingKernel)
    case maxPool(NetworkGraph.SlidingKernel)
    case globalAveragePool
  }

  /// In execution order; node 0 is the input, the last gives the logits.
  public var nodes: [Node]

  public var inputShape: ActivationShape { nodes[0].shape }
  public var classCount: Int { nodes[nodes.count - 1].shape.elementCount }

  /// The index of a node's first parameter in the model as described: weights, then biases, node by node.
  public func firstParameter(ofNode index: Int) -> Int {
    nodes[..<index].reduce(0) { $0 + $1.weights.count + $1.bias.count }
  }

  public var parameterCount: Int { firstParameter(ofNode: nodes.count) }

  /// The indices in the model as described of a node's output channels.
  func channelOrigins(ofNode index: Int) -> [Int] {
    let node = nodes[index]
    return node.channelOrigins.isEmpty ? Array(0..<node.shape.channels) : node.channelOrigins
  }

  /// The sizes of a node that slides a kernel over its input; a dense layer's kernel spans the input.
  public func geometry(ofNode index: Int) -> ConvolutionGeometry {
    let node = nodes[index]
    let input = nodes[node.inputs[0]].shape
    let kernel: NetworkGraph.SlidingKernel
    switch node.operation {
    case .convolution(let sliding), .depthwiseConvolution(let sliding), .averagePool(let sliding),
      .maxPool(let sliding):
      kernel = sliding
    case .dense, .globalAveragePool:
      kernel = NetworkGraph.SlidingKernel(size: input.length)
    case .input, .add:
      kernel = NetworkGraph.SlidingKernel(size: 1)
    }
    return ConvolutionGeometry(
      inputLength: input.length, inputChannels: input.channels, outputLength: node.shape.length,
      outputChannels: node.shape.channels, kernel: kernel.size, stride: kernel.stride, padding: kernel.padding)
  }
}

/// What the integers of an activation mean: `real = scale · (q − zeroPoint)`, for `q` in `low...high`.
public struct ActivationQuantization: Sendable, Hashable {
  public var scale: Float
  /// In `-128...127`.
  public var zeroPoint: Int32
  /// Clamp limits in `-128...127`: those of int8, or of ReLU and ReLU6.
  public var low: Int32
  public var high: Int32

  /// The affine int8 quantisation of a range, which is widened to hold 0.
  ///
  /// - Parameters:
  ///   - range: Real values that int8 must be able to tell apart.
  ///   - activation: Its limits become clamp limits.
  public init(range: ClosedRange<Float>, activation: NetworkGraph.Activation?) {
    let lowest = min(range.lowerBound, 0)
    var highest = max(range.upperBound, 0)
    if highest - lowest < 1e-6 { highest = lowest + 1e-6 }
    scale = (highest - lowest) / 255
    zeroPoint = Int32(max(-128, min(127, (-128 - lowest / scale).rounded())))
    switch activation {
    case nil:
      low = -128
      high = 127
    case .relu:
      low = zeroPoint
      high = 127
    case .relu6:
      low = zeroPoint
      high = max(zeroPoint, min(127, zeroPoint + Int32((6 / scale).rounded(.toNearestOrAwayFromZero).clampedToInt32)))
    }
  }

  public var outputRange: OutputRange { OutputRange(zeroPoint: zeroPoint, low: low, high: high) }
}

extension Float {
  /// The value, kept where an int32 can hold it.
  fileprivate var clampedToInt32: Float { Swift.min(self, 1_000_000_000) }
}
