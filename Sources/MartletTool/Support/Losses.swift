import SensorLogs

/// Tells on standard error what of a recording was lost.
enum Losses {
  private static let toldCount = 10

  static func tell(_ losses: LogLosses, of path: String) {
    let told = losses.first.prefix(toldCount)
    for loss in told { Terminal.standardError.say("\(path): \(loss.description)", as: .warning) }
    let untold = losses.total - told.count
    if untold > 0 { Terminal.standardError.say("\(path): and \(Readable.count(untold)) losses more", as: .warning) }
  }
}
