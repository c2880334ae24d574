extension PipelineIssue {
  /// The file of weights that a pipeline names is there, and does not fit the network.
  ///
  /// - Parameters:
  ///   - reason: What does not fit.
  ///   - advice: What to do.
  /// - Returns: Nil where the pipeline names no file.
  public static func weightsDoNotFit(reason: String, advice: String, in pipeline: Pipeline) -> PipelineIssue? {
    let index = pipeline.stages.firstIndex { stage in
      if case .pretrain(let pretrain) = stage { pretrain.weights != nil } else { false }
    }
    guard let index else { return nil }
    return PipelineIssue(
      .invalidValue(subject: "Pretrain(from:)", reason: .weightsDoNotFit(reason: reason, advice: advice)),
      at: PipelinePath().child(index).parameter("from"))
  }
}
