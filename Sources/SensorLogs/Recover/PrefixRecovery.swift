/// Keeps the whole records of formats that put one behind the other, byte by byte, so that nothing of them changes:
/// EDF and BDF with all signals and annotations, SDS with its description, raw frames.
struct PrefixRecovery {
  let options: LogRecoveryOptions
  let isCancelled: () -> Bool

  /// - Parameter again: Opens the file at its beginning; asked twice.
  func run(
    _ format: LogFormat, to output: String, compression: LogCompression, input: String, originalOutput: String,
    again: () throws(LogReadError) -> ByteStream, _ report: inout LogRecoveryReport
  ) throws(LogReadError) {
    let measured = try again()
    let end: Int
    var patch: (offset: Int, bytes: [UInt8])?
    switch format {
    case .edf, .bdf:
      let header = try EDFHeader(measured, maximumRecordBytes: options.read.maximumRecordBytes)
      var records = 0
      while try measured.ensure(header.recordBytes) {
        measured.advance(header.recordBytes)
        records += 1
      }
      end = header.headerBytes + records * header.recordBytes
      let text = "\(records)"
      patch = (236, Array((text + String(repeating: " ", count: max(0, 8 - text.utf8.count))).utf8.prefix(8)))
    case .sds:
      end = try Self.endOfBlocks(measured)
      try copyDescription(input, to: output, originalOutput)
    default:
      guard let layout = options.read.rawLayout else {
        throw LogReadError(.invalidOption("a raw recording needs a layout that says what its bytes mean"), path: input)
      }
      try measured.skip(layout.headerBytes)
      let head = measured.position
      while try measured.fill() { measured.advance(measured.window.count) }
      end = head + (measured.position - head) / max(1, layout.frameBytes) * max(1, layout.frameBytes)
    }
    try copy(again(), until: end, patch, to: output, compression)
    report.bytesRead = measured.bytesRead
  }

  /// Behind the last block that is whole.
  private static func endOfBlocks(_ stream: ByteStream) throws(LogReadError) -> Int {
    var end = 0
    while try stream.ensure(8) {
      let size = Int(UInt32(littleEndian: stream.window.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
      let start = stream.position
      try stream.skip(8 + size)
      guard stream.position - start == 8 + size else { break }
      end = stream.position
    }
    return end
  }

  private func copyDescription(_ input: String, to output: String, _ originalOutput: String) throws(LogReadError) {
    let (bytes, _) = try SDSReader.description(of: input, options: options.read)
    let companions = CompanionFiles(beside: output)
    let stream = SDSFileName(companions.mainName)?.stream ?? companions.mainName
    let file = try OutputFile(path: companions.path(of: SDSDescription.name(ofStream: stream)))
    try file.write(bytes)
    try file.finish()
  }

  private func copy(
    _ stream: ByteStream, until end: Int, _ patch: (offset: Int, bytes: [UInt8])?, to output: String,
    _ compression: LogCompression
  ) throws(LogReadError) {
    let out = try CompressedOutput(path: output, compression: compression, level: options.write.compressionLevel)
    while stream.position < end {
      if stream.window.isEmpty, try !stream.fill() { break }
      if isCancelled() { throw LogReadError(.cancelled, path: stream.path) }
      let start = stream.position
      var piece = Array(stream.window.prefix(min(end - start, 128 << 10)))
      if let patch {
        for (index, byte) in patch.bytes.enumerated() where piece.indices.contains(patch.offset + index - start) {
          piece[patch.offset + index - start] = byte
        }
      }
      try out.write(piece)
      stream.advance(piece.count)
    }
    try out.finish()
  }
}
