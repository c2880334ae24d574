/// A training step that does not fit the arena it is given, and what would.
public struct ArenaShortage: Sendable, Hashable {
  /// A change of the pipeline, as a file would write it, with the bytes of arena it needs.
  public struct Change: Sendable, Hashable {
    /// Such as `Update(.lastLayer)`.
    public var source: String
    public var neededBytes: Int

    public init(source: String, neededBytes: Int) {
      self.source = source
      self.neededBytes = neededBytes
    }
  }

  public var neededBytes: Int
  /// Whether recordings have to tell how many channels or classes there are, so that it may be more.
  public var isLowerBound: Bool
  public var budgetBytes: Int
  /// Single changes that fit, those that train most first.
  public var fitting: [Change]
  /// Where nothing fits: the change that needs least.
  public var smallest: Change?

  public init(
    neededBytes: Int, isLowerBound: Bool, budgetBytes: Int, fitting: [Change], smallest: Change? = nil
  ) {
    self.neededBytes = neededBytes
    self.isLowerBound = isLowerBound
    self.budgetBytes = budgetBytes
    self.fitting = fitting
    self.smallest = smallest
  }

  /// What is wrong, as one sentence without a full stop.
  var message: String {
    "the training step needs \(isLowerBound ? "at least " : "")\(neededBytes) bytes, and 'Train(arena:)' allows "
      + "\(budgetBytes)"
  }

  var suggestion: String {
    let enough = "\(isLowerBound ? "at least " : "").kibibytes(\((neededBytes + 1023) / 1024))"
    guard let first = fitting.first else { return "write \(enough), a shorter window or fewer channels" }
    return "write \(enough), or \(first.source)"
  }

  /// What is said of the place of `Update`.
  var relatedMessage: String {
    if fitting.isEmpty {
      return smallest.map { "even \($0.source) would need \($0.neededBytes) bytes" } ?? "nothing less can be updated"
    }
    let changes = fitting.map { "\($0.source) in \($0.neededBytes) bytes" }
    return "these would fit: \(changes.joined(separator: ", "))"
  }
}

extension Pipeline {
  /// The mistake at the argument that sets the budget.
  public func issue(_ shortage: ArenaShortage) -> PipelineIssue {
    PipelineIssue(
      .arenaTooSmall(shortage), at: path(ofStage: "Train").parameter("arena"),
      related: path(ofStage: "Update").parameter("scheme"))
  }

  /// A network that cannot be trained in int8, for a reason that only compiling it brings to light.
  ///
  /// - Parameters:
  ///   - layer: Its name, where one layer is the reason.
  ///   - reason: A sentence without a full stop; what to do stands behind a semicolon.
  public func issue(notTrainable reason: String, layer: String?) -> PipelineIssue {
    let path = path(ofStage: "Model")
    let index = layer.flatMap { layer in model?.layerNames.firstIndex { layer == $0 || layer.hasPrefix($0 + ".") } }
    let parts = reason.split(separator: ";", maxSplits: 1).map { $0.drop { $0 == " " } }
    return PipelineIssue(
      .notTrainable(reason: String(parts[0]), suggestion: parts.count > 1 ? String(parts[1]) : nil),
      at: index.map { path.child($0) } ?? path)
  }

  private func path(ofStage name: String) -> PipelinePath {
    stages.firstIndex { $0.description.name == name }.map { PipelinePath().child($0) } ?? PipelinePath()
  }
}
