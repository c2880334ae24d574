/// What format the bytes of a recording have.
enum FormatDetection {
  /// The format that the options name, else the one that content tells, else the one that the name does; nil for a
  /// table of text.
  static func format(of stream: ByteStream, options: LogReadOptions) throws(LogReadError) -> LogFormat? {
    if let format = options.format { return format }
    if options.rawLayout != nil { return .raw }
    if try SensorLog.isMCAP(stream) { return .mcap }
    _ = try stream.ensure(8)
    if stream.window.starts(with: EDFHeader.Variant.edf.magic) { return .edf }
    if stream.window.starts(with: EDFHeader.Variant.bdf.magic) { return .bdf }
    if try EdgeImpulseReader.recognizes(stream) { return .edgeImpulse }
    // An SDS file begins with the number of its first slot, which may be any.
    if options.sdsMetadataPath != nil || SDSFileName(CompanionFiles(beside: stream.path).mainName) != nil {
      return .sds
    }
    if try JSONLinesReader.recognizes(stream) { return .jsonLines }
    return nil
  }
}
