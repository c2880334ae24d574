import TrainingCompiler

/// A search under one budget.
struct SearchRun {
  let search: SchemeSearch
  let budgetBytes: Int
  /// Everything measured in this run, in order; the first of equal ones stays.
  private(set) var measured: [(scheme: UpdateScheme, evaluation: SchemeEvaluation)] = []
  private var isMeasured: Set<[UpdateScheme.Update]> = []
  private(set) var candidates: [SearchReport.Candidate] = []
  private var schemes: [UpdateScheme] = []
  private var isCandidate: Set<[UpdateScheme.Update]> = []
  private var best: Int?
  private var table: ContributionTable?
  private var path: FreezePath?
  private var tableSearch: SearchReport.TableSearch?
  private var counts = SearchReport.Evaluations(
    contribution: 0, freezing: 0, candidates: 0, refinement: 0, confirmation: 0)

  init(_ search: SchemeSearch, budgetBytes: Int) {
    self.search = search
    self.budgetBytes = budgetBytes
  }

  private var network: QuantizedNetwork { search.evaluator.network }
  private var evaluationsLeft: Int { search.settings.evaluations - counts.candidates - counts.refinement }

  /// A candidate with its scheme.
  struct Measured {
    var scheme: UpdateScheme
    var candidate: SearchReport.Candidate
  }

  /// Measures candidates and refines the best of them.
  ///
  /// - Parameter pool: What searches under smaller budgets have measured.
  mutating func explore(startingWith pool: [Measured]) throws(SearchError) {
    takeOver(pool)
    table = search.settings.method.usesContribution ? try search.contributionTable() : nil
    if let table { note(table) }
    path = search.settings.method.freezing == nil ? nil : try search.freezePath(budgetBytes: budgetBytes)
    if let path { try note(path) }
    if let table { tableSearch = try choices(from: table) }
    try measureCandidates(tableSearch: tableSearch, path: path)
    guard best != nil else { throw .nothingFits(budgetBytes: budgetBytes, smallestBytes: try smallestBytes()) }
    try refine(prior: table?.tensorValues ?? [:])
  }

  /// What this search adds to a pool.
  func pool(with pool: [Measured]) -> [Measured] {
    let present = Set(pool.map(\.scheme.updates))
    return pool
      + zip(schemes, candidates).map { Measured(scheme: $0, candidate: $1) }.filter {
        !present.contains($0.scheme.updates)
      }
  }

  /// Takes over what fits of a pool, then measures the best once more and chooses.
  mutating func report(choosingFrom pool: [Measured]) throws(SearchError) -> SearchReport {
    takeOver(pool)
    try confirm()
    guard let best else { preconditionFailure("a best candidate is never lost") }
    let trial = search.evaluator.trial
    return SearchReport(
      budgetBytes: budgetBytes, subjects: trial.subjects, seeds: trial.seeds, fingerprint: trial.fingerprint,
      contribution: table, tableSearch: tableSearch, freezePath: path, candidates: candidates,
      answer: candidates[best], evaluations: counts)
  }

  private mutating func takeOver(_ pool: [Measured]) {
    for entry in pool where entry.candidate.arenaBytes <= budgetBytes {
      guard isCandidate.insert(entry.scheme.updates).inserted else { continue }
      note(entry.scheme, entry.candidate.evaluation)
      add(entry.candidate, entry.scheme)
    }
  }

  /// Appends a candidate and keeps the best in mind.
  private mutating func add(_ candidate: SearchReport.Candidate, _ scheme: UpdateScheme) {
    candidates.append(candidate)
    schemes.append(scheme)
    guard let best else {
      self.best = candidates.count - 1
      return
    }
    let old = candidates[best]
    if (candidate.accuracy, -candidate.arenaBytes) > (old.accuracy, -old.arenaBytes) {
      self.best = candidates.count - 1
    }
  }

  // MARK: What all budgets share

  private mutating func note(_ table: ContributionTable) {
    let evaluations =
      [table.baseEvaluation] + table.biasDepths.map(\.evaluation) + table.weights.joined().map(\.entry.evaluation)
    for case let evaluation? in evaluations {
      if let scheme = try? UpdateScheme(tensors: evaluation.tensors, of: network), note(scheme, evaluation) {
        counts.contribution += 1
      }
    }
  }

