public import Tensors

/// The forward graph of a 1-D convolutional network, without its numbers.
///
/// Nodes are in execution order: every input of a node stands before it. Node 0 is the input window;
/// the last node gives the logits, a vector with one element a class.
public struct NetworkGraph: Sendable, Hashable {
  public struct Node: Sendable, Hashable {
    /// Unique within the graph, such as `block1.expand`.
    public var name: String
    public var operation: Operation
    /// Indices of earlier nodes: none for the input, two for `add`, one for all others.
    public var inputs: [Int]
    /// The shape of what the node gives.
    public var shape: ActivationShape
  }

  public enum Operation: Sendable, Hashable {
    case input
    /// Weights `[outputChannels][kernel][inputChannels]`; a pointwise convolution has kernel 1.
    case convolution(SlidingKernel, hasBias: Bool)
    /// Weights `[kernel][channels]`.
    case depthwiseConvolution(SlidingKernel, hasBias: Bool)
    /// Weights `[outputs][inputs]`, where the inputs are all elements of the activation in order.
    case dense(hasBias: Bool)
    /// Per-channel statistics over batch and time while training, the running ones afterwards.
    case batchNormalization(epsilon: Float)
    case activation(Activation)
    /// The elementwise sum of two activations of one shape: a residual join.
    case add
    case averagePool(SlidingKernel)
    case maxPool(SlidingKernel)
    /// The mean over time of each channel.
    case globalAveragePool
  }

  public enum Activation: String, Sendable, Hashable, CaseIterable {
    case relu
    case relu6
  }

  /// A kernel that slides over time.
  public struct SlidingKernel: Sendable, Hashable {
    /// Frames that one output sees.
    public var size: Int
    /// Frames between two outputs.
    public var stride: Int
    /// Frames of padding on each side. Convolutions pad with real zero; pools never pad.
    public var padding: Int

    public init(size: Int, stride: Int = 1, padding: Int = 0) {
      precondition(size > 0 && stride > 0 && padding >= 0 && padding < size, "a kernel must fit its padding")
      self.size = size
      self.stride = stride
      self.padding = padding
    }

    /// The number of outputs over `length` frames; zero or less if the kernel does not fit.
    public func outputLength(for length: Int) -> Int {
      let span = length + 2 * padding - size
      return span < 0 ? 0 : span / stride + 1
    }
  }

  public internal(set) var nodes: [Node]

  public var inputShape: ActivationShape { nodes[0].shape }
  public var classCount: Int { nodes[nodes.count - 1].shape.elementCount }
}
