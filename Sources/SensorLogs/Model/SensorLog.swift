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
