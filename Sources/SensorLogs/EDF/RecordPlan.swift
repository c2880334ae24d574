/// How many frames share a record of an EDF file.
struct RecordPlan {
  var framesPerRecord: Int
  var durationText: String

  /// Whether the header's eight characters hold the duration exactly enough for records to follow each other by it.
  var isExact: Bool

  /// How much shorter than they could be records become before rather the last of a stretch is filled up.
  private static let leastShare = 8

  /// Lengths that are tried with records to be filled up; each is held against every gap.
  private static let maximumTried = 256

  /// A number of frames that lasts about a second at most and keeps records small: one that divides every stretch, or,
  /// where those are very few, one with which the last record of each stretch reaches no further than the gap behind it.
  /// One whose duration can be written exactly, if there is any.
  init(stretches: [EDFWriter.Stretch], rateHz: Double, frameBytes: Int, maximumBytes: Int) {
    var divisor = 0
    for stretch in stretches {
      var (a, b) = (divisor, stretch.count)
      while b != 0 { (a, b) = (b, a % b) }
      divisor = a
    }
    let largest = max(1, min(Int(min(rateHz.rounded(.up), 1e6)), maximumBytes / max(1, frameBytes)))
    let candidates = (1...min(divisor, largest)).reversed().filter { divisor % $0 == 0 }
    let plans = candidates.lazy.map { RecordPlan(frames: $0, rateHz: rateHz) }
    let divided = plans.first(where: \.isExact) ?? RecordPlan(frames: candidates.first ?? 1, rateHz: rateHz)
    let total = stretches.reduce(0) { $0 + $1.count }
    let wanted = min(largest, total)
    if divided.framesPerRecord < wanted / Self.leastShare {
      let lengths = stride(from: wanted, through: divided.framesPerRecord * 2, by: -1).lazy.map {
        RecordPlan(frames: $0, rateHz: rateHz)
      }
      var tried = 0
      for plan in [lengths.filter(\.isExact), lengths.filter { _ in !divided.isExact }].joined() {
        if Self.fits(plan.framesPerRecord, stretches) {
          self = plan
          return
        }
        tried += 1
        if tried == Self.maximumTried { break }
      }
    }
    self = divided
  }

  /// Whether no record that is filled up reaches into the stretch that follows.
  private static func fits(_ frames: Int, _ stretches: [EDFWriter.Stretch]) -> Bool {
    for (stretch, next) in zip(stretches, stretches.dropFirst()) {
      let padding = (frames - stretch.count % frames) % frames
      if stretch.start + stretch.count + padding > next.start { return false }
    }
    return true
  }

  private init(frames: Int, rateHz: Double) {
    framesPerRecord = frames
    let seconds = Double(frames) / rateHz
    let written = EDFNumber.text(seconds) ?? (text: "99999999", value: 99_999_999)
    durationText = written.value > 0 ? written.text : "0.000001"
    isExact = (written.value - seconds).magnitude <= 1e-12 * seconds
  }
}
