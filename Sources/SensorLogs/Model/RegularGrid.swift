/// Where the frames of a recording lie on a grid of equal steps, for formats that store no times.
struct RegularGrid {
  let rateHz: Double
  let start: Int64
  private var lastIndex = -1

  /// The rate that the schema states, else the one that the first frames have.
  ///
  /// - Throws: where there is no rate to be had.
  init(_ schema: LogSchema, firstFrames batch: FrameBatch, path: String) throws(LogReadError) {
    start = batch.times[0]
    if let stated = schema.nominalRateHz, stated > 0, stated <= LogSchema.highestRateHz {
      rateHz = stated
      return
    }
    var steps: [Int64] = []
    for index in 1..<max(1, batch.count) {
      let (step, overflow) = batch.times[index].subtractingReportingOverflow(batch.times[index - 1])
      if step > 0, !overflow { steps.append(step) }
    }
    guard !steps.isEmpty else {
      throw LogReadError(
        .cannotWrite(reason: "the format needs one rate, and the frames tell none; give a rate, or resample"),
        path: path)
    }
    steps.sort()
    let middle = Double(steps[steps.count / 2])
    // Steps are rounded to nanoseconds, and often jitter; over all of the frames that evens out.
    let span = Double(batch.times[batch.count - 1]) - Double(start)
    let count = (span / middle).rounded()
    let rate = count >= 1 && span > 0 ? 1e9 * count / span : 1e9 / middle
    let whole = rate.rounded()
    rateHz = (rate - whole).magnitude < 1e-6 * rate && whole >= 1 ? whole : rate
  }

  /// The frame's place on the grid.
  ///
  /// - Throws: where it lies nearer to the place of a frame before it, or behind that.
  mutating func index(of time: Int64, path: String) throws(LogReadError) -> Int {
    let (offset, overflow) = time.subtractingReportingOverflow(start)
    let position = (Double(offset) * rateHz / 1e9).rounded()
    guard !overflow, position.magnitude < 0x1p53, Int(position) > lastIndex else {
      throw LogReadError(
        .cannotWrite(
          reason: "the frame at \(time) ns does not fit a steady rate of \(rateHz) Hz; resample the recording first"),
        path: path)
    }
    lastIndex = Int(position)
    return lastIndex
  }
}
