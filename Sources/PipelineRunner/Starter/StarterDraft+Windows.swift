import PipelineModel

/// How long windows are and how far apart.
extension StarterDraft {
  mutating func cut() throws(StarterError) {
    guard rate > 0 else { throw .noRate(path: surveys[0].path) }
    // 49.98 Hz is 50 Hz with a clock of its own.
    let whole = rate.rounded()
    hertz = whole >= 1 && (rate - whole).magnitude < 0.02 * whole ? whole : rate
    let runs = surveys.flatMap { $0.runs.values.flatMap { $0 } }.sorted()
    let typicalRun = runs[runs.count / 2]
    windowSamples = Self.windowSamples(hertz: hertz, typicalRun: typicalRun)
    guard windowSamples >= 8 else { throw .runsTooShort(typicalFrames: typicalRun, neededFrames: 8 * 6) }
    // Half as far apart as they are long, or closer where there would be few.
    hopSamples = max(1, windowSamples / 2)
    if Self.windows(runs, windowSamples, hopSamples) < 1500, hopSamples > 1 { hopSamples /= 2 }
    addResampling()
    addWindow()
    add(Normalize(.perChannel), "Normalize", because: "by the mean and deviation of each channel's training windows")
  }

  private mutating func addResampling() {
    let rates = surveys.compactMap { $0.timing.hertz }
    let differ = (rates.max() ?? 0) > 1.05 * (rates.min() ?? 0) && options.reading.rateHz == nil
    // Rates are held in thousandths of a hertz.
    if differ { hertz = max(0.001, (hertz * 1000).rounded() / 1000) }
    guard differ || (hertz == hertz.rounded() && hertz <= 4000) else { return }
    var reason = "the recordings' own rate"
    if differ {
      reason = "recordings differ in their rates, \(Self.listed(rates)); all are brought to the one in the middle"
    } else if !surveys.allSatisfy(\.timing.isEven) {
      reason = "frames come unevenly; their rate is about \(Self.text(rate)) Hz"
    }
    add(Resample(hertz: hertz), "Resample", because: reason)
  }

  private var resamples: Bool { steps.contains { if case .resample = $0 { true } else { false } } }

  /// The rates that recordings have, and how many have each: `26 Hz (3), 30 Hz (5)`.
  private static func listed(_ rates: [Double]) -> String {
    var groups: [(hertz: Double, count: Int)] = []
    for rate in rates.sorted() {
      if let last = groups.last, rate < 1.05 * last.hertz {
        groups[groups.count - 1].count += 1
      } else {
        groups.append((rate, 1))
      }
    }
    let shown = groups.prefix(6).map { "\(text(($0.hertz * 10).rounded() / 10)) Hz (\($0.count))" }
    return shown.joined(separator: ", ") + (groups.count > 6 ? " and more" : "")
  }

  private mutating func addWindow() {
    let (length, hop) = (Double(windowSamples) / hertz, Double(hopSamples) / hertz)
    // 64 samples at 30 Hz are no number of seconds that anybody would write.
    let isPlain = [length, hop].allSatisfy { ($0 * 1e4).rounded() / 1e4 == $0 }
    add(
      resamples && isPlain ? Window(seconds: length, every: hop) : Window(samples: windowSamples, every: hopSamples),
      "Window", because: "")
  }

  /// Says how windows were cut, once it is known how many came of it.
  mutating func explainWindows(rejected: Int) {
    let seconds = Double(windowSamples) / hertz
    let length =
      resamples
      ? "\(windowSamples) samples" : "\(Self.duration(seconds)) at \(Self.text(hertz)) Hz"
    var reason = "\(length); \(Self.count(windowCount, "window")) of one label each"
    if rejected > 0 { reason += ", and \(Self.grouped(rejected)) left out" }
    let runs = surveys.flatMap { $0.runs.values.flatMap { $0 } }.sorted()
    // Movements take longer than that, vibrations do not.
    if seconds < 0.5, hertz < 1000, windowSamples < Self.windowSamples(hertz: hertz, typicalRun: .max) {
      let typical = Self.duration(Double(runs[runs.count / 2]) / hertz)
      reason +=
        ". Half of the stretches of one label last less than \(typical), so windows are \(Self.duration(seconds)) long, "
        + "which is short for movements; for longer ones, label longer stretches or let windows span them, "
        + "across: .labels"
    }
    explain("Window", because: reason)
  }

  /// Some two and a half seconds, which hold a stride or a gesture, in a power of two of samples from 16 to 512; where
  /// labels change faster, windows of which six fit into half of their stretches end to end, so that there are some to
  /// adapt to and others to test on that share no sample with them.
  private static func windowSamples(hertz: Double, typicalRun: Int) -> Int {
    let fitting = typicalRun / 6
    var samples = 16
    while samples < 512, Double(samples * 2) <= 2.6 * hertz { samples *= 2 }
    while samples > 8, samples > fitting { samples /= 2 }
    return samples <= fitting ? samples : 0
  }

  private static func windows(_ runs: [Int], _ length: Int, _ hop: Int) -> Int {
    runs.reduce(0) { $0 + ($1 >= length ? 1 + ($1 - length) / hop : 0) }
  }
}
