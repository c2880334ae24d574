extension Pipeline {
  /// Everything that is wrong with the pipeline, in the order of its stages; empty if it can run.
  public func issues() -> [PipelineIssue] {
    var validation = Validation()
    validate(in: &validation)
    return validation.issues
  }

  /// The same for a pipeline that was read with mistakes, whose paths are those of what was written.
  func issues(knowing context: DecodingContext) -> [PipelineIssue] {
    let made = { (path: PipelinePath) in path.made(from: context.incompleteBlocks) }
    var validation = Validation(
      unsound: Set(context.issues.filter(\.leavesStageUnsound).map { made($0.path.stage) })
        .union(context.unreadable.map(made)),
      incompleteBlocks: Set(context.incompleteBlocks.keys.map(made)))
    validate(in: &validation)
    return validation.issues.map { issue in
      PipelineIssue(
        issue.fact, at: issue.path.written(in: context.incompleteBlocks),
        related: issue.related?.written(in: context.incompleteBlocks))
    }
  }

  private func validate(in validation: inout Validation) {
    Self.schema.validate(self, in: &validation, at: PipelinePath())
    checkFit(in: &validation)
  }
}

extension PipelineIssue {
  /// Whether the stage of this issue holds a default in place of what was meant.
  fileprivate var leavesStageUnsound: Bool {
    if case .unknownStage(_, _, let nearest, _, _) = fact { return nearest == nil && !path.steps.isEmpty }
    return true
  }
}

extension PipelinePath {
  /// The path in what was written, from one in a pipeline that lacks the stages not recognised.
  fileprivate func written(in blocks: [PipelinePath: [Int]]) -> PipelinePath {
    var result = PipelinePath()
    for step in steps {
      if case .child(let index) = step, let kept = blocks[result], kept.indices.contains(index) {
        result.steps.append(.child(kept[index]))
      } else {
        result.steps.append(step)
      }
    }
    return result
  }

  /// The reverse; a stage that was not recognised keeps its number, at which nothing is reported.
  fileprivate func made(from blocks: [PipelinePath: [Int]]) -> PipelinePath {
    var written = PipelinePath()
    var result = PipelinePath()
    for step in steps {
      if case .child(let index) = step, let kept = blocks[written], let position = kept.firstIndex(of: index) {
        result.steps.append(.child(position))
      } else {
        result.steps.append(step)
      }
      written.steps.append(step)
    }
    return result
  }
}
