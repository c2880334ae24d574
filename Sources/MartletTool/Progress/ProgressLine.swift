/// One line that shows an update: name, bar, share, time left, what has been reached and how fast.
struct ProgressLine {
  private static let barColumns = 16
  private static let phaseColumns = 12

  let update: ProgressUpdate
  let elapsedSeconds: Double

  /// The time until the end if the rest goes as what is done; nil where that would be a guess.
  var secondsLeft: Double? {
    guard let fraction = update.fraction, fraction > 0.01, fraction < 1, elapsedSeconds > 0.5 else { return nil }
    return elapsedSeconds * (1 - fraction) / fraction
  }

  /// For a terminal, at most `columns` wide.
  func drawn(columns: Int, hasColours: Bool) -> String {
    var room = max(0, columns - 1)
    var line = ""
    func add(_ text: String, colour: String? = nil) {
      let visible = String(text.prefix(room))
      if visible.isEmpty { return }
      room -= visible.count
      if let colour, hasColours { line += "\u{1B}[\(colour)m\(visible)\u{1B}[0m" } else { line += visible }
    }
    let name = update.phase
    add(name + String(repeating: " ", count: max(1, Self.phaseColumns - name.count)))
    if let fraction = update.fraction {
      let full = Int(fraction * Double(Self.barColumns))
      add(String(repeating: "█", count: full), colour: "32")
      add(String(repeating: "░", count: Self.barColumns - full), colour: "2")
      let percent = String(Int(fraction * 100))
      add(String(repeating: " ", count: 4 - percent.count) + percent + " %  ")
    }
    // What a narrow window cuts off is the end, so the time left comes first.
    add([timing, update.detail].filter { !$0.isEmpty }.joined(separator: ", "))
    return line
  }

  /// For a file: the same without the bar.
  var plain: String {
    let share = update.fraction.map { "\(Int($0 * 100)) %" }
    let parts = [share ?? "", update.detail, timing].filter { !$0.isEmpty }
    return "\(update.phase): \(parts.joined(separator: ", "))"
  }

  private var timing: String {
    if let secondsLeft { return "\(Readable.duration(seconds: secondsLeft)) left" }
    return elapsedSeconds >= 1 ? Readable.duration(seconds: elapsedSeconds) : ""
  }
}
