/// Writes a page with curves, tables and the arena map into the run directory.
public struct Report: Sendable, Hashable {
  /// The file name in the run directory.
  public var file: String

  public init(_ file: String = "report.html") {
    self.file = file
  }
}

extension Report: PipelineNode {
  static let schema = NodeSchema(
    "Report", blank: Report(), takes: [.metrics], gives: [.report], phase: 7, example: #"Report("report.html")"#,
    "Writes a page with curves, tables and the arena map into the run directory.",
    fields: [.optional("file", \.file, labelled: false, "The file name in the run directory.")])
}
