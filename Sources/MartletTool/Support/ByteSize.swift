/// A size on the command line.
enum ByteSize {
  /// The bytes of `64KiB`, `1MiB`, `2GiB`, `500B` or `65536`; nil if it is none of these, not at least 1, or too much.
  static func bytes(_ text: String, atMost limit: Int = 1 << 30) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let factor: Int
    switch text.dropFirst(digits.count).drop(while: { $0 == " " }).lowercased() {
    case "", "b", "bytes": factor = 1
    case "kib": factor = 1 << 10
    case "mib": factor = 1 << 20
    case "gib": factor = 1 << 30
    default: return nil
    }
    guard let count = Int(digits), count > 0 else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow || bytes > limit ? nil : bytes
  }
}
