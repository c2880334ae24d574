/// The arena over the schedule: a rectangle for each buffer, steps to the right, byte offset downward.
public struct ArenaPicture: Sendable, Hashable {
  public var buffers: [ArenaBuffer]
  public var stepNames: [String]
  /// Drawn as a line; nil or 0 where there is none.
  public var budgetBytes: Int?
  /// Where the backward pass begins; 0 where it is not known.
  var forwardSteps = 0

  public init(buffers: [ArenaBuffer], stepNames: [String], budgetBytes: Int? = nil) {
    self.buffers = buffers
    self.stepNames = stepNames
    self.budgetBytes = budgetBytes
  }

  /// Those that occur.
  var families: [ArenaFamily] {
    let found = Set(buffers.map { ArenaFamily(kind: $0.kind) })
    return ArenaFamily.allCases.filter(found.contains)
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
  func content(in frame: Frame = Frame()) -> Markup {
    (axis(frame) + buffers.map { rectangle($0, frame) } + [budget(frame), names(frame)]).joined()
  }

  var extent: Int { max(budgetBytes ?? 0, buffers.map { $0.offset + $0.bytes }.max() ?? 1, 1) }

  func x(_ step: Int, _ frame: Frame) -> Double {
    frame.left + Double(step) / Double(stepCount) * (frame.right - frame.left)
  }

  private func y(_ offset: Int, _ frame: Frame) -> Double {
    frame.top + Double(offset) / Double(extent) * frame.height
  }

  private func axis(_ frame: Frame) -> [Markup] {
    (0...4).map { quarter in
      let offset = extent / 4 * quarter
      let place = y(offset, frame)
      return """
        <line class="axis" x1="\(frame.left)" x2="\(frame.right)" y1="\(place)" y2="\(place)"/>\
        <text x="\(frame.left - 6)" y="\(place)" text-anchor="end" dominant-baseline="middle">\(Figures.bytes(offset))</text>
        """
    }
  }

  /// What a pointer or a key on a buffer tells.
  func title(of buffer: ArenaBuffer) -> String {
    "\(buffer.name) (\(buffer.kind)): \(Figures.count(buffer.bytes)) bytes at \(Figures.count(buffer.offset)), "
      + "\(stepName(buffer.firstStep)) to \(stepName(buffer.lastStep))"
  }

  private func rectangle(_ buffer: ArenaBuffer, _ frame: Frame) -> Markup {
    let (left, top) = (x(buffer.firstStep, frame), y(buffer.offset, frame))
    let height = max(0.5, y(buffer.offset + buffer.bytes, frame) - top)
    return """
      <rect x="\(left)" y="\(top)" width="\(x(buffer.lastStep + 1, frame) - left)" height="\(height)" \
      fill="var(--\(ArenaFamily(kind: buffer.kind).colour))" fill-opacity=".85" stroke="var(--paper)" stroke-width=".7">\
      <title>\(title(of: buffer))</title></rect>
      """
  }

  private func budget(_ frame: Frame) -> Markup {
    guard let budgetBytes, budgetBytes > 0 else { return .empty }
    let place = y(budgetBytes, frame)
    return """
      <line class="limit" x1="\(frame.left)" x2="\(frame.right)" y1="\(place)" y2="\(place)"><title>budget</title></line>\
      <text x="\(frame.right)" y="\(place - 5)" text-anchor="end">budget</text>
      """
  }

  private func names(_ frame: Frame) -> Markup {
    let place = frame.top + frame.height + 20
    return """
      <text x="\(frame.left)" y="\(place)">\(stepName(0))</text>\
      <text x="\(frame.right)" y="\(place)" text-anchor="end">\(stepName(stepCount - 1))</text>
      """
  }
}
