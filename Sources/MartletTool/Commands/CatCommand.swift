import ArgumentParser
import Foundation
import SensorLogs

/// Prints recordings.
struct CatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Prints the frames of recordings, one recording after the other, to standard output.",
    discussion: """
      EXAMPLES:
        martlet cat walk.mcap | head
        martlet cat walk.csv --channels acc_x,acc_y --from 10s --duration 5s
        martlet cat walk.mcap --messages --topics /imu | jq .data

      Offsets count from each recording's own first frame. Several recordings must have the same channels; their \
      segments are renumbered, so that a column tells where one ends. --messages prints every message of MCAP as an \
      object of its own, with its topic and times.

      Exit status 3 means that something of a recording was lost on the way.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv, tsv, jsonl

    var logFormat: LogFormat {
      switch self {
      case .csv: .csv
      case .tsv: .tsv
      case .jsonl: .jsonLines
      }
    }
  }

  @Argument(help: "Recordings, plain or compressed, or rosbag2 folders; - is standard input.", completion: .file())
  var logs: [String]

  @Option(help: "csv, tsv or jsonl. (default: csv)")
  var format: Format?

  @Flag(help: "The same as --format jsonl.")
  var json = false

  @OptionGroup var part: RangeOptions
  @OptionGroup var reading: LogOptions

  @Flag(help: "Print the messages of MCAP recordings as JSON Lines.")
  var messages = false

  @Option(help: ArgumentHelp("With --messages: the topics to print. (default: all)", valueName: "a,b,c"))
  var topics: String?

  @OptionGroup(title: "Advanced options", visibility: .hidden) var advanced: AdvancedLogOptions

  func validate() throws {
    if json, let format, format != .jsonl { throw ValidationError("--json is --format jsonl; leave out one of them") }
    if messages, let format, format != .jsonl { throw ValidationError("messages are printed as jsonl only") }
    if messages, reading.channels != nil {
      throw ValidationError("--channels chooses columns; --messages prints whole messages")
    }
    if topics != nil, !messages {
      throw ValidationError("--topics goes with --messages; --topic chooses that of the frames")
    }
    if logs.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input can be read once only") }
  }

  func run() throws {
    Interruption.watch()
    _ = try StandardOutput.untilGone { try messages ? printMessages() : printFrames() }
  }

  private func printFrames() throws {
    var options = LogConversionOptions()
    options.read = try LogReadOptions(reading, advanced)
    options.range = part.range
    options.write.format = json ? .jsonLines : format?.logFormat ?? .csv
    let report = try LogConverter.convert(
      logs, to: "-", options: options, isCancelled: { Interruption.isRequested })
    for input in report.inputs { Losses.tell(input.losses, of: input.path) }
    try Losses.end(frameless: report.frameless, hasLosses: report.hasLosses)
  }

  private func printMessages() throws {
    var lines = MCAPMessageLines()
    lines.range = part.range
    lines.topics = topics.map(LogReadOptions.names)
    var hasLosses = false
    var frameless: [String] = []
    for (input, report) in try lines.print(logs, to: "-", isCancelled: { Interruption.isRequested }) {
      Losses.tell(report.losses, of: input)
      if report.undecodable > 0 {
        Terminal.standardError.say(
          "\(input): \(Readable.count(report.undecodable)) messages could not be decoded; their lines say why",
          as: .note)
      }
      if !report.losses.isEmpty { hasLosses = true }
      if report.messages == 0, part.range.isEverything, topics == nil { frameless.append(input) }
    }
    try Losses.end(frameless: frameless, hasLosses: hasLosses)
  }
}