  private mutating func note(_ path: FreezePath) throws(SearchError) {
    for step in path.steps {
      let scheme = try UpdateScheme(tensors: step.evaluation.tensors, of: network)
      if note(scheme, step.evaluation) { counts.freezing += 1 }
    }
  }

  /// Keeps a measurement; returns whether it is new.
  @discardableResult
  private mutating func note(_ scheme: UpdateScheme, _ evaluation: SchemeEvaluation) -> Bool {
    guard isMeasured.insert(scheme.updates).inserted else { return false }
    measured.append((scheme, evaluation))
    return true
  }

  /// The best choices from the table; nothing if its base does not fit.
  private func choices(from table: ContributionTable) throws(SearchError) -> SearchReport.TableSearch? {
    let settings = search.settings
    let evolutionary: TableAnswer
    do {
      evolutionary = try settings.evolution.answer(
        table: table, network: network, bytes: search.bytes, budgetBytes: budgetBytes)
    } catch {
      guard case .nothingFits = error else { throw error }
      return nil
    }
    let exact = try settings.exact.answer(
      table: table, network: network, bytes: search.bytes, budgetBytes: budgetBytes, startingWith: evolutionary)
    return SearchReport.TableSearch(evolutionary: evolutionary, exact: exact)
  }

  // MARK: Candidates

  private mutating func measureCandidates(
    tableSearch: SearchReport.TableSearch?, path: FreezePath?
  ) throws(SearchError) {
    var proposals: [Proposal] = []
    if let tableSearch {
      for (origin, answer) in [
        (SearchReport.Origin.exact, tableSearch.exact.best), (.evolutionary, tableSearch.evolutionary),
      ] {
        proposals.append(
          Proposal(
            origin: origin, name: "largest sum of contributions",
            scheme: try UpdateScheme(tensors: answer.tensors, of: network)))
      }
    }
    if let path, path.fitsBudget {
      proposals.append(
        Proposal(
          origin: .freezeUntilDip, name: "frozen \(path.order)",
          scheme: try UpdateScheme(tensors: path.tensors, of: network)))
    }
    for (_, family) in HandMadeSchemes(of: network).families {
      let fitting = try self.fitting(family.map { Proposal(origin: .handMade, name: $0.name, scheme: $0) })
      proposals += fitting.suffix(search.settings.handMadePerFamily).reversed()
    }
    if try fitting(proposals).isEmpty { proposals = singleTensors() }
    try measure(try fitting(proposals), phase: .candidates)
  }

  private func singleTensors() -> [Proposal] {
    ParameterTensor.all(of: network).map { tensor in
      var scheme = UpdateScheme.predictionOnly(network)
      scheme[tensor] = .all
      return Proposal(origin: .handMade, name: "\(tensor.name(in: network)) alone", scheme: scheme)
    }
  }

  private func smallestBytes() throws(SearchError) -> Int {
    try search.bytes.footprints(of: singleTensors().map(\.scheme)).map(\.arenaBytes).min() ?? 0
  }

  private struct Proposal {
    var origin: SearchReport.Origin
    var name: String
    var scheme: UpdateScheme
  }

  private func fitting(_ proposals: [Proposal]) throws(SearchError) -> [Proposal] {
    let bytes = try search.bytes.bytes(of: proposals.map(\.scheme), within: budgetBytes)
    return zip(proposals, bytes).compactMap { $1 == nil ? nil : $0 }
  }

