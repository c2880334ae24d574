import ArgumentParser
import PipelineModel

/// What replaces the arguments of a pipeline's `Search`.
struct SearchOptions: ParsableArguments {
  @Option(
    name: .customLong("budget"), parsing: .singleValue,
    help: ArgumentHelp(
      "Bytes of arena that a scheme may take, such as 64KiB; may be repeated. (default: as the pipeline says)",
      valueName: "size"))
  var budgets: [String] = []

  @Option(help: "How schemes are proposed: \(Method.allCases.map(\.rawValue).joined(separator: ", ")).")
  var by: Method?

  @Option(help: "How far accuracy may fall while tensors are frozen, in points, 0 to 100. (default: 1)")
  var threshold: Double?

  @Option(
    help: ArgumentHelp(
      "Which tensor is frozen first: least-value, largest, last, first, or names separated by commas.",
      valueName: "order"),
    completion: .list(["least-value", "largest", "last", "first"]))
  var order: String?

  @Option(
    help:
      "Schemes to measure besides those of the contribution table and of the freeze path, 1 to 10000. (default: as the pipeline says)"
  )
  var evaluations: Int?

  @Option(help: "How often each subject adapts by a scheme, 1 to 100. (default: as the pipeline says)")
  var seeds: Int?

  enum Method: String, CaseIterable, ExpressibleByArgument {
    case contribution, freeze, both
  }

  func validate() throws {
    try Limits.check(evaluations, of: "--evaluations", within: 1...10_000)
    try Limits.check(seeds, of: "--seeds", within: 1...100)
    for budget in budgets where ByteSize.bytes(budget) == nil {
      throw ValidationError("--budget takes a size such as 64KiB or 65536, found '\(budget)'")
    }
    if let threshold, !(0...100).contains(threshold) {
      throw ValidationError("--threshold takes points of accuracy from 0 to 100, found \(threshold)")
    }
    if by == .contribution {
      for (name, isGiven) in [("--threshold", threshold != nil), ("--order", order != nil)] where isGiven {
        throw ValidationError("\(name) is about freezing; choose --by freeze or --by both with it")
      }
    }
  }

  var budgetBytes: [Int] { budgets.compactMap { ByteSize.bytes($0) } }

  /// The stage with what is given here in place of what it has.
  func applied(to stage: Search) -> Search {
    var stage = stage
    stage.evaluations = evaluations ?? stage.evaluations
    stage.seeds = seeds ?? stage.seeds
    if by != nil || threshold != nil || order != nil { stage.method = method(inPlaceOf: stage.method) }
    // Budgets are told apart from the arena of the pipeline, which they may exceed.
    if !budgets.isEmpty { stage.arena = nil }
    return stage
  }

  private func method(inPlaceOf present: SearchMethod) -> SearchMethod {
    let order = freezingOrder ?? present.order ?? .leastValue
    var threshold = threshold ?? 1
    var kind = by
    switch present {
    case .contribution: kind = kind ?? .both
    case .freezeUntilDip(let value, _):
      threshold = self.threshold ?? value
      kind = kind ?? .freeze
    case .both(let value, _):
      threshold = self.threshold ?? value
      kind = kind ?? .both
    }
    switch kind {
    case .contribution: return .contribution
    case .freeze: return .freezeUntilDip(threshold: threshold, order: order)
    case .both, nil: return .both(threshold: threshold, order: order)
    }
  }

  private var freezingOrder: FreezingOrder? {
    switch order {
    case nil: nil
    case "least-value": .leastValue
    case "largest": .largest
    case "last": .last
    case "first": .first
    case let names?: .named(names.split(separator: ",").map(String.init))
    }
  }
}
