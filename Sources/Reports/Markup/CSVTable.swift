/// The data behind a picture, as a table that a reader can keep.
struct CSVTable: Sendable, Hashable {
  /// Of the file, without its ending.
  var name: String
  var columns: [String]
  var rows: [[String]]

  /// After RFC 4180, but with lines that end in a line feed alone.
  var text: String {
    ([columns] + rows).map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
  }

  /// A link under which the page itself holds the file: it needs neither a network nor a script.
  func link(title: String, text label: String = "Data (CSV)") -> Markup {
    """
    <p class="data"><a download="\(name).csv" href="data:text/csv;charset=utf-8,\(Markup(trusted: Self.encoded(text)))" \
    aria-label="Data of “\(title)” as CSV">\(label)</a></p>

    """
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\n\r\r\n".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// Percent-encoded, all but what has no meaning in an address.
  private static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count * 5 / 4)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "/"):
        bytes.append(byte)
      default:
        bytes.append(UInt8(ascii: "%"))
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
