import Foundation

/// A terminal for a child process, with what the child writes to it.
final class PseudoTerminal {
  private let primary: Int32
  /// For the child; closed here once it runs.
  let secondary: FileHandle

  /// Nil where the system gives none.
  init?(columns: UInt16 = 100) {
    guard let (descriptor, name) = Self.pair() else { return nil }
    let other = open(name, O_RDWR | O_NOCTTY)
    guard other >= 0 else { return nil }
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(other, UInt(TIOCSWINSZ), &size)
    primary = descriptor
    secondary = FileHandle(fileDescriptor: other, closeOnDealloc: true)
  }

  /// A terminal's own side, and the path of the other one.
  private static func pair() -> (descriptor: Int32, path: String)? {
    #if os(Linux)
      // What posix_openpt, unlockpt and ptsname do there; their header hides them.
      let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      var isLocked: CInt = 0
      var number: CUnsignedInt = 0
      guard descriptor >= 0, ioctl(descriptor, UInt(0x4004_5431), &isLocked) == 0,
        ioctl(descriptor, UInt(0x8004_5430), &number) == 0
      else { return nil }
      return (descriptor, "/dev/pts/\(number)")
    #else
      let descriptor = posix_openpt(O_RDWR | O_NOCTTY)
      guard descriptor >= 0, grantpt(descriptor) == 0, unlockpt(descriptor) == 0, let name = ptsname(descriptor) else {
        return nil
      }
      return (descriptor, String(cString: name))
    #endif
  }

  /// Everything until the child, and whoever has the terminal from it, has closed it.
  func text() -> String {
    try? secondary.close()
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(primary, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else if count < 0, errno == EINTR {
        continue
      } else {
        // Linux says that a terminal without writers is an error.
        break
      }
    }
    close(primary)
    return String(decoding: bytes, as: UTF8.self)
  }
}
