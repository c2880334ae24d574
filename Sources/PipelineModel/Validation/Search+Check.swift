extension Search {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if case .named(let names)? = method.order {
      validation.checkNames(
        names, subject: ".named(_:)", at: path.parameter("by").parameter("order").parameter("names"))
    }
    if shares.isEmpty { validation.report(.emptyArray(subject: "Search(shares:)"), at: path.parameter("shares")) }
    for (index, share) in shares.enumerated() {
      guard let earlier = shares[..<index].firstIndex(of: share) else { continue }
      validation.report(
        .duplicateElement(subject: "Search(shares:)", element: ".\(share.name)"),
        at: path.parameter("shares").element(index), related: path.parameter("shares").element(earlier))
    }
  }

  /// What can only be seen beside the other stages.
  ///
  /// - Parameter places: The paths of the stages of the pipeline, by name.
  func checkFit(in pipeline: Pipeline, places: [String: PipelinePath], _ validation: inout Validation) {
    guard let path = places["Search"] else { return }
    if let update = places["Update"] {
      validation.reportStructure(.exclusiveStages(name: "Search", other: "Update"), at: path, related: update)
    }
    if let arena, let train = pipeline.train, let trainPath = places["Train"], arena.bytes > train.arena.bytes {
      validation.report(
        .searchArenaTooLarge(bytes: arena.bytes, trainBytes: train.arena.bytes), at: path.parameter("arena"),
        related: trainPath.parameter("arena"))
    }
    if let model = pipeline.model, let modelPath = places["Model"], validation.isSound(modelPath),
      case .named(let names)? = method.order
    {
      let known = model.tensorNames
      for (index, name) in names.enumerated() where !name.isEmpty && !known.contains(name) {
        validation.report(
          .unknownTensor(name: name, nearest: nearestName(to: name, in: known), known: known),
          at: path.parameter("by").parameter("order").parameter("names").element(index))
      }
    }
    if let ingest = pipeline.ingest, let ingestPath = places["Ingest"] {
      checkFit(ingest, at: path, ingestPath: ingestPath, &validation)
    }
  }

  private func checkFit(
    _ ingest: Ingest, at path: PipelinePath, ingestPath: PipelinePath, _ validation: inout Validation
  ) {
    let tested = ingest.split?.holdOut ?? []
    let splitIndex = ingest.steps.firstIndex { if case .split = $0 { true } else { false } }
    for (stepIndex, step) in (self.validation ?? []).enumerated() {
      let place = path.child(stepIndex)
      switch step {
      case .rotate(let rotate):
        ingest.checkTriplets(of: rotate, at: place, readsAt: ingestPath, in: &validation)
      case .split(let split):
        if split.holdOutLast != nil {
          validation.report(
            .invalidValue(subject: "Split(holdOutLast:)", reason: .notForSearch), at: place.parameter("holdOutLast"))
        }
        for (index, name) in (split.holdOut ?? []).enumerated() {
          guard let splitIndex, let test = tested.firstIndex(of: name) else { continue }
          validation.report(
            .testSubjectValidates(name), at: place.parameter("holdOut").element(index),
            related: ingestPath.child(splitIndex).parameter("holdOut").element(test))
        }
      }
    }
  }
}
