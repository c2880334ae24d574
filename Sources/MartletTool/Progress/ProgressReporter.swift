import Synchronization

/// Shows progress on standard error: a line that is drawn over on a terminal, else now and then a plain line.
///
/// Updates may come from any thread.
final class ProgressReporter: Sendable {
  enum Style: Sendable {
    case none
    case plainLines
    case redrawnLine
  }

  private struct State {
    var current: ProgressUpdate?
    var phaseStart: ContinuousClock.Instant
    var lastShown: ContinuousClock.Instant?
    /// Whether the line of the current phase stands on the terminal without a line break.
    var isLineOpen = false
    /// Whether `current` is what was shown last.
    var isShown = false
  }

  private let style: Style
  private let terminal: Terminal
  private let now: @Sendable () -> ContinuousClock.Instant
  private let state: Mutex<State>

  /// Between two drawings of the same phase.
  private static let redrawInterval = Duration.milliseconds(80)
  private static let plainInterval = Duration.seconds(5)

  init(
    isQuiet: Bool, terminal: Terminal = .standardError,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    style = isQuiet ? .none : terminal.redraws ? .redrawnLine : .plainLines
    self.terminal = terminal
    self.now = now
    state = Mutex(State(phaseStart: now()))
  }

  func report(_ update: ProgressUpdate) {
    if case .none = style { return }
    let time = now()
    state.withLock { state in
      if state.current?.phase != update.phase {
        close(&state, at: time)
        state.phaseStart = time
        state.lastShown = style == .plainLines ? time : nil
      }
      state.current = update
      state.isShown = false
      let interval = style == .plainLines ? Self.plainInterval : Self.redrawInterval
      if let last = state.lastShown, time - last < interval { return }
      show(&state, at: time)
    }
  }

  /// Ends the current phase's line; called before anything else is written to standard error.
  func finish() {
    if case .none = style { return }
    let time = now()
    state.withLock { close(&$0, at: time) }
  }

  /// The last state of a phase stays to be read.
  private func close(_ state: inout State, at time: ContinuousClock.Instant) {
    if let current = state.current, !state.isShown, style != .plainLines || !current.isPassing {
      show(&state, at: time)
    }
    if state.isLineOpen { terminal.write("\n") }
    state.isLineOpen = false
    state.current = nil
  }

  private func show(_ state: inout State, at time: ContinuousClock.Instant) {
    guard let update = state.current else { return }
    let line = ProgressLine(update: update, elapsedSeconds: (time - state.phaseStart).seconds)
    switch style {
    case .none: return
    case .plainLines: terminal.write(line.plain + "\n")
    case .redrawnLine:
      terminal.write("\r\u{1B}[2K" + line.drawn(columns: terminal.columns, hasColours: terminal.hasColours))
      state.isLineOpen = true
    }
    state.lastShown = time
    state.isShown = true
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
