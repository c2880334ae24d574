/// Writes a page with curves, tables and the arena map into the run directory.
public struct Report: Sendable, Hashable {
  /// The file name in the run directory.
  public var file: String
  /// Whether the page shows some of the held-out subjects' recorded signal, with what the networks took it for.
  public var preview: Bool

  public init(_ file: String = "report.html", preview: Bool = true) {
    self.file = file
    self.preview = preview
  }
}

extension Report: PipelineNode {
  static let schema = NodeSchema(
    "Report", blank: Report(), takes: [.metrics], gives: [.report], phase: 7, example: #"Report("report.html")"#,
    "Writes a page with curves, tables and the arena map into the run directory.",
    fields: [
      .optional("file", \.file, labelled: false, "The file name in the run directory."),
      .optional(
        "preview", \.preview, "Whether the page shows some of the held-out subjects' signal; false keeps it out."),
    ])
}
