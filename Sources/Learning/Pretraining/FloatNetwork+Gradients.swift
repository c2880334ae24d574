package import TrainingCompiler

extension FloatNetwork {
  /// The mean loss of a batch and its gradients, as pretraining computes them: batch normalisation takes the batch's own
  /// statistics.
  ///
  /// - Parameters:
  ///   - batch: Samples, each `[length][channels]`.
  ///   - labels: A class for each.
  /// - Returns: Gradients parallel to the graph's nodes; running statistics in them mean nothing.
  package func lossAndGradients(
    _ batch: [[Float]], labels: [Int], labelSmoothing: Float = 0
  ) -> (loss: Double, gradients: [NodeParameters]) {
    let trainer = BatchTrainer(network: self, batchSize: batch.count, labelSmoothing: labelSmoothing, threads: 1)
    let loss = trainer.step(labels: labels) { sample, target in
      precondition(batch[sample].count == graph.inputShape.elementCount, "a sample has the network's shape")
      target.update(from: batch[sample], count: batch[sample].count)
    }.loss
    var gradients = parameters
    trainer.executor.layout.read(trainer.gradients.base, into: &gradients)
    return (loss, gradients)
  }
}
