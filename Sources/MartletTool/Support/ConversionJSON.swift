public import ArgumentParser
import Foundation
public import SensorLogs

/// What a conversion read, wrote and lost, as one JSON object.
struct ConversionJSON: Encodable {
  /// Grows when a key changes its meaning or goes away.
  var schemaVersion = 1
  let conversion: LogConversionReport

  init(conversion: LogConversionReport) {
    self.conversion = conversion
  }

  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension LogFormat: ExpressibleByArgument {}
extension LogCompression: ExpressibleByArgument {}
