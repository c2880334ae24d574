public import TrainingCompiler

/// Finds the update scheme that buys the best accuracy for a byte budget.
///
/// Hand-made schemes, the answers from a contribution table and the end of a freeze path are measured where they
/// fit; the best of them is then refined by measuring its neighbours, until a stated number of schemes was
/// measured. All layers are considered alike. What was measured for one budget is not measured again for another.
public final class SchemeSearch: Sendable {
  public struct Settings: Sendable {
    public var method: Method
    /// The shares of a layer's weights to consider.
    public var shares: [ChannelShare]
    /// What contributions are added to; the last layer if absent.
    public var base: UpdateScheme?
    /// Schemes that may be measured for one budget, besides those of the contribution table and of the path.
    public var evaluations: Int
    /// Neighbours measured at a time.
    public var refinementBatch: Int
    /// Of each family of hand-made schemes, so many of the farthest-reaching that fit.
    public var handMadePerFamily: Int
    public var evolution: EvolutionarySearch
    public var exact: ExactSearch
    /// The best candidates, so many, are measured again where there are deployments to confirm by, and of the
    /// hand-made ones half as many.
    public var finalists: Int

    public init(
      method: Method = .both(), shares: [ChannelShare] = [.all], base: UpdateScheme? = nil, evaluations: Int = 50,
      refinementBatch: Int = 8, handMadePerFamily: Int = 2, evolution: EvolutionarySearch = EvolutionarySearch(),
      exact: ExactSearch = ExactSearch(), finalists: Int = 8
    ) {
      self.method = method
      self.shares = shares
      self.base = base
      self.evaluations = evaluations
      self.refinementBatch = refinementBatch
      self.handMadePerFamily = handMadePerFamily
      self.evolution = evolution
      self.exact = exact
      self.finalists = finalists
    }
  }

  public let settings: Settings
  public let evaluator: SchemeEvaluator
  /// What finalists are measured with again: other networks with other people.
  public let confirmations: [SchemeEvaluator]
  public let bytes: PlannedBytes
  /// What each tensor is worth where no table says it.
  private let tensorValues: @Sendable () throws(SearchError) -> [String: Double]

  /// A search on any trial and any planner.
  ///
  /// - Parameters:
  ///   - confirmations: Measure finalists again.
  ///   - tensorValues: What each tensor is worth, by name, for a freeze path in the order of value where
  ///     contributions are not measured.
  public init(
    evaluator: SchemeEvaluator, confirmations: [SchemeEvaluator] = [], bytes: PlannedBytes,
    settings: Settings = Settings(),
    tensorValues: @escaping @Sendable () throws(SearchError) -> [String: Double]
  ) {
    self.evaluator = evaluator
    self.confirmations = confirmations
    self.bytes = bytes
    self.settings = settings
    self.tensorValues = tensorValues
  }

  /// A search on a deployment with the real planner.
  ///
  /// - Parameter confirmations: The best schemes are measured again in these: of the same layers, with other people.
  public convenience init(
    deployment: Deployment, confirmations: [Deployment] = [], settings: Settings = Settings(), threads: Int,
    observer: SearchObserver = SearchObserver()
  ) {
    func evaluator(_ deployment: Deployment) -> SchemeEvaluator {
      SchemeEvaluator(
        network: deployment.network, trial: deployment.trial, threads: threads, observer: observer)
    }
    self.init(
      evaluator: evaluator(deployment), confirmations: confirmations.map(evaluator),
      bytes: PlannedBytes(
        network: deployment.network, options: deployment.adaptation.options, threads: threads,
        isCancelled: observer.isCancelled), settings: settings
    ) { () throws(SearchError) in
      try deployment.gradientValues(threads: threads, isCancelled: observer.isCancelled)
    }
  }

  /// Takes over what a journal holds, so that a search that was interrupted goes on where it stood.
  ///
  /// - Returns: How many of these were of this search.
  @discardableResult
  public func preload(_ evaluations: [SchemeEvaluation]) -> Int {
    confirmations.reduce(evaluator.preload(evaluations)) { $0 + $1.preload(evaluations) }
  }

  /// What each part adds on its own; measured when it is asked for first.
  public func contributionTable() throws(SearchError) -> ContributionTable {
    try ContributionAnalysis(shares: settings.shares, base: settings.base).table(evaluator: evaluator)
  }

