import Foundation
import SensorLogs

/// Summaries of recordings as one JSON object.
struct LogSummaryJSON: Encodable {
  /// Grows when a key changes its meaning or goes away.
  var schemaVersion = 1
  let logs: [LogSummary]

  init(logs: [LogSummary]) {
    self.logs = logs
  }

  /// Keys sorted, so that two files can be compared line by line.
  func text() throws -> String {
    let encoder = JSONEncoder()
    let object = try JSONSerialization.jsonObject(with: encoder.encode(self))
    let data = try JSONSerialization.data(
      withJSONObject: Self.withTimesAsText(object), options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  /// Nanoseconds since 1970 exceed what many readers of JSON keep of a number, so points in time become text.
  private static func withTimesAsText(_ value: Any) -> Any {
    switch value {
    case let object as [String: Any]:
      var result = object.mapValues(withTimesAsText)
      for key in ["firstTime", "lastTime"] {
        if let time = object[key] as? NSNumber { result[key] = time.stringValue }
      }
      return result
    case let array as [Any]: return array.map(withTimesAsText)
    default: return value
    }
  }
}
