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
      let folder = try Rosbag2Folder(path)
      let first = try ByteStream(FileInput(path: folder.files[0]), windowLogMaximum: options.zstdWindowLogMaximum)
      return try MCAPFrameReader(
        first, path: path, following: Array(folder.files.dropFirst()), options: options)
    }
    if let header = WFDBReader.headerPath(of: path, options: options) {
      return try WFDBReader(headerPath: header, options: options)
    }
    return try open(try FileInput(path: path), options: options)
  }

  /// Begins a recording in the format that the path's name asks for.
  ///
  /// `.mcap`, `.json` and `.cbor` (Edge Impulse), `.hea` (WFDB), `.edf`, `.bdf`; `.csv`, `.tsv`, `.sds` and `.bin` (raw),
  /// plain or with `.zst`.
  ///
  /// - Throws: where the name asks for no known format or the file cannot be made.
  public static func create(
    _ path: String, schema: LogSchema, options: LogWriteOptions = LogWriteOptions()
  ) throws(LogReadError) -> any LogWriter {
    let lowered = path.lowercased()
    let isCompressed = lowered.hasSuffix(".zst")
    let plain = isCompressed ? String(lowered.dropLast(4)) : lowered
    if plain.hasSuffix(".sds") {
      return try SDSWriter(path: path, schema: schema, options: options, isCompressed: isCompressed)
    }
    if plain.hasSuffix(".bin") {
      return try RawWriter(path: path, schema: schema, options: options, isCompressed: isCompressed)
    }
    if let writer = try createUncompressed(path, lowered, schema: schema, options: options) { return writer }
    let delimiters = [".csv": UInt8(ascii: ","), ".tsv": UInt8(ascii: "\t")]
    guard let delimiter = delimiters.first(where: { plain.hasSuffix($0.key) })?.value else {
      throw LogReadError(
        .invalidOption(
          "the name must end in .mcap, .json, .cbor, .hea, .edf or .bdf, or in .csv, .tsv, .sds or .bin, alone or with .zst"
        ),
        path: path)
    }
    return try TableWriter(
      path: path, schema: schema, options: options, isCompressed: isCompressed, delimiter: delimiter)
  }

  /// Formats whose files are not compressed as a whole.
  private static func createUncompressed(
    _ path: String, _ lowered: String, schema: LogSchema, options: LogWriteOptions
  ) throws(LogReadError) -> (any LogWriter)? {
    if lowered.hasSuffix(".mcap") { return try MCAPFrameWriter(path: path, schema: schema, options: options) }
    if lowered.hasSuffix(".json") {
      return try EdgeImpulseWriter(path: path, schema: schema, options: options, encoding: .json)
    }
    if lowered.hasSuffix(".cbor") {
      return try EdgeImpulseWriter(path: path, schema: schema, options: options, encoding: .cbor)
    }
    if lowered.hasSuffix(".hea") { return try WFDBWriter(path: path, schema: schema, options: options) }
    if lowered.hasSuffix(".edf") {
      return try EDFWriter(path: path, schema: schema, options: options, variant: .edf)
    }
    if lowered.hasSuffix(".bdf") {
      return try EDFWriter(path: path, schema: schema, options: options, variant: .bdf)
    }
    return nil
  }

  static func open(_ input: any ByteInput, options: LogReadOptions) throws(LogReadError) -> any LogReader {
    try open(ByteStream(input, windowLogMaximum: options.zstdWindowLogMaximum), options: options)
  }

  static func open(_ stream: ByteStream, options: LogReadOptions) throws(LogReadError) -> any LogReader {
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
    case .csv, .tsv, nil: return try TableReader(stream, options: options)
    }
  }

  static func isMCAP(_ stream: ByteStream) throws(LogReadError) -> Bool {
    _ = try stream.ensure(8)
    // A shorter file that begins like one is a torn MCAP file and no table.
    return stream.window.starts(with: MCAP.magic.prefix(4))
  }
}
