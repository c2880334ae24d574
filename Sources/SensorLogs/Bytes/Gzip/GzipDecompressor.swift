import CZlib

/// zlib's streaming decompressor for gzip (RFC 1952): any number of members, their optional header fields skipped,
/// CRC-32 and size of each verified.
final class GzipDecompressor: Decompressor {
  // zlib keeps a pointer to its stream, so that must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var memberEnded = false
  private var failure: DecompressionFailure?

  /// 15 bits of window, and 16 for "gzip only".
  private static let windowBits: Int32 = 15 + 16

  /// nil when there is no memory for it.
  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func reset() {
    inflateReset(stream)
    memberEnded = false
    failure = nil
  }

  func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecompressionStep {
    if let failure { return .failed(failure) }
    if memberEnded { reset() }
    let given = min(input.count, Int(Int32.max))
    let room = min(output.count, Int(Int32.max))
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(given)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(room)
    let result = inflate(stream, Z_NO_FLUSH)
    var consumed = given - Int(stream.pointee.avail_in)
    let produced = room - Int(stream.pointee.avail_out)
    switch result {
    // Nothing to do is no error here: the caller brings more input or more room.
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: memberEnded = true
    default:
      let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib's error \(result)"
      let found = DecompressionFailure.corrupt(reason: reason)
      failure = found
      if produced == 0 { return .failed(found) }
      // What was decoded is handed out first. A byte is left, so that there is a next call, which fails.
      consumed = max(0, consumed - 1)
    }
    return .progressed(consumed: consumed, produced: produced, frameEnded: memberEnded)
  }
}
