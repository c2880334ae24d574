extension ArenaPicture {
  /// Bytes in use at each step, one kind upon another, with the peak marked; steps stand as in `content(in:)`.
  func profile(_ profile: ArenaProfile, in frame: Frame) -> Markup {
    let most = max(budgetBytes ?? 0, profile.totals.max() ?? 0, 1)
    func height(_ bytes: Int) -> Double { Double(bytes) / Double(most) * frame.height }
    let bottom = frame.top + frame.height
    var parts: [Markup] = [0, 1].map { half in
      let place = bottom - Double(half) * frame.height
      return """
        <line class="axis" x1="\(frame.left)" x2="\(frame.right)" y1="\(place)" y2="\(place)"/>\
        <text x="\(frame.left - 6)" y="\(place)" text-anchor="end" dominant-baseline="middle">\
        \(half == 0 ? "0 B" : Figures.bytes(most))</text>
        """
    }
    for (step, bytes) in profile.bytes.enumerated() {
      var top = bottom
      let (left, right) = (x(step, frame), x(step + 1, frame))
      var bars: [Markup] = []
      for family in ArenaFamily.allCases where bytes[family.rawValue] > 0 {
        let tall = height(bytes[family.rawValue])
        top -= tall
        bars.append(
          """
          <rect x="\(left)" y="\(top)" width="\(right - left)" height="\(tall)" fill="var(--\(family.colour))"/>
          """)
      }
      let total = bytes.reduce(0, +)
      parts.append("<g><title>\(stepName(step)): \(Figures.count(total)) bytes in use</title>\(bars)</g>")
    }
    if let fullest = profile.fullestStep { parts.append(peak(fullest, profile.totals[fullest], bottom, height, frame)) }
    return parts.joined()
  }

  /// A line through both pictures, labelled on the side that has room.
  private func peak(
    _ step: Int, _ bytes: Int, _ bottom: Double, _ height: (Int) -> Double, _ frame: Frame
  ) -> Markup {
    let middle = (x(step, frame) + x(step + 1, frame)) / 2
    let isRight = middle > (frame.left + frame.right) / 2
    let top = bottom - height(bytes)
    return """
      <line class="peak" x1="\(middle)" x2="\(middle)" y1="\(frame.top - 6)" y2="\(top)"/>\
      <circle cx="\(middle)" cy="\(top)" r="3.5" fill="var(--ink)"/>\
      <text class="label" x="\(isRight ? middle - 7 : middle + 7)" y="\(frame.top - 9)" \
      text-anchor="\(isRight ? "end" : "start")">most in use: \(Figures.count(bytes)) bytes at “\(stepName(step))”</text>
      """
  }

  /// Which steps are the forward pass and which the backward one.
  func passes(in frame: Frame, at y: Double) -> Markup {
    guard forwardSteps > 0, forwardSteps < stepCount else { return .empty }
    let middle = x(forwardSteps, frame)
    return """
      <line class="pass" x1="\(middle)" x2="\(middle)" y1="\(frame.top)" y2="\(y + 6)"/>\
      <text x="\(middle - 8)" y="\(y)" text-anchor="end">← forward</text>\
      <text x="\(middle + 8)" y="\(y)">loss and backward →</text>
      """
  }
}