  /// The path of freezing until a budget is met, or until accuracy dips where there is none.
  ///
  /// - Throws: `SearchError`; `invalidSetting` if the method does not freeze.
  public func freezePath(budgetBytes: Int? = nil) throws(SearchError) -> FreezePath {
    guard let freezing = settings.method.freezing else {
      throw .invalidSetting(name: "the method", value: "\(settings.method.name)", allowed: "one that freezes")
    }
    let order: FreezeOrder
    if let given = freezing.order {
      order = given
    } else if settings.method.usesContribution {
      order = .leastValuePerByte(try contributionTable().tensorValues)
    } else {
      order = .leastValuePerByte(try tensorValues())
    }
    return try FreezeUntilDip(
      order: order, threshold: freezing.threshold, reference: freezing.reference, skipsDips: freezing.skipsDips
    ).path(budgetBytes: budgetBytes, evaluator: evaluator, bytes: bytes)
  }

  /// The best scheme found for a budget, with everything that it was compared with.
  ///
  /// - Throws: `SearchError`: `nothingFits` if no scheme does, `cancelled` after the observer's wish.
  public func answer(budgetBytes: Int) throws(SearchError) -> SearchReport {
    try answers(budgetsBytes: [budgetBytes])[0]
  }

  /// The best schemes found for several budgets, in their order, each chosen among all schemes that fit it.
  ///
  /// What was measured for one budget is a candidate for every other that it fits, so that chance in one search
  /// does not leave a larger budget with a worse answer than a smaller one.
  ///
  /// - Parameter begin: Called before the search for a budget begins, the smallest first, and once more before its
  ///   finalists are measured again.
  /// - Throws: As `answer(budgetBytes:)`.
  public func answers(
    budgetsBytes: [Int], begin: (Int) -> Void = { _ in }
  ) throws(SearchError) -> [SearchReport] {
    try check()
    var runs: [SearchRun] = []
    var pool: [SearchRun.Measured] = []
    for budget in Set(budgetsBytes).sorted() {
      begin(budget)
      var run = SearchRun(self, budgetBytes: budget)
      try run.explore(startingWith: pool)
      pool = run.pool(with: pool)
      runs.append(run)
    }
    var reports: [Int: SearchReport] = [:]
    for index in runs.indices {
      begin(runs[index].budgetBytes)
      reports[runs[index].budgetBytes] = try runs[index].report(choosingFrom: pool)
    }
    return budgetsBytes.compactMap { reports[$0] }
  }

  private func check() throws(SearchError) {
    for (name, value) in [
      ("the number of evaluations", settings.evaluations), ("the number of neighbours", settings.refinementBatch),
      ("the number of hand-made schemes", settings.handMadePerFamily),
      ("the number of finalists", settings.finalists),
    ] {
      guard value >= 1 else { throw .invalidSetting(name: name, value: "\(value)", allowed: "at least 1") }
    }
  }
}

extension SchemeSearch {
  /// What is measured besides hand-made schemes and neighbours.
  public struct Method: Sendable, Hashable {
    public struct Freezing: Sendable, Hashable {
      /// The least valuable for each byte first if absent: valued by the contribution table where the method
      /// measures one, by the gradients of a full training otherwise.
      public var order: FreezeOrder?
      public var threshold: Double
      public var reference: FreezeUntilDip.Reference
      public var skipsDips: Bool
    }

    public let usesContribution: Bool
    public let freezing: Freezing?

    public static let contribution = Method(usesContribution: true, freezing: nil)

    public static func freezeUntilDip(
      threshold: Double = 1, order: FreezeOrder? = nil, reference: FreezeUntilDip.Reference = .best,
      skipsDips: Bool = false
    ) -> Method {
      Method(
        usesContribution: false,
        freezing: Freezing(order: order, threshold: threshold, reference: reference, skipsDips: skipsDips))
    }

    public static func both(
      threshold: Double = 1, order: FreezeOrder? = nil, reference: FreezeUntilDip.Reference = .best,
      skipsDips: Bool = false
    ) -> Method {
      Method(
        usesContribution: true,
        freezing: Freezing(order: order, threshold: threshold, reference: reference, skipsDips: skipsDips))
    }

    /// For reports.
    public var name: String {
      switch (usesContribution, freezing) {
      case (true, nil): "contribution"
      case (false, _): "freeze until dip"
      case (true, _): "contribution and freeze until dip"
      }
    }
  }
}
