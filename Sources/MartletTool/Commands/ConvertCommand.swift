import ArgumentParser
import Foundation
import SensorLogs

/// Converts recordings between formats.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Converts recordings from one format to another.",
    discussion: """
      EXAMPLES:
        martlet convert wearer.csv.zst wearer.mcap --topic /imu --unit acc_x=g
        martlet convert walk.mcap - --format csv | head
        martlet convert s1.csv s2.csv both.csv.zst --labels labels.csv

      The format is that of the output's name: .mcap, .csv, .tsv, .jsonl, .sds, .bin, .json or .cbor (Edge Impulse), \
      .hea (WFDB), .edf or .bdf; tables, lines and .bin also compressed, as .csv.zst, .csv.gz or .csv.lz4. Several \
      inputs follow one another in it, and no window will span two of them. Exit status 3 means that something of an input was lost. \
      martlet convert --help-hidden shows more options.
      """)

  @Argument(
    help: ArgumentHelp("The recordings to read, then the file to write.", valueName: "in… out"), completion: .file())
  var paths: [String]

  @OptionGroup var reading: LogOptions

  @OptionGroup var labelNames: LabelNameOptions

  @Option(
    name: [.customLong("unit"), .customLong("units")],
    help: ArgumentHelp(
      "The unit of a channel, where the recording states none; may be repeated.", valueName: "channel=unit,…"))
  var units: [String] = []

  @Option(help: "How MCAP messages hold their values: cdr or json. (default: cdr)", completion: .list(["cdr", "json"]))
  var encoding: MessageEncoding?

  @Option(
    help: "The output's format, where its name does not tell: csv, tsv, jsonl, mcap, raw, ….",
    completion: .recordingFormat)
  var format: LogFormat?

  @Option(help: "The output's compression, where its name does not tell: none, zstd, gzip or lz4.")
  var compression: LogCompression?

  @Flag(help: "Print what was done as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @Flag(help: "Replace an output that exists.")
  var force = false

  @OptionGroup(title: "Advanced options", visibility: .hidden) var writing: AdvancedWriteOptions
  @OptionGroup(title: "Advanced options", visibility: .hidden) var advanced: AdvancedLogOptions

  private struct Report: Encodable {
    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    let conversion: LogConversionReport
  }

  func validate() throws {
    guard paths.count >= 2 else {
      throw ValidationError("convert takes at least two paths: what to read, then what to write")
    }
    if json, paths.last == "-" {
      throw ValidationError("--json prints to standard output, which is the output already; name a file to write")
    }
    for pair in units.flatMap(LogReadOptions.names) where Self.unit(pair) == nil {
      throw ValidationError("--unit takes channel=unit, such as acc_x=g, found '\(pair)'")
    }
  }

  func run() throws {
    let inputs = Array(paths.dropLast())
    let output = paths[paths.count - 1]
    var options = LogConversionOptions()
    options.read = try LogReadOptions(reading, advanced)
    options.read.units = Dictionary(units.flatMap(LogReadOptions.names).compactMap(Self.unit)) { $1 }
    if let topic = reading.topic { options.write.topic = topic }
    if let topic = reading.labelTopic { options.write.labelTopic = topic }
    options.write.format = format
    options.write.compression = compression
    options.write.encoding = encoding ?? options.write.encoding
    try writing.apply(to: &options.write, target: format ?? LogFileName(output).format, encoding: encoding)
    options.labelNames = try labelNames.names ?? []
    try OutputPlace.checkRecording(output, format: format, force: force, inputs: inputs)
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet || output == "-")
    let found = try StandardOutput.untilGone {
      defer { reporter.finish() }
      return try LogConverter.convert(
        inputs, to: output, options: options, progress: reporter.byteCounter("converting"),
        isCancelled: { Interruption.isRequested })
    }
    guard let report = found else { return }
    if json {
      try StandardOutput.write(ReportJSON.text(Report(conversion: report)))
    } else if output != "-" {
      try StandardOutput.write(report.text)
    }
    for input in report.inputs { Losses.tell(input.losses, of: input.path) }
    try Losses.end(frameless: report.frameless, hasLosses: report.hasLosses)
  }

  /// `acc_x=g` taken apart.
  private static func unit(_ pair: String) -> (String, String)? {
    let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
    return sides.count == 2 && !sides[0].isEmpty && !sides[1].isEmpty ? (sides[0], sides[1]) : nil
  }
}

/// How the output is laid out.
struct AdvancedWriteOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The zstd level, 1 to 22.", visibility: .hidden))
  var level = 3

  @Option(
    help: ArgumentHelp(
      "Bytes of an MCAP chunk before compression, 1024 to 67108864. (default: 1048576)", valueName: "bytes",
      visibility: .hidden))
  var chunkSize: Int?

  @Option(
    help: ArgumentHelp(
      "The parts of a raw output's frame, such as time:uint32[ms],acc_x:int16[g]*0.001.", valueName: "parts",
      visibility: .hidden))
  var rawOutput: String?

  func validate() throws {
    try Limits.check(level, of: "--level", within: 1...22)
    try Limits.check(chunkSize, of: "--chunk-size", within: 1024...(64 << 20))
  }

  /// - Parameters:
  ///   - target: The output's format; nil where only the recording tells.
  ///   - encoding: What `--encoding` says, which only one command has.
  /// - Throws: where an option is about another format than the output's.
  func apply(to options: inout LogWriteOptions, target: LogFormat?, encoding: MessageEncoding? = nil) throws {
    for (name, isGiven, format) in [
      ("--encoding", encoding != nil, LogFormat.mcap), ("--chunk-size", chunkSize != nil, .mcap),
      ("--raw-output", rawOutput != nil, .raw),
    ] where isGiven {
      guard let target, target != format else { continue }
      throw Failure(
        ExitStatus.usage,
        "\(name) is about \(format.rawValue) outputs, and this one is \(target.rawValue); leave it out")
    }
    options.compressionLevel = level
    options.chunkBytes = chunkSize ?? options.chunkBytes
    options.rawLayout = try rawOutput.map { try RawLayout(text: $0) } ?? options.rawLayout
  }
}

extension LogConversionReport {
  fileprivate var text: String {
    "\(output): \(Readable.count(frames, "frame")) of \(Readable.count(channels.count, "channel")), "
      + "\(Readable.bytes(Double(bytesRead))) read, \(Readable.bytes(Double(bytesWritten))) written"
  }
}
