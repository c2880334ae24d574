import CZlib

/// zlib's streaming compressor for gzip, one member after another, without a name and a time so that equal content
/// gives equal files.
final class GzipCompressor: Compressor {
  private let stream: UnsafeMutablePointer<z_stream>
  private let room: UnsafeMutablePointer<UInt8>
  private var memberEnded = false

  private static let roomBytes = 128 << 10
  private static let windowBits: Int32 = 15 + 16
  private static let memoryLevel: Int32 = 8

  /// - Parameter level: 1 to 9; others are clamped.
  init?(level: Int) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let created = deflateInit2_(
      stream, Int32(min(9, max(1, level))), Z_DEFLATED, Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard created == Z_OK else {
      stream.deallocate()
      return nil
    }
    room = .allocate(capacity: Self.roomBytes)
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
    room.deallocate()
  }

  func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8], endsFrame: Bool) -> Bool {
    precondition(input.count <= Int(Int32.max), "zlib counts the bytes of a call in 32 bits")
    if memberEnded {
      deflateReset(stream)
      memberEnded = false
    }
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(input.count)
    while true {
      stream.pointee.next_out = room
      stream.pointee.avail_out = UInt32(Self.roomBytes)
      let result = deflate(stream, endsFrame ? Z_FINISH : Z_NO_FLUSH)
      guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else { return false }
      output.append(
        contentsOf: UnsafeBufferPointer(start: room, count: Self.roomBytes - Int(stream.pointee.avail_out)))
      if result == Z_STREAM_END {
        memberEnded = true
        return true
      }
      if !endsFrame, stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return true }
    }
  }
}
