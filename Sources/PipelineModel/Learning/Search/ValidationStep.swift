/// One line in the braces of `Search`: how validation plays the deployment, in the words of `Ingest`.
public enum ValidationStep: Sendable, Hashable {
  /// How the recordings are disturbed; `on: .heldOut` are those whom the block's `Split` holds out.
  case rotate(Rotate)
  /// Training subjects whom the separate pretraining leaves out.
  case split(Split)
}

/// A stage that may stand in the braces of `Search`.
public protocol ValidationStepConvertible {
  var validationStep: ValidationStep { get }
}

@resultBuilder
public enum ValidationBuilder {
  public static func buildBlock(_ steps: any ValidationStepConvertible...) -> [ValidationStep] {
    steps.map(\.validationStep)
  }
}

extension ValidationStep: NodeChoice {
  static let kinds: [NodeKind<ValidationStep>] = [
    NodeKind(wrap: ValidationStep.rotate, unwrap: { if case .rotate(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: ValidationStep.split, unwrap: { if case .split(let node) = $0 { node } else { nil } }),
  ]
}

extension Rotate: ValidationStepConvertible {
  public var validationStep: ValidationStep { .rotate(self) }
}

extension Split: ValidationStepConvertible {
  public var validationStep: ValidationStep { .split(self) }
}

extension Search {
  /// Nil where the pipeline's own holds.
  public var rotate: Rotate? {
    validation?.lazy.compactMap { if case .rotate(let step) = $0 { step } else { nil } }.first
  }

  /// Nil where every fourth training subject validates.
  public var split: Split? {
    validation?.lazy.compactMap { if case .split(let step) = $0 { step } else { nil } }.first
  }
}
