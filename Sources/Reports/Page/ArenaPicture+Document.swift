extension ArenaPicture {
  /// The picture as a file of its own, an SVG document that follows the reader's choice of light or dark.
  ///
  /// It has exactly one `rect` for each buffer, with a `title` that a pointer shows.
  public var document: String {
    let frame = Frame(left: 80, right: 1180, top: 60, height: 640)
    let document: Markup = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 740" role="img" aria-labelledby="arena-t arena-d">
      <title id="arena-t">The arena over the schedule</title><desc id="arena-d">\(description)</desc>
      <style>
      \(Markup(trusted: ReportPage.colours))
      svg { background: var(--paper); }
      text { font: 13px system-ui, sans-serif; fill: var(--soft); }
      .axis { stroke: var(--line); stroke-width: 1; }
      .limit { stroke: var(--over); stroke-width: 1.5; stroke-dasharray: 5 4; }
      </style>
      \(legend(frame))
      \(content(in: frame))
      </svg>

      """
    return document.html
  }

  /// Discs rather than squares, which stand for buffers alone.
  private func legend(_ frame: Frame) -> Markup {
    families.enumerated().map { place, family -> Markup in
      let x = frame.left + 8 + Double(place % 8) * 150
      let y = 20.0 + Double(place / 8) * 20
      return """
        <circle cx="\(x)" cy="\(y)" r="5" fill="var(--\(family.colour))"/><text x="\(x + 11)" y="\(y + 4)">\(family.name)</text>
        """
    }.joined()
  }
}
