/// What a search for an update scheme found, as the report page shows it.
public struct SearchFindings: Codable, Sendable, Hashable {
  /// A scheme that fits the budget and was measured.
  public struct Candidate: Codable, Sendable, Hashable {
    public var name: String
    /// How it was proposed; candidates of one origin share a colour.
    public var origin: String
    public var arenaBytes: Int
    /// A share of 1, with its standard error over the subjects.
    public var accuracy: Double
    public var standardError: Double

    public init(name: String, origin: String, arenaBytes: Int, accuracy: Double, standardError: Double) {
      self.name = name
      self.origin = origin
      self.arenaBytes = arenaBytes
      self.accuracy = accuracy
      self.standardError = standardError
    }
  }

  /// A step of freezing one tensor after the other.
  public struct FreezeStep: Codable, Sendable, Hashable {
    /// Nil at the start.
    public var tensor: String?
    /// What became of it: `kept`, `dipped`, …
    public var outcome: String
    public var arenaBytes: Int
    public var accuracy: Double

    public init(tensor: String?, outcome: String, arenaBytes: Int, accuracy: Double) {
      self.tensor = tensor
      self.outcome = outcome
      self.arenaBytes = arenaBytes
      self.accuracy = accuracy
    }
  }

  /// What is updated of a layer: `–`, `all` or a share such as `1/4`.
  public struct Layer: Codable, Sendable, Hashable {
    public var name: String
    public var weights: String
    public var bias: String

    public init(name: String, weights: String, bias: String) {
      self.name = name
      self.weights = weights
      self.bias = bias
    }
  }

  public var budgetBytes: Int
  /// Of those who validate, before they adapt; a share of 1.
  public var accuracyBefore: Double
  /// Best first: the first one is the answer.
  public var candidates: [Candidate]
  public var freezePath: [FreezeStep]
  public var layers: [Layer]

  public init(
    budgetBytes: Int, accuracyBefore: Double, candidates: [Candidate], freezePath: [FreezeStep], layers: [Layer]
  ) {
    self.budgetBytes = budgetBytes
    self.accuracyBefore = accuracyBefore
    self.candidates = candidates
    self.freezePath = freezePath
    self.layers = layers
  }
}

/// The search's part of `metrics.json`.
public struct SearchMetrics: Codable, Sendable, Hashable {
  /// What the scheme that was found updates.
  public var tensors: [String]
  public var arenaBytes: Int
  public var budgetBytes: Int
  public var validationSubjects: [String]
  public var accuracyBefore: Double
  public var validationAccuracy: Double
  /// Schemes measured.
  public var evaluations: Int

  public init(
    tensors: [String], arenaBytes: Int, budgetBytes: Int, validationSubjects: [String], accuracyBefore: Double,
    validationAccuracy: Double, evaluations: Int
  ) {
    self.tensors = tensors
    self.arenaBytes = arenaBytes
    self.budgetBytes = budgetBytes
    self.validationSubjects = validationSubjects
    self.accuracyBefore = accuracyBefore
    self.validationAccuracy = validationAccuracy
    self.evaluations = evaluations
  }
}
