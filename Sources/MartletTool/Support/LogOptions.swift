public import ArgumentParser
import Foundation
public import SensorLogs

/// How recordings are to be read, where their names and headings do not tell.
struct LogOptions: ParsableArguments {
  @Option(help: "The topic whose messages are frames. (default: the first that holds numbers)")
  var topic: String?

  @Option(help: "The topic whose messages are labels.")
  var labelTopic: String?

  @Option(
    help: ArgumentHelp("The channels by name, in this order. (default: all)", valueName: "a,b,c"))
  var channels: String?

  @OptionGroup var labelling: LabelOptions
}

/// The same for recordings that name things in an unusual way.
struct AdvancedLogOptions: ParsableArguments {
  @OptionGroup var columns: ColumnOptions
  @OptionGroup var format: FormatOptions

  @Option(
    name: .customLong("rate"),
    help: ArgumentHelp("The rate of a table without times, in Hz, above 0.", visibility: .hidden))
  var rateHz: Double?

  func validate() throws {
    if let rateHz, !(rateHz.isFinite && rateHz > 0 && rateHz <= 1e9) {
      throw ValidationError("--rate takes a number of hertz above 0, found \(rateHz)")
    }
  }
}

/// Which column of a table means what.
struct ColumnOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The column that holds the time.", visibility: .hidden))
  var timeColumn: String?

  @Option(
    help: ArgumentHelp(
      "The unit of the time column: seconds, milliseconds, microseconds or nanoseconds.", visibility: .hidden),
    completion: .list(["seconds", "milliseconds", "microseconds", "nanoseconds"]))
  var timeUnit: TimeUnit?

  @Option(help: ArgumentHelp("The column that holds the label.", visibility: .hidden))
  var labelColumn: String?

  @Option(help: ArgumentHelp("The column whose changes break the recording.", visibility: .hidden))
  var segmentColumn: String?

  @Option(
    help: ArgumentHelp(
      "The names of a table's columns, where it has no heading.", valueName: "a,b,c", visibility: .hidden))
  var columns: String?

  @Option(
    help: ArgumentHelp(
      "What a table's numbers have before their fraction: point or comma. (default: what the rows show)",
      visibility: .hidden))
  var decimal: DecimalSeparator?

  /// What is not given stays as it is.
  func apply(to options: inout LogReadOptions) {
    options.columns = columns.map(LogReadOptions.names) ?? options.columns
    options.decimal = decimal ?? options.decimal
    options.timeColumn = timeColumn ?? options.timeColumn
    options.timeUnit = timeUnit ?? options.timeUnit
    options.labelColumn = labelColumn ?? options.labelColumn
    options.segmentColumn = segmentColumn ?? options.segmentColumn
  }
}

extension TimeUnit: ExpressibleByArgument {}
extension DecimalSeparator: ExpressibleByArgument {}
extension MessageEncoding: ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
extension LogCompression: ExpressibleByArgument {}

extension LogReadOptions {
  init(_ options: LogOptions, _ advanced: AdvancedLogOptions) throws {
    self.init()
    topic = options.topic
    labelTopic = options.labelTopic
    channels = options.channels.map(Self.names)
    labels = options.labelling.source
    rateHz = advanced.rateHz
    advanced.columns.apply(to: &self)
    try advanced.format.apply(to: &self)
  }

  /// The parts of `a,b,c`.
  static func names(_ list: String) -> [String] {
    list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
