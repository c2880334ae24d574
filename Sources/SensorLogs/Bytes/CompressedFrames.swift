/// What the headers of a file's compressed frames say; only frames that were decoded to their end count.
public struct CompressedFrames: Sendable, Hashable, Codable {
  /// Frames that hold data; gzip calls them members.
  public private(set) var count = 0

  /// Frames for any other use, which a reader passes over.
  public private(set) var skippable = 0

  /// Of those that hold data, frames whose checksum was there and matched.
  public private(set) var verified = 0

  /// The largest window that a zstd frame asked for, in bytes; nil where none did, as where a frame is its own window.
  public private(set) var largestWindowBytes: Int?

  /// Those of two files together.
  static func + (one: CompressedFrames, other: CompressedFrames) -> CompressedFrames {
    var sum = one
    sum.count += other.count
    sum.skippable += other.skippable
    sum.verified += other.verified
    sum.largestWindowBytes = [one.largestWindowBytes, other.largestWindowBytes].compactMap(\.self).max()
    return sum
  }

  /// Magic number, descriptor, window.
  static let headBytes = 6

  /// - Parameter head: The frame's first bytes. Zstandard: RFC 8878, 3.1.1; LZ4: its frame format 1.6.1; gzip: RFC 1952.
  mutating func add(head: [UInt8]) {
    guard head.count >= 2 else { return }
    if head.starts(with: LogCompression.gzipMagic) {
      count += 1
      verified += 1
      return
    }
    guard head.count >= 4 else { return }
    let magic = (0..<4).reduce(UInt32(0)) { $0 | UInt32(head[$1]) << UInt32(8 * $1) }
    if magic & LogCompression.skippableMask == LogCompression.skippableMagic {
      skippable += 1
      return
    }
    count += 1
    guard head.count > 4 else { return }
    // Both formats keep the flag of a checksum over the content in the same bit.
    if head[4] & 0x04 != 0 { verified += 1 }
    if magic == LogCompression.zstdMagic, head[4] & 0x20 == 0, head.count > 5 {
      let base = 1 << (10 + Int(head[5] >> 3))
      largestWindowBytes = max(largestWindowBytes ?? 0, base + base / 8 * Int(head[5] & 7))
    }
  }
}
