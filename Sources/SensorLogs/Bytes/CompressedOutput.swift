/// A file on its way out, compressed if asked for, written in blocks.
final class CompressedOutput {
  /// What has not been compressed or written yet; writers of text append here and call `flushIfFull`.
  var text: [UInt8] = []

  private let file: OutputFile
  private let compressor: (any Compressor)?
  private var ready: [UInt8] = []
  private var hasFailed = false

  private static let blockBytes = 128 << 10

  var path: String { file.path }

  /// Bytes written so far, as stored.
  var bytesWritten: Int { file.position }

  /// - Parameter path: A file, or `-` for standard output.
  init(path: String, compression: LogCompression, level: Int) throws(LogReadError) {
    file = try OutputFile(path: path)
    compressor = compression.makeCompressor(level: level)
    if compressor == nil, compression != .none {
      throw LogReadError(.cannotWrite(reason: "no memory for compression"), path: path)
    }
  }

  @inline(__always)
  func flushIfFull() throws(LogReadError) {
    if text.count >= Self.blockBytes { try flush(endsFrame: false) }
  }

  func write(_ bytes: [UInt8]) throws(LogReadError) {
    text += bytes
    try flushIfFull()
  }

  private func flush(endsFrame: Bool) throws(LogReadError) {
    if let compressor {
      ready.removeAll(keepingCapacity: true)
      let isDone = text.withUnsafeBytes { compressor.compress($0, into: &ready, endsFrame: endsFrame) }
      guard isDone else {
        hasFailed = true
        throw LogReadError(.cannotWrite(reason: "compression failed"), path: path)
      }
      try file.write(ready)
    } else {
      try file.write(text)
    }
    text.removeAll(keepingCapacity: true)
  }

  /// Completes the file and gives it its name.
  ///
  /// - Throws: also where a write before has failed.
  func finish() throws(LogReadError) {
    guard !hasFailed else { throw LogReadError(.cannotWrite(reason: "compression failed"), path: path) }
    try flush(endsFrame: true)
    try file.finish()
  }
}
