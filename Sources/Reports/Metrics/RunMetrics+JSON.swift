public import Foundation

extension RunMetrics {
  /// The bytes of `metrics.json`: keys in order, two spaces of indentation, a final newline, the shortest decimals that
  /// read back as the same number.
  ///
  /// - Throws: `EncodingError` if a figure is not finite.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    var data = try encoder.encode(self)
    data.append(UInt8(ascii: "\n"))
    return data
  }

  public init(json: Data) throws {
    self = try JSONDecoder().decode(RunMetrics.self, from: json)
  }
}
