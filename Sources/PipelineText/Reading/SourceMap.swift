import PipelineModel

/// Tells where in a file a path of a pipeline stands.
struct SourceMap: Sendable {
  private let root: CallSyntax

  init(_ root: CallSyntax) {
    self.root = root
  }

  /// The range of what a path names; of the innermost thing around it that is written.
  func range(of path: PipelinePath) -> Range<Int> {
    var call = root
    var description: StageDescription? = Catalogue.pipeline
    for (index, step) in path.steps.enumerated() {
      let rest = path.steps[(index + 1)...]
      switch step {
      case .child(let child):
        guard let children = call.children, children.indices.contains(child) else { return call.nameRange }
        call = children[child]
        description = description?.children?.first { $0.name == call.name }
      case .parameter(let name):
        guard let argument = Self.argument(name, in: call.arguments, of: description?.parameters) else {
          return call.nameRange
        }
        return Self.range(of: rest, in: argument.value)
      case .written(let position):
        return Self.range(ofWritten: position, in: call.arguments) ?? call.nameRange
      case .element:
        return call.nameRange
      }
    }
    return call.nameRange
  }

  private static func range(of steps: ArraySlice<PipelinePath.Step>, in value: ValueSyntax) -> Range<Int> {
    guard let step = steps.first else { return value.range }
    let rest = steps.dropFirst()
    switch (step, value.kind) {
    case (.element(let index), .array(let elements)) where elements.indices.contains(index):
      return range(of: rest, in: elements[index])
    case (.parameter(let name), .member(_, let arguments)):
      guard let argument = argument(name, in: arguments, of: nil) else { return value.range }
      return range(of: rest, in: argument.value)
    case (.written(let position), .member(_, let arguments)):
      return range(ofWritten: position, in: arguments) ?? value.range
    default:
      return value.range
    }
  }

  /// The label of an argument if it has one: that is what is wrong with an argument that fills no parameter.
  private static func range(ofWritten position: Int, in arguments: [ArgumentSyntax]) -> Range<Int>? {
    guard arguments.indices.contains(position) else { return nil }
    return arguments[position].labelRange ?? arguments[position].value.range
  }

  /// The argument that fills a parameter. Without a description the only argument without a label is meant.
  private static func argument(
    _ name: String, in arguments: [ArgumentSyntax], of parameters: [Parameter]?
  ) -> ArgumentSyntax? {
    if let labelled = arguments.first(where: { $0.label == name }) { return labelled }
    let unlabelled = arguments.filter { $0.label == nil }
    guard let parameters else { return unlabelled.first }
    let position = parameters.filter { $0.label == nil }.firstIndex { $0.name == name }
    guard let position, unlabelled.indices.contains(position) else { return nil }
    return unlabelled[position]
  }
}
