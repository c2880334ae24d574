import Foundation
import Reports
import Testing

@Suite(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_PAGE_PREVIEW"] != nil))
struct PagePreview {
  /// Writes the sample page to the file named by MARTLET_PAGE_PREVIEW, to be looked at.
  @Test func writeTheSamplePage() throws {
    let path = try #require(ProcessInfo.processInfo.environment["MARTLET_PAGE_PREVIEW"])
    try Data(ReportPage(Samples.full).html().utf8).write(to: URL(fileURLWithPath: path))
  }
}
