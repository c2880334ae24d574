import SensorLogs

/// Tells on standard error what of recordings was lost.
enum Losses {
  private static let toldCount = 10

  static func tell(_ losses: LogLosses, of path: String) {
    let told = losses.first.prefix(toldCount)
    for loss in told { Terminal.standardError.say("\(path): \(loss.description)", as: .warning) }
    let untold = losses.total - told.count
    if untold > 0 { Terminal.standardError.say("\(path): and \(Readable.count(untold)) losses more", as: .warning) }
  }

  /// - Throws: after all has been told, where there are recordings without any frame, or else something was lost.
  static func end(frameless: [String], hasLosses: Bool) throws(Failure) {
    try refuse(frameless: frameless)
    if hasLosses { throw Failure(ExitStatus.dataLost) }
  }

  /// - Throws: where there are recordings without any frame, after these have been told.
  static func refuse(frameless: [String]) throws(Failure) {
    guard !frameless.isEmpty else { return }
    for path in frameless {
      Terminal.standardError.say("\(path == "-" ? "standard input" : path): the recording holds no frame", as: .error)
    }
    throw Failure(ExitStatus.unusableData)
  }
}
