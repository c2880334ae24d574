/// Results of tests as build servers read them: JUnit's XML, a suite for each pipeline file.
public struct JUnitReport: Sendable {
  public struct Case: Sendable {
    public var name: String
    public var seconds: Double
    /// Nil where the test passed: the first failure in a sentence, and all of them as text.
    public var failure: (message: String, text: String)?
    /// Why the test could not be run at all; nil where it was.
    public var error: String?

    public init(
      name: String, seconds: Double, failure: (message: String, text: String)? = nil, error: String? = nil
    ) {
      self.name = name
      self.seconds = seconds
      self.failure = failure
      self.error = error
    }
  }

  public private(set) var suites: [(name: String, cases: [Case])] = []

  public init() {}

  public mutating func add(_ name: String, _ cases: [Case]) { suites.append((name, cases)) }

  public var text: String {
    let all = suites.flatMap(\.cases)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"martlet\" \(Self.totals(all))>\n"
    for suite in suites {
      text += "  <testsuite name=\"\(Self.escaped(suite.name))\" \(Self.totals(suite.cases))>\n"
      for test in suite.cases { text += Self.element(test, in: suite.name) }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  private static func element(_ test: Case, in suite: String) -> String {
    let start =
      "    <testcase classname=\"\(escaped(suite))\" name=\"\(escaped(test.name))\" time=\"\(decimal(test.seconds))\""
    if let error = test.error {
      let message = escaped(String(error.prefix { $0 != "\n" }))
      return start
        + ">\n      <error message=\"\(message)\" type=\"pipeline\">\(escaped(error))</error>\n    </testcase>\n"
    }
    guard let failure = test.failure else { return start + "/>\n" }
    return start + ">\n      <failure message=\"\(escaped(failure.message))\" type=\"expectation\">"
      + "\(escaped(failure.text))</failure>\n    </testcase>\n"
  }

  private static func totals(_ cases: [Case]) -> String {
    let failures = cases.count { $0.failure != nil }
    let errors = cases.count { $0.error != nil }
    let seconds = cases.reduce(0) { $0 + $1.seconds }
    return "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"0\" "
      + "time=\"\(decimal(seconds))\""
  }

  /// Seconds with six digits behind the point.
  private static func decimal(_ seconds: Double) -> String {
    let micros = Int((max(0, min(seconds, 1e9)) * 1e6).rounded())
    let rest = String(micros % 1_000_000)
    return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - rest.count) + rest
  }

  /// What XML 1.0 has no way to write, such as most control characters, becomes U+FFFD.
  private static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&apos;".unicodeScalars)
      // As references, for a reader turns them into spaces where they stand in an attribute.
      case "\n": result.append(contentsOf: "&#10;".unicodeScalars)
      case "\t": result.append(contentsOf: "&#9;".unicodeScalars)
      case "\r": result.append(contentsOf: "&#13;".unicodeScalars)
      default:
        let isAllowed = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
        result.append(isAllowed ? scalar : "\u{FFFD}")
      }
    }
    return String(result)
  }
}
