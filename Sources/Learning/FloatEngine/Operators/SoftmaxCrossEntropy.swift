/// Softmax cross-entropy of one sample, in Double inside: it costs a few exponentials a window.
enum SoftmaxCrossEntropy {
  /// The loss and, where asked for, its gradient with respect to the logits times `gradientScale`.
  ///
  /// With smoothing `s` the target is `1 − s + s/K` for the label and `s/K` for the other `K − 1` classes.
  static func loss(
    logits: UnsafePointer<Float>, classes: Int, label: Int, smoothing: Float,
    gradients: UnsafeMutablePointer<Float>? = nil, gradientScale: Double = 1
  ) -> Double {
    var peak = Double(logits[0])
    for index in 1..<max(classes, 1) { peak = max(peak, Double(logits[index])) }
    var total = 0.0
    for index in 0..<classes { total += Elementary.exponential(Double(logits[index]) - peak) }
    let logTotal = peak + Elementary.logarithm(total)
    let spread = Double(smoothing) / Double(classes)
    var loss = 0.0
    for index in 0..<classes {
      let target = spread + (index == label ? 1 - Double(smoothing) : 0)
      let logProbability = Double(logits[index]) - logTotal
      loss -= target * logProbability
      if let gradients {
        gradients[index] = Float((Elementary.exponential(logProbability) - target) * gradientScale)
      }
    }
    return loss
  }

  /// The first of the largest logits.
  static func argumentOfMaximum(_ logits: UnsafePointer<Float>, classes: Int) -> Int {
    var best = 0
    for index in 1..<max(classes, 1) where logits[index] > logits[best] { best = index }
    return best
  }
}
