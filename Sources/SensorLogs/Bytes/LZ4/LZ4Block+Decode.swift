#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One block of LZ4: sequences of literals and a match each, the last one of literals only.
///
/// After Y. Collet, "LZ4 Block Format Description".
enum LZ4Block {
  /// Bytes behind the room of a decoded block that may be overwritten with anything.
  static let slackBytes = 32
  static let shortestMatch = 4

  /// Decodes a block.
  ///
  /// - Parameters:
  ///   - output: Where decoded bytes go; `slackBytes` behind `room` are writable too.
  ///   - history: How many bytes before `output` a match may reach back to.
  /// - Returns: how many bytes were decoded, or nil if the block is corrupt or needs more room.
  static func decode(
    _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer, room: Int, history: Int
  ) -> Int? {
    guard let source = input.baseAddress else { return nil }
    var p = 0
    var q = 0
    /// A length continues in bytes of 255 and ends with a smaller one.
    func longLength(_ short: Int) -> Int? {
      var length = short
      while true {
        // No block is as long as that; it keeps the sum from overflowing.
        guard p < input.count, length <= 1 << 31 else { return nil }
        let byte = input[p]
        p += 1
        length += Int(byte)
        if byte != 255 { return length }
      }
    }
    while p < input.count {
      let token = input[p]
      p += 1
      var literals = Int(token >> 4)
      if literals == 15 {
        guard let length = longLength(15) else { return nil }
        literals = length
      }
      guard literals <= input.count - p, literals <= room - q else { return nil }
      if literals <= 16, input.count - p >= 16 {
        copySixteen(from: source + p, to: output + q)
      } else {
        memcpy(output + q, source + p, literals)
      }
      p += literals
      q += literals
      // Only the last sequence has no match.
      if p == input.count { return q }
      guard p + 2 <= input.count else { return nil }
      let distance = Int(UInt16(littleEndian: input.loadUnaligned(fromByteOffset: p, as: UInt16.self)))
      p += 2
      guard distance > 0, distance <= q + history else { return nil }
      var length = Int(token & 15)
      if length == 15 {
        guard let long = longLength(15) else { return nil }
        length = long
      }
      length += shortestMatch
      guard length <= room - q else { return nil }
      copyMatch(to: output + q, distance: distance, length: length)
      q += length
    }
    return nil
  }

  @inline(__always)
  private static func copySixteen(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
    target.storeBytes(of: source.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
  }

  /// The match may overlap its copy and so repeat itself; up to 15 bytes behind it are overwritten.
  @inline(__always)
  private static func copyMatch(to target: UnsafeMutableRawPointer, distance: Int, length: Int) {
    let source = UnsafeRawPointer(target - distance)
    var done = 0
    if distance >= 16 {
      while done < length {
        copySixteen(from: source + done, to: target + done)
        done += 16
      }
    } else if distance >= 8 {
      while done < length {
        target.storeBytes(
          of: source.loadUnaligned(fromByteOffset: done, as: UInt64.self), toByteOffset: done, as: UInt64.self)
        done += 8
      }
    } else if distance == 1 {
      memset(target, Int32(source.load(as: UInt8.self)), length)
    } else {
      while done < length {
        target.storeBytes(of: source.load(fromByteOffset: done, as: UInt8.self), toByteOffset: done, as: UInt8.self)
        done += 1
      }
    }
  }
}
