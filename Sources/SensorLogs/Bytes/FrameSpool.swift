#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Frames kept on disk until the whole recording is known, for formats whose header needs to know it.
///
/// The file has no name, so that nothing is left behind whatever happens.
final class FrameSpool {
  private let path: String
  private let descriptor: Int32
  private let width: Int
  private var pending: [Double] = []
  private(set) var frameCount = 0

  private static let blockValues = 32 << 10

  /// - Parameter path: The file that is to be written; the spool lies beside it.
  init(beside path: String, width: Int) throws(LogReadError) {
    self.path = path
    self.width = width
    let companions = CompanionFiles(beside: path)
    var opened: Int32 = -1
    for number in 0..<1000 {
      let name = "\(companions.folder).\(companions.mainName).\(getpid()).\(number).spool"
      opened = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      if opened >= 0 { unlink(name) }
      if opened >= 0 || errno != EEXIST { break }
    }
    guard opened >= 0 else { throw LogReadError(.cannotWrite(reason: FileInput.lastReason()), path: path) }
    descriptor = opened
  }

  deinit { close(descriptor) }

  func append(_ values: ArraySlice<Double>) throws(LogReadError) {
    pending.append(contentsOf: values)
    frameCount += 1
    if pending.count >= Self.blockValues { try flush() }
  }

  private func flush() throws(LogReadError) {
    var done = 0
    let total = pending.count * 8
    while done < total {
      let count = pending.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, total - done) }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw LogReadError(.cannotWrite(reason: FileInput.lastReason()), path: path)
      }
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// Gives every frame again, in order.
  func forEach(_ body: (ArraySlice<Double>) throws(LogReadError) -> Void) throws(LogReadError) {
    try flush()
    var block = [Double](repeating: 0, count: max(1, Self.blockValues / max(1, width)) * width)
    var position = 0
    let total = frameCount * width * 8
    while position < total {
      let wanted = min(block.count * 8, total - position)
      var done = 0
      while done < wanted {
        let count = block.withUnsafeMutableBytes {
          pread(descriptor, $0.baseAddress! + done, wanted - done, off_t(position + done))
        }
        if count > 0 {
          done += count
        } else if count == 0 || errno != EINTR {
          throw LogReadError(.cannotWrite(reason: "frames kept on disk cannot be read again"), path: path)
        }
      }
      for start in stride(from: 0, to: wanted / 8, by: width) { try body(block[start..<(start + width)]) }
      position += wanted
    }
  }
}
