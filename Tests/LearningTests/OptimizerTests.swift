import Testing

@testable import Learning

@Suite struct OptimizerTests {
  private func run(
    _ optimizer: PretrainingConfiguration.Optimizer, weightDecay: Float = 0, gradients: [Float], rate: Float
  ) -> [Float] {
    let state = OptimizerState(optimizer: optimizer, weightDecay: weightDecay, count: 1)
    let parameters = FloatBuffer(count: 1)
    let buffer = FloatBuffer(count: 1)
    parameters.base[0] = 1
    return gradients.map { gradient in
      buffer.base[0] = gradient
      state.step(parameters: parameters, gradients: buffer, rate: rate)
      return parameters.base[0]
    }
  }

  /// Worked by hand with betas of one half and three quarters.
  ///
  /// Step 1: m = 1, v = 1, corrected 2 and 4, so the step is 2 / √4 = 1.
  /// Step 2, gradient 0: m = 0.5, v = 0.75, corrected 2/3 and 12/7.
  /// Step 3, gradient −2: m = −0.75, v = 1.5625, corrected −6/7 and 100/37.
  @Test func adamTakesTheStepsOfItsDefinition() {
    let found = run(.adam(beta1: 0.5, beta2: 0.75, epsilon: 1e-12), gradients: [2, 0, -2], rate: 0.1)
    let steps = [1, (2.0 / 3) / (12.0 / 7).squareRoot(), (-6.0 / 7) / (100.0 / 37).squareRoot()]
    var parameter = 1.0
    for (value, step) in zip(found, steps) {
      parameter -= 0.1 * step
      #expect(abs(Double(value) - parameter) < 1e-6)
    }
  }

  @Test func epsilonIsAddedAfterTheRootAndItsCorrection() {
    // m = 0.2 and v = 0.004 correct to 2 and 4: the step is 2 / (√4 + 2).
    let found = run(.adam(beta1: 0.9, beta2: 0.999, epsilon: 2), gradients: [2], rate: 0.1)
    #expect(abs(found[0] - 0.95) < 1e-6)
  }

  @Test func weightDecayJoinsTheGradientBeforeTheMoments() {
    // The decay of 0.5 · 1 cancels the gradient: nothing moves, as it would if decay were applied apart.
    #expect(run(.adam(), weightDecay: 0.5, gradients: [-0.5], rate: 0.1) == [1])
    // Adam's first step has the rate's size whatever the gradient's.
    let found = run(.adam(), weightDecay: 0.5, gradients: [0], rate: 0.1)
    #expect(abs(found[0] - 0.9) < 1e-6)
  }

  @Test func momentumKeepsAVelocity() {
    // Velocities 1, 0.5, −0.75 at momentum one half.
    let found = run(
      .stochasticGradientDescent(momentum: 0.5), gradients: [1, 0, -1], rate: 0.25)
    #expect(found == [0.75, 0.625, 0.8125])
    let decayed = run(.stochasticGradientDescent(momentum: 0), weightDecay: 0.5, gradients: [0, 0], rate: 0.5)
    #expect(decayed == [0.75, 0.5625])
  }

  @Test func theCosineScheduleFallsFromTheFullRateToZero() {
    let configuration = PretrainingConfiguration(learningRate: 2)
    #expect(configuration.rate(atStep: 0, of: 8) == 2)
    #expect(abs(configuration.rate(atStep: 4, of: 8) - 1) < 1e-6)
    #expect(abs(configuration.rate(atStep: 2, of: 8) - Float(1 + 0.5.squareRoot())) < 1e-6)
    let rates = (0..<8).map { configuration.rate(atStep: $0, of: 8) }
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 } && rates[7] > 0)
    var constant = configuration
    constant.schedule = .constant
    #expect(constant.rate(atStep: 7, of: 8) == 2)
  }
}
