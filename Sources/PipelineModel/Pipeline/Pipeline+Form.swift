extension Pipeline {
  /// The pipeline as it would be written.
  ///
  /// - Parameter includingDefaults: Whether arguments that stand at their default are written too.
  public func form(includingDefaults: Bool = false) -> Form {
    Self.schema.encode(self, includingDefaults: includingDefaults)
  }

  /// Reads a form and checks it: all mistakes at once, each with its path.
  ///
  /// - Returns: The pipeline, or `nil` if there is any error among the issues.
  public static func read(_ form: Form) -> (pipeline: Pipeline?, issues: [PipelineIssue]) {
    var context = DecodingContext()
    guard form.name == schema.description.name else {
      context.report(
        .unknownStage(
          owner: "the file", name: form.name, nearest: nearestName(to: form.name, in: ["Pipeline"]), home: nil,
          known: ["Pipeline"]))
      return (nil, context.issues)
    }
    let pipeline = schema.decode(form, in: &context, at: PipelinePath())
    let issues = context.issues + pipeline.issues(knowing: context)
    return (issues.isEmpty && context.unreadable.isEmpty ? pipeline : nil, issues)
  }
}
