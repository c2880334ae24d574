extension StageReference {
  /// The whole reference as a page of documentation: a section for each stage of a pipeline, one within it for each
  /// stage in its braces.
  public static var markdown: String {
    let pipeline = StageReference.pipeline
    var text = """
      # Stages

      Every stage of a pipeline file, with all its arguments.

      ## Overview

      This page is made from the catalogue by which `martlet check` reads pipeline files; `martlet stages NAME` shows the \
      same in a terminal. A value that stands for itself is written as in Swift; one of several choices has a leading dot. \
      An argument that may be left out has a default, which `martlet explain` also uses. Names in `--set` are those of the \
      stages with a small first letter: `--set train.epochs=3`.

      A stage that takes something stands behind one that gives it; `martlet check` says where one does not.

      ## Pipeline


      """
    text += pipeline.body
    for stage in pipeline.stages {
      text += "\n## \(stage.name)\n\n" + stage.body
      for inner in stage.stages { text += "\n### \(inner.name) in \(stage.name)\n\n" + inner.body }
    }
    return text
  }

  private var body: String {
    var text = "\(summary)\(flow.map { " It \($0)." } ?? "")\(isRepeatable ? " It may stand several times." : "")\n\n"
    text += "`\(example)`\n"
    if !arguments.isEmpty {
      text += "\n| argument | values | unit | default |\n|---|---|---|---|\n"
      for argument in arguments {
        let end = argument.defaultValue.map { "`\($0.inCell)`" } ?? "must be written"
        text += "| `\(argument.title)` | \(argument.values) | \(argument.unit ?? "") | \(end) |\n"
      }
      text += "\n"
      for argument in arguments { text += argument.item(indent: 0) }
    }
    if !stages.isEmpty {
      text += "\nIn its braces: " + stages.map { "`\($0.name)`" }.joined(separator: ", ") + ".\n"
    }
    return text
  }
}

extension ArgumentReference {
  /// What it means, and the members that it may be.
  fileprivate func item(indent: Int, withFacts: Bool = false) -> String {
    let space = String(repeating: " ", count: indent)
    var text = "\(space)- `\(title)`: \(summary)\(withFacts ? " Takes \(facts)." : "")\n"
    for member in members {
      text += "\(space)  - `\(member.signature)`: \(member.summary)\n"
      for argument in member.arguments { text += argument.item(indent: indent + 4, withFacts: true) }
    }
    return text
  }
}

extension String {
  /// Fit for a cell of a table.
  fileprivate var inCell: String { replacing("|", with: "\\|") }
}
