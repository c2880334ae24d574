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

  /// Where the scale of an error tensor comes from.
  public enum ErrorScale: String, Sendable, Hashable, CaseIterable {
    /// The largest magnitude of this step, which costs a second pass over the gradient, or int32 room for all of it.
    case exact
    /// The largest magnitude of the steps before, in 8 bytes a tensor: one pass. What is larger saturates and is
    /// counted.
    case carried
  }

  /// What an update keeps of gradients from one step to the next: an int8 value for each updated parameter and a
  /// scale for each row of weights, all in the arena.
  public enum GradientMemory: Sendable, Hashable {
    case none
    /// `v ← momentum · v + g`, and every step descends along `v`. In `0 ..< 1`; 0 is none.
    case momentum(Double)
    /// Every this many windows one step along the mean of their gradients; 1 is none. What the windows after the last
    /// whole number of them gave is not applied.
    case accumulation(windows: Int)
  }

  public var scaling: Scaling
  public var rounding: UpdateRounding
  /// The element type of error tensors, and of gradients that joins pass on.
  public var errorPrecision: Plan.ErrorElement
  public var errorScale: ErrorScale
  public var errorRounding: ErrorRounding
  public var gradientMemory: GradientMemory

  /// - Precondition: A momentum lies in `0 ..< 1`; gradients accumulate over `1...65_536` windows.
  public init(
    scaling: Scaling = .quantizationAware, rounding: UpdateRounding = .stochastic,
    errorPrecision: Plan.ErrorElement = .int8, errorScale: ErrorScale = .exact,
    errorRounding: ErrorRounding = .nearest, gradientMemory: GradientMemory = .none
  ) {
    switch gradientMemory {
    case .none: break
    case .momentum(let share): precondition(share >= 0 && share < 1, "a momentum is a share below 1")
    case .accumulation(let windows): precondition((1...65_536).contains(windows), "some windows give one step")
    }
    self.scaling = scaling
    self.rounding = rounding
    self.errorPrecision = errorPrecision
    self.errorScale = errorScale
    self.errorRounding = errorRounding
    self.gradientMemory = gradientMemory
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
