public import Learning
public import TrainingCompiler

/// A pretrained network, in float32 and in int8, and the people who adapt it.
public struct StudyNetwork: Sendable {
  public var seed: Int
  /// In float32, its normalisations folded.
  public var folded: FloatNetwork
  public var quantized: QuantizedNetwork
  /// Normalised with the statistics of those whom the network was pretrained on, and turned where a pipeline says so.
  public var windows: WindowSet
  /// Of those who adapt.
  public var subjects: [String]
  public var pretrainingSubjects: [String]
  /// The part of each piece that is learnt from, and what a piece is.
  public var fraction: Double
  public var pieces: AdaptationSplit.Pieces

  public init(
    seed: Int, folded: FloatNetwork, quantized: QuantizedNetwork, windows: WindowSet, subjects: [String],
    pretrainingSubjects: [String], fraction: Double, pieces: AdaptationSplit.Pieces
  ) {
    self.seed = seed
    self.folded = folded
    self.quantized = quantized
    self.subjects = subjects
    self.pretrainingSubjects = pretrainingSubjects
    self.fraction = fraction
    self.pieces = pieces
    let numbers = windows.subjectNames.indices.filter { subjects.contains(windows.subjectNames[$0]) }
    self.windows = windows.subset(windows.indices(ofSubjects: Set(numbers)))
  }
}
