import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@testable import PipelineRunner

struct JUnitReportTests {
  /// Collects the elements of a document.
  private final class Elements: NSObject, XMLParserDelegate {
    var found: [(name: String, attributes: [String: String])] = []
    var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) { found.append((name, attributes)) }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  @Test func anXMLParserReadsWhatWasWritten() throws {
    var report = JUnitReport()
    let name = "a <b> & \"c\" 'd'\u{7}\u{1B}[31m ✓ ]]>\n\tend"
    report.add(
      "Pipelines/a&b.swift",
      [
        .init(name: name, seconds: 0.0012345),
        .init(name: "fails", seconds: 2, failure: (message: "expected <3>\u{0}", text: "a.swift:1:2: error\n  | ^~\n")),
      ])
    let elements = Elements()
    let parser = XMLParser(data: Data(report.text.utf8))
    parser.delegate = elements
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(elements.found.map(\.name) == ["testsuites", "testsuite", "testcase", "testcase", "failure"])
    #expect(elements.found[0].attributes["tests"] == "2" && elements.found[0].attributes["failures"] == "1")
    #expect(elements.found[1].attributes["name"] == "Pipelines/a&b.swift")
    #expect(elements.found[1].attributes["time"] == "2.001235" || elements.found[1].attributes["time"] == "2.001234")
    #expect(elements.found[2].attributes["name"] == "a <b> & \"c\" 'd'\u{FFFD}\u{FFFD}[31m ✓ ]]>\n\tend")
    #expect(elements.found[4].attributes["message"] == "expected <3>\u{FFFD}")
    #expect(elements.text.contains("a.swift:1:2: error\n  | ^~\n"))
  }
}
