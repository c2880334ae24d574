public import ArgumentParser
import Foundation
public import SensorLogs

/// What single formats leave open, and how far a reader goes.
struct FormatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The parts of a raw recording's frame, such as time:uint32[ms],acc_x:int16[g]*0.001,skip:2.",
      valueName: "parts", visibility: .hidden))
  var raw: String?

  @Option(
    help: ArgumentHelp("Which byte of a raw recording's numbers comes first: little or big.", visibility: .hidden))
  var byteOrder: ByteOrder?

  @Option(
    help: ArgumentHelp(
      "Bytes before a raw recording's first frame, 0 to 1073741824.", valueName: "bytes", visibility: .hidden))
  var skipBytes: Int?

  @Option(
    help: ArgumentHelp(
      "The description of an SDS recording, where it is not beside it.", valueName: "file.sds.yml",
      visibility: .hidden), completion: .file())
  var sdsMetadata: String?

  @Option(
    help: ArgumentHelp(
      "The ending of a WFDB record's annotation file, if not atr.", valueName: "ending", visibility: .hidden))
  var annotator: String?

  @Option(
    help: ArgumentHelp(
      "How annotations of WFDB and EDF+ label frames: held, untilNext or nearestFrame.", visibility: .hidden))
  var annotations: AnnotationRule?

  @Option(
    help: ArgumentHelp(
      "A file with the key that Edge Impulse recordings are verified with.", valueName: "file", visibility: .hidden),
    completion: .file())
  var signingKeyFile: String?

  @Option(
    help: ArgumentHelp(
      "Which clock of a message gives its time: log, publish, or field:path as in field:header.stamp.",
      valueName: "clock", visibility: .hidden),
    completion: .list(["log", "publish", "field:"]))
  var time: MessageTime?

  @Option(
    help: ArgumentHelp(
      "The largest zstd window to allow, as a power of two; 27 to 31 for files made with --long.",
      valueName: "log2", visibility: .hidden))
  var windowLog: Int?

  @Option(
    help: ArgumentHelp(
      "Stop where a recording decodes to more than this, such as 2GiB.", valueName: "size", visibility: .hidden))
  var maximumDecoded: DecodedSize?

  func validate() throws {
    if let windowLog { try Limits.check(windowLog, of: "--window-log", within: 10...31) }
    if let skipBytes { try Limits.check(skipBytes, of: "--skip-bytes", within: 0...(1 << 30)) }
    if raw == nil, byteOrder != nil || skipBytes != nil {
      throw ValidationError("--byte-order and --skip-bytes go with --raw")
    }
  }

  /// What is not given stays as it is.
  func apply(to options: inout LogReadOptions) throws {
    if let raw {
      options.format = .raw
      options.rawLayout = try RawLayout(
        text: raw, byteOrder: byteOrder ?? .little, headerBytes: skipBytes ?? 0, rateHz: options.rateHz)
    }
    options.sdsMetadataPath = sdsMetadata ?? options.sdsMetadataPath
    options.annotator = annotator ?? options.annotator
    options.annotations = annotations ?? options.annotations
    if let signingKeyFile { options.signingKey = try Self.key(inFile: signingKeyFile) }
    options.time = time ?? options.time
    options.zstdWindowLogMaximum = windowLog ?? options.zstdWindowLogMaximum
    options.maximumDecodedBytes = maximumDecoded?.bytes ?? options.maximumDecodedBytes
  }

  /// The first line of a file: a key given as an argument would show in the list of processes.
  private static func key(inFile path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path),
      let line = String(data: data, encoding: .utf8)?.split(whereSeparator: \.isNewline).first
    else { throw ValidationError("--signing-key-file takes a file with the key in its first line, found '\(path)'") }
    return String(line)
  }
}

extension ByteOrder: ExpressibleByArgument {}

/// A size that may exceed memory.
struct DecodedSize: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    guard let found = ByteSize.bytes(argument, atMost: 1 << 50) else { return nil }
    bytes = found
  }
}

extension AnnotationRule: ExpressibleByArgument {}

extension MessageTime: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "log": self = .log
    case "publish": self = .publish
    default:
      guard argument.hasPrefix("field:"), argument.count > 6 else { return nil }
      self = .field(String(argument.dropFirst(6)))
    }
  }
}
