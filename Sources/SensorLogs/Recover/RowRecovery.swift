/// Keeps the good rows of a text as they stand.
struct RowRecovery {
  let options: LogRecoveryOptions
  let progress: ((Int, Int?) -> Void)?
  let isCancelled: () -> Bool

  /// - Parameters:
  ///   - stream: Of the file, at its beginning.
  ///   - file: The same file, where it is compressed, to go on behind damage.
  func run(
    _ stream: ByteStream, file: any RandomAccessInput, to output: String, compression: LogCompression,
    _ report: inout LogRecoveryReport
  ) throws(LogReadError) -> FrameDigest {
    var salvaged: SalvagedBytes?
    var source = stream
    if stream.isCompressed {
      let bytes = SalvagedBytes(file, stream: stream, windowLogMaximum: options.read.zstdWindowLogMaximum)
      salvaged = bytes
      source = try ByteStream(bytes, options: options.read)
    }
    guard let reader = try SensorLog.open(source, options: options.read) as? any RowReader else {
      throw LogReadError(.unsupportedFormat(found: "what is no table"), path: stream.path)
    }
    let out = try CompressedOutput(path: output, compression: compression, level: options.write.compressionLevel)
    if reader.format != .jsonLines { try write(reader.lastRow, to: out) }
    var digest = FrameDigest()
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: 1)
    var losses = RowLosses(salvaged)
    while try reader.read(into: &batch, maximumFrames: 1) {
      try write(reader.lastRow, to: out)
      digest.add(batch, labelNames: reader.labelNames)
      losses.note(reader.losses)
      if digest.frames % 4096 == 0 {
        if isCancelled() { throw LogReadError(.cancelled, path: stream.path) }
        progress?(salvaged?.storedPosition ?? reader.counters.bytesRead, file.size)
      }
    }
    losses.note(reader.losses)
    try out.finish()
    report.losses = losses.finished(reader.losses)
    for range in salvaged?.doubtful.prefix(8) ?? [] {
      report.notes.append(
        "no checksum vouches for the rows kept from the frame at byte \(range.lowerBound), which is damaged at byte "
          + "\(range.upperBound) at the latest; look at them before you trust them")
    }
    report.lost = reader.counters.lostRows + (salvaged?.tornLines ?? 0)
    report.bytesRead = file.size
    return digest
  }

  private func write(_ row: UnsafeRawBufferPointer, to out: CompressedOutput) throws(LogReadError) {
    out.text.append(contentsOf: row)
    try out.flushIfFull()
  }
}

/// The losses of rows, with their places in the file as stored where that was decompressed on the way.
private struct RowLosses {
  private let salvaged: SalvagedBytes?
  private var placed = LogLosses()
  private var seen = 0

  init(_ salvaged: SalvagedBytes?) {
    self.salvaged = salvaged
  }

  /// Called behind each row, so that the place reached in the file is that of what was lost.
  mutating func note(_ losses: LogLosses) {
    guard let salvaged, losses.first.count > seen else { return }
    for loss in losses.first[seen...] {
      var moved = loss
      moved.byteOffset = salvaged.storedPosition
      placed.add(moved)
    }
    seen = losses.first.count
  }

  func finished(_ all: LogLosses) -> LogLosses {
    guard let salvaged else { return all }
    var result = LogLosses()
    for loss in salvaged.losses { result.add(loss) }
    result.add(contentsOf: placed)
    result.addCounts(of: all, beyond: seen)
    return result
  }
}
