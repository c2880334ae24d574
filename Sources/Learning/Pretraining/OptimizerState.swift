/// What an optimiser remembers between steps, and its step.
///
/// Each parameter's new value depends on that parameter alone, so the order does not matter.
final class OptimizerState {
  private let optimizer: PretrainingConfiguration.Optimizer
  private let weightDecay: Float
  /// Adam: the running mean of the gradient. Gradient descent: the velocity.
  private let first: FloatBuffer
  /// Adam: the running mean of the squared gradient.
  private let second: FloatBuffer
  /// Powers of the betas after this many steps.
  private var power1 = 1.0
  private var power2 = 1.0

  init(optimizer: PretrainingConfiguration.Optimizer, weightDecay: Float, count: Int) {
    self.optimizer = optimizer
    self.weightDecay = weightDecay
    first = FloatBuffer(count: count)
    second = FloatBuffer(count: count)
  }

  /// Changes `parameters` by one step along `gradients`.
  func step(parameters: FloatBuffer, gradients: FloatBuffer, rate: Float) {
    switch optimizer {
    case .adam(let beta1, let beta2, let epsilon):
      adam(parameters, gradients, rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    case .stochasticGradientDescent(let momentum):
      for index in 0..<parameters.count {
        let gradient = gradients.base[index] + weightDecay * parameters.base[index]
        let velocity = momentum * first.base[index] + gradient
        first.base[index] = velocity
        parameters.base[index] -= rate * velocity
      }
    }
  }

  private func adam(
    _ parameters: FloatBuffer, _ gradients: FloatBuffer, rate: Float, beta1: Float, beta2: Float, epsilon: Float
  ) {
    power1 *= Double(beta1)
    power2 *= Double(beta2)
    let stepSize = Float(Double(rate) / (1 - power1))
    let correction = Float(1 / (1 - power2).squareRoot())
    let rest1 = Float(1 - Double(beta1))
    let rest2 = Float(1 - Double(beta2))
    for index in 0..<parameters.count {
      let parameter = parameters.base[index]
      let gradient = gradients.base[index] + weightDecay * parameter
      let mean = beta1 * first.base[index] + rest1 * gradient
      let square = beta2 * second.base[index] + rest2 * gradient * gradient
      first.base[index] = mean
      second.base[index] = square
      parameters.base[index] = parameter - stepSize * mean / (square.squareRoot() * correction + epsilon)
    }
  }
}
