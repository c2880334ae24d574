import ArgumentParser
import SensorLogs

/// A part of a recording by time.
struct RangeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Where to start: 90s, 2026-03-01T12:00:00Z or nanoseconds.", valueName: "time"),
    transform: ReplayPoint.argument)
  var from: ReplayPoint?

  @Option(
    help: ArgumentHelp("Where to end, this point excluded.", valueName: "time"), transform: ReplayPoint.argument)
  var to: ReplayPoint?

  @Option(help: ArgumentHelp("How much to take, such as 90s or 1m30s.", valueName: "time"))
  var duration: ReplayLength?

  var range: LogRange { LogRange(from: from, to: to, duration: duration?.nanoseconds) }

  func validate() throws {
    if to != nil, duration != nil { throw ValidationError("give --to or --duration, not both") }
    if case .offset(0)? = to { throw ValidationError("--to 0s leaves nothing") }
    if let duration, duration.nanoseconds == 0 { throw ValidationError("--duration takes a time above 0") }
    switch (from, to) {
    case (.offset(let from)?, .offset(let to)?) where to <= from,
      (.instant(let from)?, .instant(let to)?) where to <= from:
      throw ValidationError("--to must be later than --from")
    default: break
    }
  }
}
