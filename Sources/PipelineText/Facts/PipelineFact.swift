public import PipelineModel

/// One argument of a pipeline with its value, defaults included.
///
/// Two pipelines that have the same facts in the same order do the same, however their files are laid out.
public struct PipelineFact: Sendable, Hashable, Codable {
  /// As `--set` names it: `train.epochs`, `ingest.read[1].files`, `model.conv1.channels`.
  public var path: String
  /// As a file writes it; empty for a stage without arguments, which is there or not.
  public var value: String

  public init(path: String, value: String) {
    self.path = path
    self.value = value
  }
}

extension Pipeline {
  /// All arguments in the order of the stages, but for the pipeline's name.
  public var facts: [PipelineFact] {
    var facts: [PipelineFact] = []
    let form = form(includingDefaults: true)
    for (index, argument) in form.arguments.enumerated() where index > 0 {
      facts.append(PipelineFact(path: argument.label ?? "", value: argument.value.source))
    }
    // Tests change nothing of what a pipeline does.
    let stages = (form.children ?? []).filter { $0.name != Catalogue.testName }
    Self.collect(stages, of: Catalogue.pipeline, named: nil, below: "", into: &facts)
    for (index, own) in (ingest?.ownStages ?? []).enumerated() {
      facts.append(PipelineFact(path: "ingest.own[\(index)]", value: own.identity))
      facts.append(PipelineFact(path: "ingest.own[\(index)].version", value: own.version.map { "\($0)" } ?? ""))
    }
    return facts
  }

  private static func collect(
    _ forms: [Form], of parent: StageDescription, named names: [String]?, below path: String,
    into facts: inout [PipelineFact]
  ) {
    for (index, form) in forms.enumerated() {
      let sameKind = forms.indices.filter { forms[$0].name == form.name }
      guard let description = parent.children?.first(where: { $0.name == form.name }) else {
        // A stage of the program's own; nothing but its arguments is known of it.
        let key = form.name.prefix(1).lowercased() + form.name.dropFirst()
        let place = "\(path)\(key)[\(sameKind.firstIndex(of: index) ?? 0)]"
        if form.arguments.isEmpty { facts.append(PipelineFact(path: place, value: "")) }
        facts += form.arguments.enumerated().map { position, argument in
          PipelineFact(path: "\(place).\(argument.label ?? "\(position)")", value: argument.value.source)
        }
        continue
      }
      var step = description.key
      if let names {
        step = names[index]
      } else if description.isRepeatable || sameKind.count > 1 {
        step += "[\(sameKind.firstIndex(of: index) ?? 0)]"
      }
      let place = path + step
      var unlabelled = description.parameters.filter { $0.label == nil }.map(\.name)[...]
      for argument in form.arguments {
        let name = argument.label ?? unlabelled.popFirst() ?? ""
        facts.append(PipelineFact(path: "\(place).\(name)", value: argument.value.source))
      }
      let children = form.children ?? []
      if form.arguments.isEmpty && children.isEmpty { facts.append(PipelineFact(path: place, value: "")) }
      let layers = form.name == "Model" ? Model.layerNames(ofStages: children.map(\.name)) : nil
      collect(children, of: description, named: layers, below: place + ".", into: &facts)
    }
  }
}

/// An argument that is not the same in two pipelines.
public struct FactChange: Sendable, Hashable, Codable {
  public var path: String
  /// Nil where the argument, or the stage, was not there.
  public var before: String?
  /// Nil where it is there no more.
  public var after: String?

  /// `train.epochs was 12, is 20`.
  public var sentence: String {
    switch (before, after) {
    case (let before?, let after?): "\(path) was \(Self.shown(before)), is \(Self.shown(after))"
    case (nil, let after?): after.isEmpty ? "\(path) is new" : "\(path) is new, \(Self.shown(after))"
    case (let before?, nil): before.isEmpty ? "\(path) is gone" : "\(path) is gone, was \(Self.shown(before))"
    case (nil, nil): path
    }
  }

  /// A value that is long, such as a list of tensors, is told by its beginning.
  private static func shown(_ value: String) -> String { value.count <= 60 ? value : value.prefix(57) + "…" }

  /// The arguments that differ, in the order of the later pipeline, those that are gone behind.
  public static func between(_ before: [PipelineFact], _ after: [PipelineFact]) -> [FactChange] {
    let old = Dictionary(before.map { ($0.path, $0.value) }) { first, _ in first }
    let new = Dictionary(after.map { ($0.path, $0.value) }) { first, _ in first }
    return after.filter { old[$0.path] != $0.value }
      .map { FactChange(path: $0.path, before: old[$0.path], after: $0.value) }
      + before.filter { new[$0.path] == nil }.map { FactChange(path: $0.path, before: $0.value, after: nil) }
  }
}
