/// One line in the braces of `Ingest`.
public enum IngestStep: Sendable, Hashable {
  case read(Read)
  case subjects(Subjects)
  case labels(Labels)
  case segments(Segments)
  case optionalChannels(OptionalChannels)
  case convert(Convert)
  case disorder(Disorder)
  case clockJumps(ClockJumps)
  case duplicates(Duplicates)
  case nonFinite(NonFinite)
  case saturation(Saturation)
  case stuck(Stuck)
  case gaps(Gaps)
  case median(Median)
  case filter(Filter)
  case gravity(Gravity)
  case select(Select)
  case resample(Resample)
  case rotate(Rotate)
  case window(Window)
  case normalize(Normalize)
  case split(Split)
  /// A stage of a program's own.
  case own(OwnStage)
}

/// A stage that may stand in the braces of `Ingest`.
public protocol IngestStepConvertible {
  var ingestStep: IngestStep { get }
}

@resultBuilder
public enum IngestBuilder {
  public static func buildBlock(_ steps: any IngestStepConvertible...) -> [IngestStep] { steps.map(\.ingestStep) }
}

extension IngestStep: NodeChoice {
  static let kinds: [NodeKind<IngestStep>] = [
    NodeKind(wrap: IngestStep.read, unwrap: { if case .read(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.subjects, unwrap: { if case .subjects(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.labels, unwrap: { if case .labels(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.segments, unwrap: { if case .segments(let node) = $0 { node } else { nil } }),
    NodeKind(
      wrap: IngestStep.optionalChannels, unwrap: { if case .optionalChannels(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.convert, unwrap: { if case .convert(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.disorder, unwrap: { if case .disorder(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.clockJumps, unwrap: { if case .clockJumps(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.duplicates, unwrap: { if case .duplicates(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.nonFinite, unwrap: { if case .nonFinite(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.saturation, unwrap: { if case .saturation(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.stuck, unwrap: { if case .stuck(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.gaps, unwrap: { if case .gaps(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.median, unwrap: { if case .median(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.filter, unwrap: { if case .filter(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.gravity, unwrap: { if case .gravity(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.select, unwrap: { if case .select(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.resample, unwrap: { if case .resample(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.rotate, unwrap: { if case .rotate(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.window, unwrap: { if case .window(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.normalize, unwrap: { if case .normalize(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: IngestStep.split, unwrap: { if case .split(let node) = $0 { node } else { nil } }),
  ]

  var own: OwnStage? { if case .own(let stage) = self { stage } else { nil } }
}

extension Ingest {
  /// The recordings to read, in the order in which they stand.
  public var reads: [Read] { steps.compactMap { if case .read(let step) = $0 { step } else { nil } } }
  public var subjects: Subjects? { first { if case .subjects(let step) = $0 { step } else { nil } } }
  public var labels: Labels? { first { if case .labels(let step) = $0 { step } else { nil } } }
  public var segments: Segments? { first { if case .segments(let step) = $0 { step } else { nil } } }
  public var disorder: Disorder? { first { if case .disorder(let step) = $0 { step } else { nil } } }
  public var clockJumps: ClockJumps? { first { if case .clockJumps(let step) = $0 { step } else { nil } } }
  public var duplicates: Duplicates? { first { if case .duplicates(let step) = $0 { step } else { nil } } }
  public var nonFinite: NonFinite? { first { if case .nonFinite(let step) = $0 { step } else { nil } } }
  public var gaps: Gaps? { first { if case .gaps(let step) = $0 { step } else { nil } } }
  public var resample: Resample? { first { if case .resample(let step) = $0 { step } else { nil } } }
  public var rotate: Rotate? { first { if case .rotate(let step) = $0 { step } else { nil } } }
  public var window: Window? { first { if case .window(let step) = $0 { step } else { nil } } }
  public var normalize: Normalize? { first { if case .normalize(let step) = $0 { step } else { nil } } }
  public var split: Split? { first { if case .split(let step) = $0 { step } else { nil } } }

  private func first<Node>(_ select: (IngestStep) -> Node?) -> Node? {
    for step in steps {
      if let node = select(step) { return node }
    }
    return nil
  }
}
