public import TrainingCompiler

/// Finds the choice of largest contribution under a byte budget by branch and bound, and proves it.
///
/// Layers are decided one after another, the bias depth first. A partial choice is given up when even a
/// fractional fill of the remaining bytes could not beat the best choice known, or when the planner's lower
/// bound is above the budget. Both are sound because whatever is updated besides adds at least its own parameters to
/// what a scheme needs: they stay in the arena throughout. Partial choices are taken in the order of their bounds, so
/// that whatever the limit cuts off is bounded too.
public struct ExactSearch: Sendable, Hashable {
  /// Partial choices that may be taken up; the search then stops and says what it could not rule out.
  public var nodeLimit: Int

  public init(nodeLimit: Int = 4000) {
    self.nodeLimit = nodeLimit
  }

  public struct Answer: Codable, Sendable, Hashable {
    public var best: TableAnswer
    /// Whether no choice that fits is worth more.
    public var isProven: Bool
    /// No choice that fits is worth more than this.
    public var upperBound: Double
    /// Partial choices taken up.
    public var nodes: Int

    /// By how much another answer is worth less.
    public func regret(of other: TableAnswer) -> Double { best.value - other.value }
  }

  /// - Parameter known: An answer to begin with, which saves work.
  /// - Throws: `SearchError.nothingFits` if the table's base is too large.
  public func answer(
    table: ContributionTable, network: QuantizedNetwork, bytes: PlannedBytes, budgetBytes: Int,
    startingWith known: TableAnswer? = nil
  ) throws(SearchError) -> Answer {
    guard nodeLimit >= 1 else {
      throw .invalidSetting(name: "the limit of nodes", value: "\(nodeLimit)", allowed: "at least 1")
    }
    let problem = try TableProblem(table: table, network: network, bytes: bytes, budgetBytes: budgetBytes)
    var run = BranchAndBound(problem: problem)
    try run.consider(.none(of: table))
    if let known { try run.consider(known.choice) }
    try run.search(nodeLimit: nodeLimit)
    return Answer(
      best: try problem.answer(run.best.choice), isProven: run.isExhausted,
      upperBound: max(run.best.value, run.isExhausted ? -.infinity : run.openBound), nodes: run.nodes)
  }
}

/// The state of one exact search.
private struct BranchAndBound {
  /// One decision: a bias depth or a layer's share.
  struct Option {
    var gene: Int
    var value: Double
    var bytes: Int
  }

  /// A step along a variable's upper hull: what is gained, for how many bytes.
  struct Increment {
    var variable: Int
    var value: Double
    var bytes: Int
  }

  struct Node {
    var choice: TableChoice
    var value: Double
    /// Variables decided.
    var depth: Int
    var bound: Double
    /// The planner's lower bound.
    var bytes: Int
  }

  /// Partial choices planned side by side; a constant, so that the answer does not depend on threads.
  static let batch = 16
  /// What counts as more: sums of the same numbers in another order differ by less.
  static let tolerance = 1e-12

  let problem: TableProblem
  /// Variables in the order of decision: 0 is the bias depth, `1 + n` layer `n`.
  let variables: [Int]
  let options: [[Option]]
  /// By falling value for each byte.
  let increments: [Increment]
  /// The place of each variable in the order of decision.
  let place: [Int]
  var best: (choice: TableChoice, value: Double)
  var open = Heap<Node> { ($0.bound, $0.depth) > ($1.bound, $1.depth) }
  var nodes = 0
  var isExhausted = false

  init(problem: TableProblem) {
    self.problem = problem
    let table = problem.table
    let depths = table.biasDepths.indices.map {
      Option(gene: $0, value: table.biasDepths[$0].value, bytes: problem.depthBytes[$0])
    }
    let layers = table.weights.indices.map { layer in
      [Option(gene: 0, value: 0, bytes: 0)]
        + table.weights[layer].map {
          Option(
            gene: $0.eighths, value: $0.entry.value, bytes: problem.weightBytes(layer: layer, share: $0.share))
        }
    }
    let options = [depths] + layers
    self.options = options
    // Large gains are decided early, so that bounds become tight early.
    func gain(_ variable: Int) -> Double { options[variable].map(\.value).max() ?? 0 }
    let order = [0] + (1..<options.count).sorted { (gain($0), $1) > (gain($1), $0) }
    variables = order
    var place = [Int](repeating: 0, count: options.count)
    for (position, variable) in order.enumerated() { place[variable] = position }
    self.place = place
    increments = options.indices.flatMap { Self.hull(options[$0], variable: $0) }
      .sorted { left, right in
        let (a, b) = (left.value * Double(right.bytes), right.value * Double(left.bytes))
        return a != b ? a > b : left.variable < right.variable
      }
    best = (.none(of: table), -.infinity)
  }

