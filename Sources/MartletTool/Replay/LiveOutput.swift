import Foundation

/// Standard output for lines that come as time passes: what is there goes out at once, and neither a reader that has
/// gone away nor one that has stopped reading keeps the command from ending.
final class LiveOutput {
  var bytes: [UInt8] = []
  /// The reader has gone away; nothing more is to be written.
  private(set) var isClosed = false
  private let isPipe: Bool
  private let longestWrite: Int
  private static let blockBytes = 1 << 16
  private static let pollMilliseconds: Int32 = 20

  init() {
    var facts = stat()
    let kind = fstat(STDOUT_FILENO, &facts) == 0 ? facts.st_mode & S_IFMT : S_IFREG
    isPipe = kind != S_IFREG
    // A pipe that is ready takes that much without waiting.
    longestWrite = isPipe ? min(4096, Int(PIPE_BUF)) : Self.blockBytes
  }

  func writeIfFull(isStopped: () -> Bool) throws(Failure) {
    if bytes.count >= Self.blockBytes { try write(isStopped: isStopped) }
  }

  /// Writes what has gathered.
  ///
  /// - Parameter isStopped: Asked while the reader takes nothing; true gives up the rest of the lines.
  func write(isStopped: () -> Bool) throws(Failure) {
    var done = 0
    while done < bytes.count, !isClosed {
      if isPipe {
        var ready = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        if poll(&ready, 1, Self.pollMilliseconds) <= 0 {
          if isStopped() { break }
          continue
        }
      }
      let wanted = min(longestWrite, bytes.count - done)
      let count = bytes.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress! + done, wanted) }
      if count >= 0 {
        done += count
      } else if errno == EPIPE {
        isClosed = true
      } else if errno != EINTR && errno != EAGAIN {
        throw Failure(
          ExitStatus.inputOutput, "standard output: cannot write: \(String(cString: strerror(errno)))")
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
