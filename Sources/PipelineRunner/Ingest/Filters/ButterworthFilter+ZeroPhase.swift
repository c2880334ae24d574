extension ButterworthFilter {
  /// Frames by which a signal is continued at either end before it is filtered both ways.
  var paddingFrames: Int {
    let short = min(sections.count { $0.b2 == 0 }, sections.count { $0.a2 == 0 })
    return 3 * (2 * sections.count + 1 - short)
  }

  /// Filters a whole signal forwards and then backwards, in place: no phase is left, and the order counts twice.
  ///
  /// At either end the signal is continued by its own point reflection in its last value, and each pass starts in the
  /// state in which the filter would rest on its first value; as SciPy's `sosfiltfilt` does, except that a signal shorter
  /// than the padding is continued by as much as it has, where SciPy refuses it.
  func filterBothWays(_ signal: inout [Double]) {
    guard let first = signal.first, let last = signal.last else { return }
    let padding = min(paddingFrames, signal.count - 1)
    var extended: [Double] = []
    extended.reserveCapacity(signal.count + 2 * padding)
    for offset in stride(from: padding, to: 0, by: -1) { extended.append(2 * first - signal[offset]) }
    extended += signal
    for offset in 0..<padding { extended.append(2 * last - signal[signal.count - 2 - offset]) }
    pass(&extended)
    extended.reverse()
    pass(&extended)
    extended.reverse()
    signal.replaceSubrange(0..<signal.count, with: extended[padding..<padding + signal.count])
  }

  /// One pass, starting at rest on the first value.
  func pass(_ signal: inout [Double]) {
    guard let first = signal.first else { return }
    for (section, rest) in zip(sections, restStates) {
      var (state1, state2) = (rest.0 * first, rest.1 * first)
      for index in signal.indices {
        let value = signal[index]
        let output = section.b0 * value + state1
        state1 = section.b1 * value - section.a1 * output + state2
        state2 = section.b2 * value - section.a2 * output
        signal[index] = output
      }
    }
  }
}
