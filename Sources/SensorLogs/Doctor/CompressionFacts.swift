/// What the headers of a file's compression frames say.
struct CompressionFacts: Equatable {
  private(set) var frames = 0
  private(set) var skippableFrames = 0
  private(set) var framesWithoutChecksum = 0
  private(set) var largestWindowBytes = 0

  /// Bytes of a frame's beginning that are looked at.
  static let headBytes = 6

  /// - Parameter head: The first bytes of a frame.
  mutating func add(_ head: [UInt8], _ compression: LogCompression) {
    guard head.count >= 4 else { return }
    if head.withUnsafeBytes({ LogCompression.recognized($0) }) == .skippable {
      skippableFrames += 1
      return
    }
    frames += 1
    switch compression {
    case .zstd: addZstd(head)
    // Bit 2 of the flags: a checksum of the content.
    case .lz4: if head.count > 4, head[4] & 0x04 == 0 { framesWithoutChecksum += 1 }
    case .gzip, .none: break
    }
  }

  /// After RFC 8878, section 3.1.1.1: bit 2 of the descriptor says that a checksum follows, bit 5 that there is no window.
  private mutating func addZstd(_ head: [UInt8]) {
    guard head.count > 4 else { return }
    if head[4] & 0x04 == 0 { framesWithoutChecksum += 1 }
    guard head[4] & 0x20 == 0, head.count > 5 else { return }
    let base = 1 << (10 + Int(head[5] >> 3))
    largestWindowBytes = max(largestWindowBytes, base + base / 8 * Int(head[5] & 7))
  }

  func report(_ compression: LogCompression, _ problems: inout ProblemList) {
    if framesWithoutChecksum > 0 {
      problems.add(
        .note, "noContentChecksum", count: framesWithoutChecksum,
        "\(framesWithoutChecksum) of \(frames) \(compression.rawValue) frames have no checksum",
        advice: "damage in them may go unnoticed; compress with checksums, as martlet and the zstd command do")
    }
    if skippableFrames > 0 {
      problems.add(
        .note, "skippableFrames", count: skippableFrames,
        "\(skippableFrames) skippable frames stand among the \(compression.rawValue) frames",
        advice: "they hold something else and are passed over; some readers refuse them")
    }
  }
}
