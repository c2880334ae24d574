/// Text of a page. What is put into it is escaped, unless it is markup itself, so that no name from a recording can
/// become an element.
struct Markup: Sendable, Hashable, ExpressibleByStringInterpolation {
  private(set) var html: String

  static let empty: Markup = ""

  init(stringLiteral value: String) { html = value }

  init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

  /// Text, every character as itself.
  init(text: String) { html = HTML.escape(text) }

  /// - Precondition: The text is well-formed and from nobody else.
  init(trusted html: String) { self.html = html }

  /// Text that may be broken behind the signs that join the words of a name.
  init(breakable text: String) {
    html = HTML.escape(text).replacing(/[_.\/-](?=\w)/) { "\($0.output)<wbr>" }
  }

  var isEmpty: Bool { html.isEmpty }

  static func + (left: Markup, right: Markup) -> Markup { Markup(trusted: left.html + right.html) }

  static func += (left: inout Markup, right: Markup) { left.html += right.html }

  struct StringInterpolation: StringInterpolationProtocol {
    var html = ""

    init(literalCapacity: Int, interpolationCount: Int) { html.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { html += literal }

    mutating func appendInterpolation(_ text: String) { html += HTML.escape(text) }

    mutating func appendInterpolation(_ number: Int) { html += String(number) }

    /// A coordinate of a picture.
    mutating func appendInterpolation(_ coordinate: Double) { html += Figures.coordinate(coordinate) }

    mutating func appendInterpolation(_ markup: Markup) { html += markup.html }

    mutating func appendInterpolation(_ parts: [Markup]) { html += parts.joined().html }
  }
}

extension Sequence<Markup> {
  func joined(separator: String = "\n") -> Markup {
    Markup(trusted: map(\.html).joined(separator: separator))
  }
}
