/// The header of an LZ4 frame.
///
/// After Y. Collet, "LZ4 Frame Format Description", version 1.6.
struct LZ4Frame {
  var hasIndependentBlocks: Bool
  var hasBlockChecksums: Bool
  var hasContentChecksum: Bool
  /// nil: not stated.
  var contentBytes: UInt64?
  var largestBlockBytes: Int

  static let legacyMagic: UInt32 = 0x184C_2102

  static let version: UInt8 = 0b0100_0000
  static let independentBlocks: UInt8 = 0b0010_0000
  static let blockChecksums: UInt8 = 0b0001_0000
  static let contentSize: UInt8 = 0b0000_1000
  static let contentChecksum: UInt8 = 0b0000_0100
  static let dictionary: UInt8 = 0b0000_0001
  static let size256KiB: UInt8 = 5 << 4
  /// Set in a block's size where its bytes are stored as they are.
  static let storedBlock: UInt32 = 1 << 31

  enum Failure: Error {
    case corrupt(String)
  }

  /// The bytes of the header behind the magic number, its checksum included, as the flags tell.
  static func descriptorBytes(flags: UInt8) -> Int {
    3 + (flags & contentSize != 0 ? 8 : 0) + (flags & dictionary != 0 ? 4 : 0)
  }

  /// - Parameter bytes: The header behind the magic number, its checksum included.
  init(descriptor bytes: UnsafeRawBufferPointer) throws(Failure) {
    let flags = bytes[0]
    let size = bytes[1]
    guard Self.headerChecksum(Array(bytes.dropLast())) == bytes[bytes.count - 1] else {
      throw .corrupt("the frame's header does not match its checksum")
    }
    guard flags & 0b1100_0000 == Self.version, flags & 0b10 == 0, size & 0b1000_1111 == 0, size >> 4 >= 4 else {
      throw .corrupt("the frame's header is of an unknown version")
    }
    guard flags & Self.dictionary == 0 else { throw .corrupt("the frame needs a dictionary") }
    hasIndependentBlocks = flags & Self.independentBlocks != 0
    hasBlockChecksums = flags & Self.blockChecksums != 0
    hasContentChecksum = flags & Self.contentChecksum != 0
    contentBytes =
      flags & Self.contentSize == 0
      ? nil : UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
    largestBlockBytes = 1 << (8 + 2 * Int(size >> 4))
  }

  static func headerChecksum(_ descriptor: [UInt8]) -> UInt8 {
    UInt8(truncatingIfNeeded: descriptor.withUnsafeBytes { XXHash32.of($0) } >> 8)
  }

  static func append(_ word: UInt32, to output: inout [UInt8]) {
    withUnsafeBytes(of: word.littleEndian) { output += $0 }
  }
}
