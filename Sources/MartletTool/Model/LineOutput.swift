import Foundation

/// Lines as they come: to standard output, or into a file that appears when it is complete.
final class LineOutput {
  var bytes: [UInt8] = []
  private let path: String?
  private let live = LiveOutput()
  private var temporary: String?
  private var descriptor: Int32 = -1
  private static let blockBytes = 1 << 16

  /// - Parameter path: Nil or `-` is standard output.
  init(path: String?) throws(Failure) {
    self.path = path == "-" ? nil : path
    guard let place = self.path else { return }
    // A pipe or a device is written to as it stands.
    var facts = stat()
    let isSpecial = stat(place, &facts) == 0 && facts.st_mode & S_IFMT != S_IFREG
    let name = isSpecial ? place : "\(place).\(UUID().uuidString).tmp"
    descriptor = open(name, O_WRONLY | O_CLOEXEC | (isSpecial ? 0 : O_CREAT | O_EXCL), 0o644)
    guard descriptor >= 0 else {
      throw Failure(ExitStatus.cannotCreateOutput, "\(place): cannot write: \(String(cString: strerror(errno)))")
    }
    if !isSpecial { temporary = name }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if let temporary { unlink(temporary) }
  }

  /// The reader has gone away; nothing more is to be written.
  var isClosed: Bool { live.isClosed }

  func writeIfFull() throws(Failure) {
    if path == nil || bytes.count >= Self.blockBytes { try write() }
  }

  private func write() throws(Failure) {
    guard path != nil else {
      swap(&bytes, &live.bytes)
      try live.write(isStopped: { Interruption.isRequested })
      return
    }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if count < 0 && errno == EINTR && !Interruption.isRequested { continue }
      guard count > 0 else { throw failure }
      done += count
    }
    bytes.removeAll(keepingCapacity: true)
  }

  /// Nothing follows.
  func finish() throws(Failure) {
    try write()
    guard let path, let temporary else { return }
    guard rename(temporary, path) == 0 else { throw failure }
    self.temporary = nil
  }

  private var failure: Failure {
    Failure(ExitStatus.inputOutput, "\(path ?? ""): cannot write on: \(String(cString: strerror(errno)))")
  }
}
