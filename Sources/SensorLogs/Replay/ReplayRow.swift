/// A line of named values that are no frame, in the formats of a replay.
public struct ReplayRow: Sendable {
  public enum Value: Sendable, Hashable {
    /// Nanoseconds, written as seconds, exactly.
    case seconds(Int64)
    /// nil is null, or an empty cell.
    case text(String?)
    /// nil is null, or an empty cell.
    case number(Double?)
  }

  private let format: ReplayFormat
  private let names: [String]

  public init(_ format: ReplayFormat, names: [String]) {
    self.format = format
    self.names = names
  }

  /// What stands before all lines: the heading of a table.
  public func start(into bytes: inout [UInt8]) {
    guard format == .csv else { return }
    for (index, name) in names.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      ReplayText.add(cell: name, to: &bytes)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Appends one line.
  ///
  /// - Precondition: There is a value for each name.
  public func add(_ values: [Value], to bytes: inout [UInt8]) {
    precondition(values.count == names.count, "a row has a value for each name")
    bytes.append(contentsOf: format == .jsonl ? "{".utf8 : "".utf8)
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      if format == .jsonl {
        JSONText.add(names[index], to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.add(json: value, to: &bytes)
      } else {
        Self.add(cell: value, to: &bytes)
      }
    }
    bytes.append(contentsOf: format == .jsonl ? "}\n".utf8 : "\n".utf8)
  }

  private static func add(json value: Value, to bytes: inout [UInt8]) {
    switch value {
    case .seconds(let time): DecimalText.addSeconds(time, to: &bytes)
    case .text(let text?): JSONText.add(text, to: &bytes)
    case .number(let number?): JSONText.add(number, to: &bytes)
    case .text(nil), .number(nil): bytes += "null".utf8
    }
  }

  private static func add(cell value: Value, to bytes: inout [UInt8]) {
    switch value {
    case .seconds(let time): DecimalText.addSeconds(time, to: &bytes)
    case .text(let text?): ReplayText.add(cell: text, to: &bytes)
    case .number(let number?): DecimalText.add(number, to: &bytes)
    case .text(nil), .number(nil): break
    }
  }
}
