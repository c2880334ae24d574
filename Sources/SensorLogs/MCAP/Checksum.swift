import CChecksum
import CZlib

/// CRC-32 as zlib, gzip and MCAP compute it (ISO-HDLC), extended piece by piece.
///
/// Where the processor can, most of it is done 16 bytes at once; zlib does the rest, with the same result.
struct Checksum: Equatable {
  private(set) var value: UInt32 = 0

  private static let canFold = checksum_can_fold() != 0
  private static let leastFoldedBytes = 64

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard var base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    var count = bytes.count
    if count >= Self.leastFoldedBytes, Self.canFold {
      let folded = count & ~15
      value = checksum_fold(value, base, folded)
      base += folded
      count -= folded
    }
    if count > 0 { value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), base, count)) }
  }

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = Checksum()
    checksum.add(bytes)
    return checksum.value
  }
}
