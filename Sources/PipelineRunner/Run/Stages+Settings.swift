import Learning
import PipelineModel
import Tensors
import Training
import TrainingCompiler

extension Pretrain {
  /// The stage's settings for the pretrainer.
  func configuration(seed: UInt64, threads: Int) -> PretrainingConfiguration {
    var augmentation = Learning.Augmentation()
    for change in augment {
      switch change {
      case .jitter(let deviation): augmentation.jitter = Float(deviation)
      case .scale(let deviation): augmentation.scale = Float(deviation)
      case .rotation(let degrees): augmentation.rotationDegrees = Float(degrees)
      }
    }
    let schedule: PretrainingConfiguration.Schedule =
      switch self.schedule {
      case .constant: .constant
      case .cosine: .cosine
      case .linear: .linear
      }
    let optimizer: PretrainingConfiguration.Optimizer =
      switch self.optimizer {
      case .adam: .adam()
      case .sgd(_, let momentum): .stochasticGradientDescent(momentum: Float(momentum))
      }
    return PretrainingConfiguration(
      epochs: effectiveEpochs, batchSize: batch, learningRate: Float(self.optimizer.learningRate), optimizer: optimizer,
      schedule: schedule, weightDecay: Float(weightDecay), labelSmoothing: Float(labelSmoothing),
      augmentation: augmentation, seed: seed, threads: threads)
  }
}

extension PipelineModel.UpdateScheme {
  /// The scheme as the compiler takes it.
  func compiled(for network: QuantizedNetwork) throws(RunError) -> TrainingCompiler.UpdateScheme {
    do {
      switch self {
      case .full: return .full(network)
      case .lastBlocks(let count): return try .lastBlocks(count, of: network)
      case .biasesAndLastLayer: return .biasesAndLastLayer(network)
      case .lastLayer: return .lastLayer(network)
      case .tensors(let names): return try .tensors(names, of: network)
      }
    } catch {
      throw .scheme(error)
    }
  }
}

extension Train {
  func checkedLearningRate() throws(RunError) -> (rate: Double, schedule: LearningRate.Schedule) {
    guard case .sgd(let rate, _) = optimizer else {
      throw .unsupported(setting: "Train(optimizer:) other than .sgd", instead: "write .sgd(rate)")
    }
    switch schedule {
    case .constant: return (rate, .constant)
    case .linear: return (rate, .linear)
    case .cosine: return (rate, .cosine)
    case .step(let every, let factor):
      return (rate, .step(every: UInt32(clamping: max(1, every)), factor: RuntimeScale(min(1, factor))))
    }
  }

  /// Refuses a warm-up that the training of a subject would never leave.
  ///
  /// - Parameter windows: That the subject learns from in each epoch.
  func checkWarmUp(_ subject: String, windows: Int) throws(RunError) {
    guard warmUp == 0 || warmUp < windows * epochs else {
      throw .warmUpTooLong(subject, warmUpSteps: warmUp, trainingSteps: windows * epochs)
    }
  }

  var options: TrainingOptions {
    let rounding: Tensors.UpdateRounding =
      switch self.rounding {
      case .stochastic: .stochastic
      case .nearest: .nearest
      case .errorFeedback: .errorFeedback
      }
    let precision: Plan.ErrorElement =
      switch errors {
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      }
    return TrainingOptions(
      scaling: scaling == .qas ? .quantizationAware : .none, rounding: rounding, errorPrecision: precision,
      errorScale: errorScale == .carried ? .carried : .exact,
      errorRounding: errorRounding == .stochastic ? .stochastic : .nearest,
      gradientMemory: accumulate > 1 ? .accumulation(windows: accumulate) : .momentum(optimizer.momentum))
  }
}
