/// Opens recordings of any format that can be read.
public enum SensorLog {
  /// Opens a recording; format and compression are told by the first bytes, not by the name.
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
    return try open(try FileInput(path: path), options: options)
  }

  /// Begins a recording in the format that the path's name asks for: `.mcap`, or `.csv` and `.tsv`, plain or `.zst`.
  ///
  /// - Throws: where the name asks for no known format or the file cannot be made.
  public static func create(
    _ path: String, schema: LogSchema, options: LogWriteOptions = LogWriteOptions()
  ) throws(LogReadError) -> any LogWriter {
    let lowered = path.lowercased()
    if lowered.hasSuffix(".mcap") { return try MCAPFrameWriter(path: path, schema: schema, options: options) }
    let isCompressed = lowered.hasSuffix(".zst")
    let plain = isCompressed ? String(lowered.dropLast(4)) : lowered
    let delimiters = [".csv": UInt8(ascii: ","), ".tsv": UInt8(ascii: "\t")]
    guard let delimiter = delimiters.first(where: { plain.hasSuffix($0.key) })?.value else {
      throw LogReadError(
        .invalidOption("the name must end in .mcap, .csv, .tsv, .csv.zst or .tsv.zst"), path: path)
    }
    return try TableWriter(
      path: path, schema: schema, options: options, isCompressed: isCompressed, delimiter: delimiter)
  }

  static func open(_ input: any ByteInput, options: LogReadOptions) throws(LogReadError) -> any LogReader {
    let stream = try ByteStream(input, windowLogMaximum: options.zstdWindowLogMaximum)
    if try isMCAP(stream) { return try MCAPFrameReader(stream, options: options) }
    return try TableReader(stream, options: options)
  }

  static func isMCAP(_ stream: ByteStream) throws(LogReadError) -> Bool {
    _ = try stream.ensure(8)
    // A shorter file that begins like one is a torn MCAP file and no table.
    return stream.window.starts(with: MCAP.magic.prefix(4))
  }
}
