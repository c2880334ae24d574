/// Opens recordings of any format that can be read.
public enum SensorLog {
  /// Opens a recording; format and compression are told by the first bytes, not by the name.
  ///
  /// - Parameter path: A file, or `-` for standard input.
  /// - Throws: where no frame can be had from it at all.
  public static func open(
    _ path: String, options: LogReadOptions = LogReadOptions()
  ) throws(LogReadError) -> any LogReader {
    try open(try FileInput(path: path), options: options)
  }

  /// Begins a recording in the format that the options, or else the path's name, ask for: `.mcap`, or `.csv`, `.tsv`
  /// and `.jsonl`, plain or with `.zst`, `.gz` or `.lz4` behind it.
  ///
  /// - Parameter path: A file, or `-` for standard output, whose format only the options can tell.
  /// - Throws: where nothing tells the format or the file cannot be made.
  public static func create(
    _ path: String, schema: LogSchema, options: LogWriteOptions = LogWriteOptions()
  ) throws(LogReadError) -> any LogWriter {
    let name = LogFileName(path)
    guard let format = options.format ?? name.format else {
      throw LogReadError(
        .invalidOption(
          path == "-"
            ? "standard output has no name that tells its format; give the format"
            : "the name must end in .mcap, .csv, .tsv or .jsonl; text can be compressed, as in .csv.zst, .csv.gz or .csv.lz4"
        ),
        path: path == "-" ? "standard output" : path)
    }
    if format == .mcap { return try MCAPFrameWriter(path: path, schema: schema, options: options) }
    let output = try CompressedOutput(
      path: path, compression: options.compression ?? name.compression, level: options.compressionLevel)
    switch format {
    case .csv: return TableWriter(output, schema: schema, delimiter: UInt8(ascii: ","))
    case .tsv: return TableWriter(output, schema: schema, delimiter: UInt8(ascii: "\t"))
    case .jsonLines: return JSONLinesWriter(output, schema: schema)
    case .mcap: preconditionFailure("written above")
    }
  }

  static func open(_ input: any ByteInput, options: LogReadOptions) throws(LogReadError) -> any LogReader {
    let stream = try ByteStream(input, options: options)
    if try isMCAP(stream) { return try MCAPFrameReader(stream, options: options) }
    return try openText(stream, options: options)
  }

  /// JSON Lines begin with a brace, tables with the names of their columns.
  static func openText(_ stream: ByteStream, options: LogReadOptions) throws(LogReadError) -> any LogReader {
    if try JSONLinesReader.recognizes(stream) { return try JSONLinesReader(stream, options: options) }
    return try TableReader(stream, options: options)
  }

  static func isMCAP(_ stream: ByteStream) throws(LogReadError) -> Bool {
    _ = try stream.ensure(8)
    // A shorter file that begins like one is a torn MCAP file and no table.
    return stream.window.starts(with: MCAP.magic.prefix(4))
  }
}
