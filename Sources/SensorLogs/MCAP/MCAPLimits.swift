/// What a reader of MCAP takes on at most, so that no file can fill the memory.
struct MCAPLimits {
  var chunkBytes: Int
  var recordBytes: Int
  var zstdWindowLogMaximum: Int

  /// Bytes of a record that is taken apart: all but messages, chunks, attachments and message indices.
  static let parsedRecordBytes = 2 << 20

  /// Bytes of a summary that are read; a longer one is not used.
  var summaryBytes = 8 << 20

  /// Decompressed chunks that may be open at once where their times overlap.
  var openChunkBytes = 16 << 20

  init(_ options: LogReadOptions = LogReadOptions()) {
    chunkBytes = options.maximumChunkBytes
    recordBytes = options.maximumRecordBytes
    zstdWindowLogMaximum = options.zstdWindowLogMaximum
  }
}