  /// Measures schemes that fit, as many as may still be measured, and keeps the best.
  private mutating func measure(_ proposals: [Proposal], phase: SearchPhase) throws(SearchError) {
    var chosen: [Proposal] = []
    var left = evaluationsLeft
    for proposal in proposals where isCandidate.insert(proposal.scheme.updates).inserted {
      // What the table or the path measured costs nothing.
      let costs = !isMeasured.contains(proposal.scheme.updates)
      if costs {
        guard left > 0 else { continue }
        left -= 1
      }
      chosen.append(proposal)
    }
    let evaluations = try search.evaluator.evaluate(chosen.map(\.scheme), phase: phase)
    let footprints = try search.bytes.footprints(of: chosen.map(\.scheme))
    for (proposal, (evaluation, footprint)) in zip(chosen, zip(evaluations, footprints)) {
      if note(proposal.scheme, evaluation) {
        if phase == .refinement { counts.refinement += 1 } else { counts.candidates += 1 }
      }
      add(
        SearchReport.Candidate(
          origin: proposal.origin, name: proposal.name, arenaBytes: footprint.arenaBytes,
          updatedParameters: proposal.scheme.parameterCount(in: network), evaluation: evaluation),
        proposal.scheme)
    }
  }

  // MARK: Confirmation

  /// Measures the best candidates again with other networks and people, the best hand-made ones among them, and takes
  /// the one that is best over all people: the best of many measurements is partly luck.
  private mutating func confirm() throws(SearchError) {
    guard !search.confirmations.isEmpty else { return }
    func ranked(_ indices: [Int]) -> [Int] {
      indices.sorted { left, right in
        let (a, b) = (candidates[left], candidates[right])
        return (a.accuracy, -a.arenaBytes, right) > (b.accuracy, -b.arenaBytes, left)
      }
    }
    let count = search.settings.finalists
    var finalists = Array(ranked(Array(candidates.indices)).prefix(count))
    let handMade = ranked(candidates.indices.filter { candidates[$0].origin == .handMade }).prefix((count + 1) / 2)
    finalists += handMade.filter { !finalists.contains($0) }
    for confirmation in search.confirmations {
      let evaluations = try confirmation.evaluate(finalists.map { schemes[$0] }, phase: .confirmation)
      counts.confirmation += finalists.count
      for (finalist, evaluation) in zip(finalists, evaluations) {
        candidates[finalist].confirmations.append(evaluation)
      }
    }
    best = finalists.max { left, right in
      let (a, b) = (candidates[left], candidates[right])
      return (a.confirmedAccuracy, -a.arenaBytes, right) < (b.confirmedAccuracy, -b.arenaBytes, left)
    }
  }

  // MARK: Refinement

  /// Measures neighbours of the best scheme, the most promising first, and moves on to a better one.
  private mutating func refine(prior: [String: Double]) throws(SearchError) {
    let tensors = ParameterTensor.all(of: network)
    let priors = tensors.map { tensor in
      let value = prior[tensor.name(in: network)] ?? 0
      return value < 1 ? value : 0
    }
    let neighbourhood = SchemeNeighbours(of: network, shares: search.settings.shares)
    while evaluationsLeft > 0, let best {
      let centre = schemes[best]
      let model = AccuracyModel(
        tensors: tensors, prior: priors, near: centre,
        measured: measured.map { ($0.scheme, $0.evaluation.accuracy) })
      let ranked = neighbourhood.neighbours(of: centre).filter { !isCandidate.contains($0.scheme.updates) }
        .map { (neighbour: $0, guess: model.guess($0.scheme)) }
        .enumerated().sorted { ($0.element.guess, $1.offset) > ($1.element.guess, $0.offset) }
        .map(\.element.neighbour)
      let name = "\(candidates[best].name)"
      let promising = try firstFitting(
        ranked.map {
          Proposal(origin: .refinement, name: "\(name), \($0.change)", scheme: $0.scheme)
        }, count: min(search.settings.refinementBatch, evaluationsLeft))
      guard !promising.isEmpty else { return }
      try measure(promising, phase: .refinement)
    }
  }

  /// The first proposals that fit; the planner is asked for a few at a time.
  private func firstFitting(_ proposals: [Proposal], count: Int) throws(SearchError) -> [Proposal] {
    var found: [Proposal] = []
    var start = 0
    while found.count < count && start < proposals.count {
      let end = min(proposals.count, start + 4 * search.settings.refinementBatch)
      found += try fitting(Array(proposals[start..<end]))
      start = end
    }
    return Array(found.prefix(count))
  }
}
