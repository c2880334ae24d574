/// Where the buffers of a step stand in the arena.
public struct Placement: Sendable, Hashable {
  /// A buffer that needs room from operation `first` to operation `last` of the step.
  public struct Request: Sendable, Hashable {
    public var byteCount: Int
    public var alignment: Int
    public var first: Int
    public var last: Int

    public init(byteCount: Int, alignment: Int, first: Int, last: Int) {
      precondition(byteCount > 0 && alignment > 0 && 0 <= first && first <= last, "a request has bytes and a lifetime")
      self.byteCount = byteCount
      self.alignment = alignment
      self.first = first
      self.last = last
    }

    func overlapsInTime(_ other: Request) -> Bool { first <= other.last && other.first <= last }
  }

  /// Two buffers that share one operation, which reads the one for the last time and writes the other, and which
  /// may therefore share bytes: the operation works "in place".
  ///
  /// An operation that takes its frames in order is done with the first bytes of its input long before it writes
  /// the last of its output. While it writes byte `k` of the output it may still read the bytes of the input from
  /// `k - lead + 1` on and no others, so no byte is lost if and only if
  /// `offset(input) >= offset(output) + lead`. A pair that does not share a byte is right whatever its lead.
  ///
  /// One buffer may stand in several overlaps: two inputs of an addition, two outputs of one input. The condition
  /// of each pair is independent of the others, and of two overlaps of one pair both must hold.
  ///
  /// After Blacker, Bridges and Hadfield 2020, "Diagonal Memory Optimisation for Machine Learning on
  /// Micro-controllers".
  public struct Overlap: Sendable, Hashable {
    /// The index of the request that the operation reads; its last operation.
    public var input: Int
    /// The index of the request that the operation writes; its first operation.
    public var output: Int
    /// How many bytes the writing may run ahead of the reading, counted from the first byte of each; negative where
    /// the reading is ahead from the start.
    public var lead: Int

    public init(input: Int, output: Int, lead: Int) {
      precondition(input != output, "an overlap joins two requests")
      self.input = input
      self.output = output
      self.lead = lead
    }

    /// The pair shares this operation and no other.
    func operation(in requests: [Request]) -> Int? {
      requests[input].last == requests[output].first ? requests[input].last : nil
    }

    /// The pair may share bytes only if its input starts at least this far above its output; at or beyond the
    /// output's end it shares none.
    func distance(in requests: [Request]) -> Int { min(lead, requests[output].byteCount) }
  }

  /// How long to look, while the peak is above what is proved to be needed.
  public struct Effort: Sendable, Hashable {
    /// How many orders of the buffers are tried; three times as many while the peak is more than a hundredth above
    /// what is proved.
    public var evaluations: Int
    /// How many decisions a proof may take that a peak is too low, or a search for a placement below one.
    public var trials: Int

    public init(evaluations: Int, trials: Int = 0) {
      self.evaluations = evaluations
      self.trials = trials
    }

    var longestEvaluations: Int { 3 * evaluations }

    /// For a search that places thousands of schemes.
    public static let quick = Effort(evaluations: 200)
    /// For the plan that is kept.
    public static let thorough = Effort(evaluations: 16_000, trials: 200)
  }

  /// Parallel to the requests.
  public var offsets: [Int]
  /// One past the highest byte of any buffer.
  public var peakBytes: Int
  /// No placement of the same requests has a lower peak. At least `lowerBound`; more where a proof was found.
  public var lowerBoundBytes: Int

  public init(offsets: [Int], peakBytes: Int, lowerBoundBytes: Int = 0) {
    self.offsets = offsets
    self.peakBytes = peakBytes
    self.lowerBoundBytes = lowerBoundBytes
  }

  /// Places every buffer so that none alive at once share a byte, except as `overlaps` permit.
  ///
  /// In a given order, each buffer goes to the lowest offset that is free among those placed before it, or to the
  /// highest. Several orders are tried; then, while the peak is above the lower bound, changes of each of them. Not
  /// guaranteed to be the best: that problem is NP-hard. Deterministic, and more effort never gives a higher peak.
  ///
  /// - Precondition: Each overlap's input ends at the operation at which its output begins.
  public static func place(
    _ requests: [Request], overlaps: [Overlap] = [], effort: Effort = .thorough
  ) -> Placement {
    var search = PlacementSearch(requests, overlaps: overlaps)
    return search.run(effort)
  }
}
