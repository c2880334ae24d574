/// The arena over the schedule: a rectangle for each buffer, steps to the right, byte offset downward.
public struct ArenaPicture: Sendable, Hashable {
  public var buffers: [ArenaBuffer]
  public var stepNames: [String]
  /// Drawn as a line; nil or 0 where there is none.
  public var budgetBytes: Int?

  public init(buffers: [ArenaBuffer], stepNames: [String], budgetBytes: Int? = nil) {
    self.buffers = buffers
    self.stepNames = stepNames
    self.budgetBytes = budgetBytes
  }

  /// In the order in which they first appear.
  var kinds: [String] {
    var seen: [String] = []
    for buffer in buffers where !seen.contains(buffer.kind) { seen.append(buffer.kind) }
    return seen
  }

  /// The name of a variable of the style.
  func colour(of kind: String) -> String {
    "c\(min(7, kinds.firstIndex(of: kind) ?? 7))"
  }

  var stepCount: Int {
    max(stepNames.count, 1 + (buffers.map(\.lastStep).max() ?? 0))
  }

  func stepName(_ step: Int) -> String {
    stepNames.indices.contains(step) ? stepNames[step] : "step \(step)"
  }

  var description: String {
    "\(buffers.count) buffers over \(stepCount) steps, byte offset downward, steps to the right."
  }

  /// Where the picture stands within its drawing.
  struct Frame {
    var left = 70.0
    var right = 708.0
    var top = 10.0
    var height = 300.0
  }

  /// The elements of the drawing, without what encloses them.
  func content(in frame: Frame = Frame()) -> String {
    (axis(frame) + buffers.map { rectangle($0, frame) } + budget(frame) + [names(frame)]).joined(separator: "\n")
  }

  private var extent: Int { max(budgetBytes ?? 0, buffers.map { $0.offset + $0.bytes }.max() ?? 1, 1) }

  private func x(_ step: Int, _ frame: Frame) -> Double {
    frame.left + Double(step) / Double(stepCount) * (frame.right - frame.left)
  }

  private func y(_ offset: Int, _ frame: Frame) -> Double {
    frame.top + Double(offset) / Double(extent) * frame.height
  }

  private func axis(_ frame: Frame) -> [String] {
    (0...4).map { quarter in
      let offset = extent / 4 * quarter
      let place = Figures.coordinate(y(offset, frame))
      return "<line class=\"axis\" x1=\"\(Figures.coordinate(frame.left))\" x2=\"\(Figures.coordinate(frame.right))\" "
        + "y1=\"\(place)\" y2=\"\(place)\"/><text x=\"\(Figures.coordinate(frame.left - 6))\" y=\"\(place)\" "
        + "text-anchor=\"end\" dominant-baseline=\"middle\">\(Figures.bytes(offset))</text>"
    }
  }

  private func rectangle(_ buffer: ArenaBuffer, _ frame: Frame) -> String {
    let name =
      "\(buffer.name) (\(buffer.kind)): \(Figures.count(buffer.bytes)) bytes at "
      + "\(Figures.count(buffer.offset)), "
      + "\(stepName(buffer.firstStep)) to \(stepName(buffer.lastStep))"
    let (left, top) = (x(buffer.firstStep, frame), y(buffer.offset, frame))
    return "<rect x=\"\(Figures.coordinate(left))\" y=\"\(Figures.coordinate(top))\" "
      + "width=\"\(Figures.coordinate(x(buffer.lastStep + 1, frame) - left))\" "
      + "height=\"\(Figures.coordinate(max(0.5, y(buffer.offset + buffer.bytes, frame) - top)))\" "
      + "fill=\"var(--\(colour(of: buffer.kind)))\" fill-opacity=\".8\" stroke=\"var(--paper)\" stroke-width=\".7\">"
      + "<title>\(HTML.escape(name))</title></rect>"
  }

  private func budget(_ frame: Frame) -> [String] {
    guard let budgetBytes, budgetBytes > 0 else { return [""] }
    let place = Figures.coordinate(y(budgetBytes, frame))
    return [
      "<line class=\"limit\" x1=\"\(Figures.coordinate(frame.left))\" x2=\"\(Figures.coordinate(frame.right))\" "
        + "y1=\"\(place)\" y2=\"\(place)\"><title>budget</title></line>"
        + "<text x=\"\(Figures.coordinate(frame.right))\" y=\"\(Figures.coordinate(y(budgetBytes, frame) - 5))\" "
        + "text-anchor=\"end\">budget</text>"
    ]
  }

  private func names(_ frame: Frame) -> String {
    let place = Figures.coordinate(frame.top + frame.height + 20)
    return "<text x=\"\(Figures.coordinate(frame.left))\" y=\"\(place)\">"
      + "\(HTML.escape(stepName(0)))</text><text x=\"\(Figures.coordinate(frame.right))\" "
      + "y=\"\(place)\" text-anchor=\"end\">\(HTML.escape(stepName(stepCount - 1)))</text>"
  }
}
