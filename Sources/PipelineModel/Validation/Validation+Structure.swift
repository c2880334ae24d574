extension Validation {
  /// Reports stages that are missing, doubled or out of order in one pair of braces.
  mutating func checkStructure(_ stages: [StageDescription], of owner: StageDescription, at path: PipelinePath) {
    if owner.requiredChildren.isEmpty && stages.isEmpty, let first = owner.children?.first,
      !incompleteBlocks.contains(path)
    {
      reportStructure(.emptyBraces(owner: owner.name, example: first.example), at: path)
    }
    checkDuplicates(stages, of: owner, at: path)
    checkOrder(stages, at: path)
    // An unrecognised stage may be the one that is missing.
    if !incompleteBlocks.contains(path) { checkPresence(stages, of: owner, at: path) }
  }

  private mutating func checkDuplicates(
    _ stages: [StageDescription], of owner: StageDescription, at path: PipelinePath
  ) {
    var first: [String: Int] = [:]
    for (index, stage) in stages.enumerated() where !stage.isRepeatable {
      if let earlier = first[stage.name] {
        reportStructure(
          .duplicateStage(owner: owner.name, name: stage.name), at: path.child(index), related: path.child(earlier))
      } else {
        first[stage.name] = index
      }
    }
  }

  private mutating func checkOrder(_ stages: [StageDescription], at path: PipelinePath) {
    var firstOfPhase: [Int: Int] = [:]
    // What neither takes nor gives anything, such as a test, stands anywhere.
    for (index, stage) in stages.enumerated() where !stage.takes.isEmpty || !stage.gives.isEmpty {
      if firstOfPhase[stage.phase] == nil { firstOfPhase[stage.phase] = index }
      // The first stage that it must precede is the place to move it to.
      guard let target = firstOfPhase.filter({ $0.key > stage.phase }).values.min() else { continue }
      reportStructure(
        .stageOrder(
          name: stage.name, before: stages[target].name, reason: Self.reason(for: stage, before: stages[target])),
        at: path.child(index), related: path.child(target))
    }
  }

  private static func reason(
    for stage: StageDescription, before target: StageDescription
  ) -> PipelineIssue.OrderReason? {
    if let converted = stage.takes.first, target.takes.contains(converted), let result = target.gives.first,
      !target.gives.contains(converted), stage.gives.contains(converted)
    {
      return .isConverted(converted, into: result)
    }
    return stage.gives.first(where: target.takes.contains).map { .isTaken($0) }
  }

  /// Whatever a stage takes, some stage has to give, and so on for the stages that are missing.
  private mutating func checkPresence(
    _ stages: [StageDescription], of owner: StageDescription, at path: PipelinePath
  ) {
    let known = owner.children ?? []
    var present = Set(stages.map(\.name))
    var open: [(stage: StageDescription, neededBy: String?)] = []
    func isOpen(_ name: String) -> Bool { open.contains { $0.stage.name == name } }

    for name in owner.requiredChildren where !present.contains(name) {
      if let stage = known.first(where: { $0.name == name }) { open.append((stage, nil)) }
    }
    var takers = stages + open.map(\.stage)
    var position = 0
    while position < takers.count {
      let taker = takers[position]
      position += 1
      for material in taker.takes where !taker.gives.contains(material) {
        let givers = known.filter { $0.gives.contains(material) && $0.name != taker.name }
        guard let giver = givers.first, !givers.contains(where: { present.contains($0.name) }) else { continue }
        present.insert(giver.name)
        if isOpen(giver.name) { continue }
        open.append((giver, taker.name))
        takers.append(giver)
      }
    }
    // A scheme that nothing trains by is a forgotten stage, not a wish.
    if let giver = ["Update", "Search"].first(where: present.contains), !present.contains("Train"),
      let train = known.first(where: { $0.name == "Train" })
    {
      open.append((train, giver))
    }
    for (stage, neededBy) in open.sorted(by: { $0.stage.phase < $1.stage.phase }) {
      reportStructure(.missingStage(owner: owner.name, stage: stage, neededBy: neededBy), at: path)
    }
  }
}
