@testable import SensorLogs

extension FuzzTarget {
  static let zstd = compression(.zstd)
  static let gzip = compression(.gzip)
  static let lz4 = compression(.lz4)

  /// Any bytes through a decompressor, and any bytes there and back.
  private static func compression(_ compression: LogCompression) -> FuzzTarget {
    FuzzTarget(name: compression.rawValue, maximumBytes: 4096) {
      let plain = Array("time_ms,a\n1,2\n3,4\n".utf8) + [UInt8](repeating: 65, count: 300) + (0...255).map { UInt8($0) }
      let frame = try SeedFiles.compressed(plain, compression)
      let empty = try SeedFiles.compressed([], compression)
      let skippable: [UInt8] = [0x51, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
      return [
        [0] + frame, [0] + frame + frame, [0] + empty + frame, [0] + skippable + frame + skippable, [0] + frame + [9],
        [1] + plain, [1],
      ]
    } check: { input in
      let (choice, bytes) = input.choiceAndRest
      if choice & 1 != 0 { return try checkRoundTrip(bytes, compression) }
      guard let found = LogCompression.recognized(bytes), found == .compression(compression) || found == .skippable
      else { return }
      let whole = try decoded(bytes, pieceBytes: .max)
      let pieces = try decoded(bytes, pieceBytes: 1 + bytes.count % 17)
      if whole.damage == nil || pieces.damage == nil {
        try require(whole.bytes == pieces.bytes, "what it decodes to depends on how the bytes arrive")
        try require(whole.damage == nil && pieces.damage == nil, "damage depends on how the bytes arrive")
      } else {
        try require(
          whole.bytes.starts(with: pieces.bytes) || pieces.bytes.starts(with: whole.bytes),
          "what stands before the damage depends on how the bytes arrive")
      }
      let place = Int(bytes.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) }) % bytes.count
      guard place >= 8 else { return }
      let cut = try decoded(Array(bytes.prefix(place)), pieceBytes: .max)
      try require(
        whole.bytes.starts(with: cut.bytes) || cut.bytes.starts(with: whole.bytes),
        "cut at \(place) it decodes to something else")
    }
  }

  private static let limit = 1 << 19

  private static func decoded(
    _ bytes: [UInt8], pieceBytes: Int, windowLog: Int = 17
  ) throws -> (bytes: [UInt8], damage: LogLoss?) {
    let stream: ByteStream
    do {
      stream = try ByteStream(
        MemoryInput(bytes, pieceBytes: pieceBytes), windowLogMaximum: windowLog, maximumDecodedBytes: limit)
    } catch {
      // Of a format that is named and not read.
      return ([], LogLoss(.corruptCompression, byteOffset: 0))
    }
    var result: [UInt8] = []
    repeat {
      result += stream.window
      stream.advance(stream.window.count)
    } while try stream.fill()
    try require(result.count <= limit && stream.position == result.count, "\(result.count) bytes of \(stream.position)")
    try require(try !stream.fill(), "the end does not last")
    guard let damage = stream.damage else {
      try require(stream.bytesRead == bytes.count, "\(stream.bytesRead) of \(bytes.count) bytes read, nothing lost")
      return (result, nil)
    }
    try require((0...bytes.count).contains(damage.byteOffset), "\(damage) in \(bytes.count) bytes")
    switch damage.code {
    case .corruptCompression, .windowTooLarge, .trailingBytes:
      try require(damage.byteOffset + damage.count == bytes.count, "\(damage) of \(bytes.count) bytes")
    case .truncated: try require(damage.byteOffset == bytes.count, "\(damage) of \(bytes.count) bytes")
    case .decodedTooLarge: try require(result.count == limit, "\(result.count) bytes count as too many")
    default: throw Finding(description: "\(damage)")
    }
    return (result, damage)
  }

  private static func checkRoundTrip(_ bytes: [UInt8], _ compression: LogCompression) throws {
    guard let compressor = compression.makeCompressor(level: 1 + bytes.count % 9) else { return }
    var stored: [UInt8] = []
    // In two pieces, then as frames of their own.
    let half = bytes.count / 3
    for (piece, ends) in [(bytes[..<half], bytes.count % 2 == 0), (bytes[half...], true)] {
      let isDone = Array(piece).withUnsafeBytes { compressor.compress($0, into: &stored, endsFrame: ends) }
      try require(isDone, "no memory to compress")
    }
    let back = try decoded(stored, pieceBytes: 1 + bytes.count % 97, windowLog: 23)
    try require(
      back.damage == nil && back.bytes == bytes, "\(bytes.count) bytes come back as others: \(back.damage as Any)")
    // A changed byte behind the header is told of or changes nothing.
    guard stored.count > 16, let last = bytes.last else { return }
    var damaged = stored
    damaged[12 + Int(last) * 7 % (stored.count - 12)] ^= 1 << (last % 8)
    let changed = try decoded(damaged, pieceBytes: .max, windowLog: 23)
    try require(changed.damage != nil || changed.bytes == bytes, "a changed byte is not noticed")
  }
}
