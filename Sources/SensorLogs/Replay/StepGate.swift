/// Decides when a paused replay lets the next frame out.
///
/// A step lasts until the consumer has shown one line more: a frame where it shows frames, a window's worth of frames
/// where it shows windows.
public struct StepGate: Sendable {
  /// The lines that there will be when the step asked for has been taken.
  private var wantedLines = 0
  private var framesWhenLetOut = 0

  public init() {}

  /// A step is asked for: one frame may go out now.
  public mutating func begin(lines: Int, frames: Int) {
    wantedLines = lines + 1
    framesWhenLetOut = frames
  }

  /// Whether another frame may go out: the one before it has arrived, and the line is not there yet.
  public mutating func continues(lines: Int, frames: Int) -> Bool {
    guard lines < wantedLines, frames > framesWhenLetOut else { return false }
    framesWhenLetOut = frames
    return true
  }
}
