/// Gives each frame the label that was in force at its time, by merging a stream of frames with a stream of
/// label events, both in order of time.
///
/// An event says: from this time on, this label (`FrameHeader.unlabelled` ends one). It applies to frames at its
/// own time and later, until the next event. Of several events at one time the last holds. The timeline holds one
/// event ahead and says when it needs another:
///
///     while true {
///       switch timeline.label(at: frame.timeNanoseconds) {
///       case .label(let label): frame.label = label; return
///       case .needsEvent: if let event = events.next() { timeline.push(event) } else { timeline.endEvents() }
///       }
///     }
public struct LabelTimeline: Sendable, Hashable {
  public struct Event: Sendable, Hashable {
    public var timeNanoseconds: Int64
    public var label: Int32

    public init(timeNanoseconds: Int64, label: Int32) {
      self.timeNanoseconds = timeNanoseconds
      self.label = label
    }
  }

  public enum Answer: Sendable, Hashable {
    case label(Int32)
    /// An event not seen yet could still apply: push it, or say that there are no more.
    case needsEvent
  }

  /// Events earlier than the one before them; they are not applied.
  public private(set) var eventsOutOfOrder: UInt64 = 0

  /// Frames earlier than the event in force, whose label is no longer known; they are unlabelled.
  public private(set) var framesBeforeEvent: UInt64 = 0

  public private(set) var appliedEvents: UInt64 = 0

  private var inForce: Event?
  private var upcoming: Event?
  private var eventsEnded = false

  public init() {}

  /// - Precondition: `label(at:)` asked for an event.
  public mutating func push(_ event: Event) {
    precondition(upcoming == nil && !eventsEnded, "push an event only when one is needed")
    if let inForce, event.timeNanoseconds < inForce.timeNanoseconds {
      eventsOutOfOrder += 1
      return
    }
    upcoming = event
  }

  /// No event will come any more; the one in force stays.
  public mutating func endEvents() {
    eventsEnded = true
  }

  public mutating func label(at timeNanoseconds: Int64) -> Answer {
    if let next = upcoming, next.timeNanoseconds <= timeNanoseconds {
      inForce = next
      upcoming = nil
      appliedEvents += 1
    }
    if upcoming == nil && !eventsEnded { return .needsEvent }
    guard let inForce else { return .label(FrameHeader.unlabelled) }
    guard inForce.timeNanoseconds <= timeNanoseconds else {
      framesBeforeEvent += 1
      return .label(FrameHeader.unlabelled)
    }
    return .label(inForce.label)
  }
}