  /// The steps along the upper concave hull of a variable's options over bytes, from the worthless one.
  static func hull(_ options: [Option], variable: Int) -> [Increment] {
    var steps: [Increment] = []
    var value = 0.0
    var bytes = 0
    while true {
      // The option ahead of here that gains most for each byte, one that costs nothing before all.
      let ahead = options.filter { $0.value > value && $0.bytes >= bytes }
      func rate(_ option: Option) -> Double {
        option.bytes == bytes ? .infinity : (option.value - value) / Double(option.bytes - bytes)
      }
      guard
        let next = ahead.max(by: { (rate($0), $0.value) < (rate($1), $1.value) })
      else { return steps }
      steps.append(Increment(variable: variable, value: next.value - value, bytes: next.bytes - bytes))
      (value, bytes) = (next.value, next.bytes)
    }
  }

  /// The most that the undecided variables could add within some bytes, if they could be taken in fractions.
  func mostToAdd(afterDeciding depth: Int, bytes: Int) -> Double {
    var room = bytes
    var sum = 0.0
    for step in increments where place[step.variable] >= depth {
      if step.bytes <= room {
        sum += step.value
        room -= step.bytes
      } else {
        return sum + step.value * Double(max(0, room)) / Double(step.bytes)
      }
    }
    return sum
  }

  /// Takes a whole choice as the best if it fits and is worth more.
  mutating func consider(_ choice: TableChoice) throws(SearchError) {
    try consider([(choice, problem.table.value(of: choice))])
  }

  /// The planner is asked only about choices that are worth more than the best.
  private mutating func consider(_ choices: [(choice: TableChoice, value: Double)]) throws(SearchError) {
    let better = choices.filter { $0.value > best.value + Self.tolerance }
    let bytes = try problem.bytes.bytes(
      of: better.map { problem.scheme($0.choice) }, within: problem.budgetBytes)
    for (found, arenaBytes) in zip(better, bytes)
    where arenaBytes != nil && found.value > best.value + Self.tolerance {
      best = found
    }
  }

  /// The largest bound of what was not looked at.
  var openBound: Double { open.top?.bound ?? -.infinity }

  mutating func search(nodeLimit: Int) throws(SearchError) {
    let start = TableChoice.none(of: problem.table)
    open.insert(
      Node(
        choice: start, value: 0, depth: 0,
        bound: mostToAdd(afterDeciding: 0, bytes: problem.budgetBytes - problem.baseBound),
        bytes: problem.baseBound))
    while let top = open.top, top.bound > best.value + Self.tolerance {
      guard nodes < nodeLimit else { return }
      var batch: [Node] = []
      while batch.count < min(Self.batch, nodeLimit - nodes), let node = open.top,
        node.bound > best.value + Self.tolerance
      {
        batch.append(node)
        open.removeTop()
      }
      nodes += batch.count
      try branch(batch)
    }
    isExhausted = true
  }

  /// Decides one more variable of each node in every way.
  private mutating func branch(_ parents: [Node]) throws(SearchError) {
    var children: [Node] = []
    for parent in parents where parent.depth < variables.count {
      let variable = variables[parent.depth]
      for option in options[variable] where parent.bytes + option.bytes <= problem.budgetBytes {
        var child = parent
        if variable == 0 {
          child.choice.biasDepth = option.gene
        } else {
          child.choice.shares[variable - 1] = ChannelShare(rawValue: option.gene) ?? .none
        }
        child.value += option.value
        child.depth += 1
        child.bytes += option.bytes
        child.bound =
          child.value + mostToAdd(afterDeciding: child.depth, bytes: problem.budgetBytes - child.bytes)
        if child.bound > best.value + Self.tolerance { children.append(child) }
      }
    }
    let footprints = try problem.bytes.bounds(of: children.map { problem.scheme($0.choice) })
    let possible = zip(children, footprints).filter { $1.lowerBoundBytes <= problem.budgetBytes }
    try consider(possible.map { ($0.0.choice, $0.0.value) })
    for (child, footprint) in possible {
      var child = child
      child.bytes = max(child.bytes, footprint.lowerBoundBytes)
      child.bound = min(
        child.bound,
        child.value + mostToAdd(afterDeciding: child.depth, bytes: problem.budgetBytes - child.bytes))
      if child.depth < variables.count && child.bound > best.value + Self.tolerance { open.insert(child) }
    }
  }
}
