/// Where in a pipeline something stands, without reference to any text.
///
/// The empty path is the pipeline itself. The text layer turns a path into a source range.
public struct PipelinePath: Sendable, Hashable {
  public enum Step: Sendable, Hashable {
    /// The stage with this index in the braces of its parent.
    case child(Int)
    /// The argument that fills the parameter with this name.
    case parameter(String)
    /// The argument with this index as written, for one that fills no parameter.
    case written(Int)
    /// The element with this index of an array.
    case element(Int)
  }

  public var steps: [Step]

  public init(_ steps: [Step] = []) { self.steps = steps }

  public func child(_ index: Int) -> PipelinePath { PipelinePath(steps + [.child(index)]) }
  public func parameter(_ name: String) -> PipelinePath { PipelinePath(steps + [.parameter(name)]) }
  public func written(_ index: Int) -> PipelinePath { PipelinePath(steps + [.written(index)]) }
  public func element(_ index: Int) -> PipelinePath { PipelinePath(steps + [.element(index)]) }

  /// The path of the stage that this path lies in.
  public var stage: PipelinePath {
    PipelinePath(
      Array(
        steps.prefix { step in
          if case .child = step { true } else { false }
        }))
  }
}
