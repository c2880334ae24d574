extension Pipeline {
  /// Reports stages that are right in themselves but do not fit one another.
  func checkFit(in validation: inout Validation) {
    let places = Dictionary(
      stages.enumerated().map { ($1.description.name, PipelinePath().child($0)) },
      uniquingKeysWith: { first, _ in first })

    if let ingest, let model, let ingestPath = places["Ingest"], let modelPath = places["Model"],
      validation.isSound(ingestPath), validation.isSound(modelPath)
    {
      Self.checkShapes(of: model, at: modelPath, after: ingest, ingestPath, in: &validation)
    }
    if let ingest, let pretrain, let ingestPath = places["Ingest"], let path = places["Pretrain"],
      validation.isSound(ingestPath), validation.isSound(path)
    {
      Self.checkAugmentations(of: pretrain, at: path, channels: ingest.channelCount, in: &validation)
    }
    if let model, let update, let modelPath = places["Model"], let path = places["Update"],
      validation.isSound(modelPath)
    {
      Self.checkScheme(of: update, at: path, for: model, modelPath, in: &validation)
    }
    search?.checkFit(in: self, places: places, &validation)
    if let evaluate, train == nil, let path = places["Evaluate"], !validation.incompleteBlocks.contains(PipelinePath())
    {
      for (index, metric) in evaluate.metrics.enumerated() where metric == .memory || metric == .latency {
        validation.report(.metricNeedsTraining(metric: metric.description.name), at: path.child(index))
      }
    }
  }

  /// The time axis does not depend on the channels, so kernels are checked even where only reading tells
  /// how many channels there are.
  private static func checkShapes(
    of model: Model, at path: PipelinePath, after ingest: Ingest, _ ingestPath: PipelinePath,
    in validation: inout Validation
  ) {
    guard let length = ingest.window?.lengthSamples(atHertz: ingest.resample?.hertz), length >= 1,
      length <= Layer.elementLimit,
      model.layers.allSatisfy(\.hasSaneSizes)
    else { return }
    let channels = ingest.channelCount ?? 1
    guard channels > 0 else { return }
    let traced = model.facts(
      lengthSamples: length, channels: channels, classCount: ingest.labels?.classNames?.count ?? 2, at: path)
    let window = ingest.steps.firstIndex { if case .window = $0 { true } else { false } }
    if let issue = traced.issue {
      validation.report(issue.fact, at: issue.path, related: window.map { ingestPath.child($0) })
    }
  }

  private static func checkAugmentations(
    of pretrain: Pretrain, at path: PipelinePath, channels: Int?, in validation: inout Validation
  ) {
    guard let channels, !channels.isMultiple(of: 3) else { return }
    for (index, augmentation) in pretrain.augment.enumerated() {
      guard case .rotation = augmentation else { continue }
      validation.report(
        .notTriplets(subject: ".rotation(degrees:)", count: channels), at: path.parameter("augment").element(index))
    }
  }

  private static func checkScheme(
    of update: Update, at path: PipelinePath, for model: Model, _ modelPath: PipelinePath,
    in validation: inout Validation
  ) {
    let place = path.parameter("scheme")
    switch update.scheme {
    case .full, .biasesAndLastLayer, .lastLayer:
      break
    case .lastBlocks(let count):
      let found = model.blockIndices.count
      if count > found {
        validation.report(.tooManyBlocks(asked: count, found: found), at: place, related: modelPath)
      }
    case .tensors(let names):
      for (index, name) in names.enumerated() {
        guard let fact = misfit(ofTensor: name, in: model) else { continue }
        validation.report(fact, at: place.parameter("names").element(index), related: modelPath)
      }
    }
  }

  /// What is wrong with the name of a tensor, which may end in a share of its channels.
  private static func misfit(ofTensor name: String, in model: Model) -> PipelineIssue.Fact? {
    let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let known = model.tensorNames
    guard let tensor = parts.first, known.contains(tensor) else {
      let nearest = nearestName(to: parts.first ?? name, in: known)
      let share = parts.count > 1 ? "/\(parts[1])" : ""
      return .unknownTensor(name: name, nearest: nearest.map { $0 + share }, known: known)
    }
    guard parts.count > 1 else { return nil }
    guard tensor.hasSuffix(".weights"), ["2", "4", "8"].contains(parts[1]) else {
      return .notAShare(name: name, tensor: tensor)
    }
    return model.tensorsOfSensorChannels.contains(tensor) ? .shareOfSensorChannels(name: name, tensor: tensor) : nil
  }
}

extension Layer {
  /// Whether all sizes lie within their limits, so that shapes can be computed from them.
  fileprivate var hasSaneSizes: Bool {
    var validation = Validation()
    validate(in: &validation, at: PipelinePath())
    return validation.issues.isEmpty
  }
}
