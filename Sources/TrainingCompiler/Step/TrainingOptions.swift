public import Tensors

/// How a training step is done, apart from what it updates.
public struct TrainingOptions: Sendable, Hashable {
  /// How gradients of stored integers are scaled into steps.
  public enum Scaling: String, Sendable, Hashable {
    /// Quantisation-aware scaling: a step on the integers equals the float step.
    case quantizationAware
    /// The plain gradient of the integers.
    case none
  }

  public var scaling: Scaling
  public var rounding: UpdateRounding

  public init(scaling: Scaling = .quantizationAware, rounding: UpdateRounding = .stochastic) {
    self.scaling = scaling
    self.rounding = rounding
  }
}

/// Why a training step cannot be compiled.
public enum CompilationError: Error, Sendable, Hashable {
  /// A sum over so many products or frames could leave int32.
  case sumTooWide(layer: String, sum: String)
  /// The network does not end in one dense layer that nothing else reads.
  case noLogits
  /// The step does not fit its budget.
  case budgetTooSmall(neededBytes: Int, budgetBytes: Int, largest: [BufferUse])
  /// A share of channels is asked for of a layer that reads the sensor's channels, which keep their order.
  case fixedChannels(layer: String)
  /// A plan's words address at most 2 GiB.
  case tooLarge

  /// A buffer at the peak of memory.
  public struct BufferUse: Sendable, Hashable {
    public var name: String
    public var byteCount: Int
  }
}
