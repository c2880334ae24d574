import Foundation

/// Reports as JSON: keys sorted, so that two files can be compared line by line, and times as text.
enum ReportJSON {
  /// Nanoseconds since 1970 exceed what many readers of JSON keep of a number.
  private static let timeKeys: Set<String> = ["time", "from", "to", "firstTime", "lastTime"]

  static func text(_ report: some Encodable) throws -> String {
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(report))
    let data = try JSONSerialization.data(
      withJSONObject: withTimesAsText(object), options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  private static func withTimesAsText(_ value: Any) -> Any {
    switch value {
    case let object as [String: Any]:
      var result = object.mapValues(withTimesAsText)
      for key in timeKeys {
        if let time = object[key] as? NSNumber { result[key] = time.stringValue }
      }
      return result
    case let array as [Any]: return array.map(withTimesAsText)
    default: return value
    }
  }
}
