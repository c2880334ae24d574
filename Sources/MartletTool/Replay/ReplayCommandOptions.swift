public import ArgumentParser
public import SensorLogs
import Signal

/// How tables and messages are read that name things in an unusual way; `--rate` means the pace here.
struct ReplayReadOptions: ParsableArguments {
  @OptionGroup var columns: ColumnOptions
  @OptionGroup var format: FormatOptions

  @Option(
    help: ArgumentHelp("The rate of a table without times, in Hz, above 0.", valueName: "hz", visibility: .hidden))
  var tableRate: Double?

  @Option(
    help: ArgumentHelp("Frames between source and consumer, 1 to 1048576.", valueName: "frames", visibility: .hidden))
  var buffer = 8192

  func validate() throws {
    if let tableRate, !(tableRate.isFinite && tableRate > 0 && tableRate <= 1e9) {
      throw ValidationError("--table-rate takes a number of hertz above 0, found \(tableRate)")
    }
    try Limits.check(buffer, of: "--buffer", within: 1...(1 << 20))
  }

  /// What is not given stays as it is.
  func apply(to options: inout LogReadOptions) throws {
    columns.apply(to: &options)
    options.rateHz = tableRate ?? options.rateHz
    try format.apply(to: &options)
  }
}

/// How often, `--loop` or `--loop 3`.
enum LoopCount: ExpressibleByArgument {
  case forever
  case times(Int)

  init?(argument: String) {
    // Any number is meant as one, not as a file's name; whether it can be is checked later.
    guard let count = Int(argument) else { return nil }
    self = .times(count)
  }
}

/// A length of time such as `1m30s`; a number alone counts seconds.
struct ReplayLength: ExpressibleByArgument, CustomStringConvertible {
  let nanoseconds: Int64

  init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Help shows the value of a flag's default as it describes itself.
  var description: String { Readable.decimal(Double(nanoseconds) / 1e9, places: 0) + "s" }

  init?(argument: String) {
    guard let found = ReplayPoint.duration(argument) ?? ReplayPoint.duration(argument + "s") else { return nil }
    nanoseconds = found
  }
}

enum OverflowChoice: String, ExpressibleByArgument, CaseIterable {
  case block
  case dropOldest = "drop-oldest"
  case dropNewest = "drop-newest"

  var policy: OverrunPolicy {
    switch self {
    case .block: .block
    case .dropOldest: .dropOldest
    case .dropNewest: .dropNewest
    }
  }
}

extension ReplayFormat: ExpressibleByArgument {}

extension PlaybackRate: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { self == .times(1) ? "1" : description }
}

extension ReplayPoint {
  /// - Throws: a sentence, where the text is no place in a recording.
  @Sendable static func argument(_ text: String) throws -> ReplayPoint {
    if let point = ReplayPoint(text) { return point }
    if isAmbiguous(text) {
      throw ValidationError("a number alone is nanoseconds, which so few are hardly meant; write \(text)s or \(text)ns")
    }
    throw ValidationError(
      "write an offset such as 90s or 1m30s, a time such as 2026-03-01T12:00:00Z, or nanoseconds on the recording's clock"
    )
  }
}
