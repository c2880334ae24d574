/// Opens recordings of any format that can be read.
public enum SensorLog {
  /// Opens a recording; format and compression are told by the first bytes, and where these tell nothing, by the name.
  ///
  /// A WFDB record is opened by its header, `100.hea`, or by its name alone, `100`; the description of an SDS file and
  /// the labels of an Edge Impulse one are found beside it.
  ///
  /// - Parameter path: A file, a rosbag2 folder, or `-` for standard input.
  /// - Throws: where no frame can be had from it at all.
  public static func open(
    _ path: String, options: LogReadOptions = LogReadOptions()
  ) throws(LogReadError) -> any LogReader {
    if Rosbag2Folder.isFolder(path) {
      return try labelled(MCAPFrameReader(Rosbag2Folder(path), options: options), path, options)
    }
    if let header = WFDBReader.headerPath(of: path, options: options) {
      return try labelled(WFDBReader(headerPath: header, options: options), path, options)
    }
    return try open(try FileInput(path: path), options: options)
  }

  /// Begins a recording in the format that the options, or else the path's name, ask for.
  ///
  /// `.mcap`, `.json` and `.cbor` (Edge Impulse), `.hea` (WFDB), `.edf`, `.bdf`; `.csv`, `.tsv`, `.jsonl` and `.bin` (raw),
  /// plain or with `.zst`, `.gz` or `.lz4` behind it; `.sds`, plain or with `.zst`.
  ///
  /// - Parameter path: A file, or `-` for standard output, whose format only the options can tell.
  /// - Throws: where nothing tells the format or the file cannot be made.
  public static func create(
    _ path: String, schema: LogSchema, options: LogWriteOptions = LogWriteOptions()
  ) throws(LogReadError) -> any LogWriter {
    let name = LogFileName(path)
    let shownPath = path == "-" ? "standard output" : path
    guard let format = options.format ?? name.format else {
      throw LogReadError(
        .invalidOption(
          path == "-"
            ? "standard output has no name that tells its format; give the format"
            : "the name must end in .mcap, .json, .cbor, .hea, .edf or .bdf, or in .csv, .tsv, .jsonl, .sds or .bin, "
              + "which can be compressed, as in .csv.zst, .csv.gz or .csv.lz4"), path: shownPath)
    }
    let compression = options.compression ?? name.compression
    if compression != .none, let reason = format.reasonAgainstCompression {
      throw LogReadError(
        .invalidOption("\(reason); leave the compression away, in the name too, or write csv, jsonl, sds or raw"),
        path: shownPath)
    }
    if let writer = try createAlone(path, format, compression, schema: schema, options: options) { return writer }
    let output = try CompressedOutput(path: path, compression: compression, level: options.compressionLevel)
    return switch format {
    case .tsv: TableWriter(output, schema: schema, delimiter: UInt8(ascii: "\t"))
    case .jsonLines: JSONLinesWriter(output, schema: schema)
    default: TableWriter(output, schema: schema, delimiter: UInt8(ascii: ","))
    }
  }

  /// The formats that make their own file, some of them several; nil for text.
  private static func createAlone(
    _ path: String, _ format: LogFormat, _ compression: LogCompression, schema: LogSchema, options: LogWriteOptions
  ) throws(LogReadError) -> (any LogWriter)? {
    switch format {
    case .csv, .tsv, .jsonLines: return nil
    case .mcap: return try MCAPFrameWriter(path: path, schema: schema, options: options)
    case .raw: return try RawWriter(path: path, schema: schema, options: options, compression: compression)
    case .sds, .edgeImpulse, .wfdb, .edf, .bdf: break
    }
    // They have companions, or are gone over again when all is known.
    guard !OutputTarget.isStream(path) else {
      throw LogReadError(
        .invalidOption(
          "\(format.rawValue) cannot be written to \(path == "-" ? "standard output" : "a pipe or device"); name a file"
        ),
        path: path == "-" ? "standard output" : path)
    }
    switch format {
    case .sds: return try SDSWriter(path: path, schema: schema, options: options, compression: compression)
    case .edgeImpulse:
      let encoding: EdgeImpulseWriter.Encoding = path.lowercased().hasSuffix(".cbor") ? .cbor : .json
      return try EdgeImpulseWriter(path: path, schema: schema, options: options, encoding: encoding)
    case .wfdb: return try WFDBWriter(path: path, schema: schema, options: options)
    case .edf: return try EDFWriter(path: path, schema: schema, options: options, variant: .edf)
    default: return try EDFWriter(path: path, schema: schema, options: options, variant: .bdf)
    }
  }

  static func open(_ input: any ByteInput, options: LogReadOptions) throws(LogReadError) -> any LogReader {
    try open(ByteStream(input, options: options), options: options)
  }

  static func open(_ stream: ByteStream, options: LogReadOptions) throws(LogReadError) -> any LogReader {
    try labelled(openAsRecorded(stream, options), stream.path, options)
  }

  /// Lays the labels that the options name over a recording.
  private static func labelled(
    _ reader: any LogReader, _ path: String, _ options: LogReadOptions
  ) throws(LogReadError) -> any LogReader {
    guard let labels = options.labels else { return reader }
    return LabelledReader(reader, try labels.track(of: path, options: options))
  }

  private static func openAsRecorded(
    _ stream: ByteStream, _ options: LogReadOptions
  ) throws(LogReadError) -> any LogReader {
    switch try FormatDetection.format(of: stream, options: options) {
    case .mcap: return try MCAPFrameReader(stream, options: options)
    case .sds: return try SDSReader.open(stream, options: options)
    case .raw:
      guard let layout = options.rawLayout else {
        throw LogReadError(
          .invalidOption("a raw recording needs a layout that says what its bytes mean"), path: stream.path)
      }
      return try RawReader(stream, layout: layout, options: options)
    case .edgeImpulse: return try EdgeImpulseReader(stream, options: options)
    case .edf, .bdf: return try EDFReader(stream, options: options)
    case .wfdb:
      throw LogReadError(
        .invalidOption("a WFDB record is several files; name its header, such as 100.hea"), path: stream.path)
    case .jsonLines: return try JSONLinesReader(stream, options: options)
    case .csv, .tsv, nil: return try TableReader(stream, options: options)
    }
  }

  static func isMCAP(_ stream: ByteStream) throws(LogReadError) -> Bool {
    _ = try stream.ensure(8)
    // A shorter file that begins like one is a torn MCAP file and no table.
    return stream.window.starts(with: MCAP.magic.prefix(4))
  }
}

extension LogFormat {
  /// Why files of the format are written plain; nil for those that can be compressed as a whole.
  var reasonAgainstCompression: String? {
    switch self {
    case .csv, .tsv, .jsonLines, .raw, .sds: nil
    case .mcap: "MCAP files compress their chunks themselves and are not compressed as a whole"
    case .edgeImpulse: "Edge Impulse files are not written compressed"
    case .wfdb: "the files of a WFDB record are not written compressed"
    case .edf, .bdf: "\(rawValue.uppercased()) files are not written compressed"
    }
  }
}
