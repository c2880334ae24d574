/// An output file, plain or as one zstd frame with a checksum.
final class CompressibleOutput {
  private let file: OutputFile
  private var compressor: ZstdCompressor
  private let isCompressed: Bool
  private var compressed: [UInt8] = []

  var path: String { file.path }
  var bytesWritten: Int { file.position }

  init(path: String, isCompressed: Bool, level: Int) throws(LogReadError) {
    file = try OutputFile(path: path)
    self.isCompressed = isCompressed
    guard let created = ZstdCompressor(level: level) else {
      throw LogReadError(.cannotWrite(reason: "no memory for compression"), path: path)
    }
    compressor = created
  }

  func write(_ bytes: [UInt8]) throws(LogReadError) {
    if isCompressed { try compress(bytes, endsFrame: false) } else { try file.write(bytes) }
  }

  func finish() throws(LogReadError) {
    if isCompressed { try compress([], endsFrame: true) }
    try file.finish()
  }

  private func compress(_ bytes: [UInt8], endsFrame: Bool) throws(LogReadError) {
    compressed.removeAll(keepingCapacity: true)
    let isDone = bytes.withUnsafeBytes { compressor.compress($0, into: &compressed, endsFrame: endsFrame) }
    guard isDone else { throw LogReadError(.cannotWrite(reason: "compression failed"), path: file.path) }
    try file.write(compressed)
  }
}
