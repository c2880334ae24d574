/// The header of a WFDB record, or of a segment of one.
///
/// After the manual page header(5) of the WFDB library.
struct WFDBHeader {
  struct Signal {
    var fileName: String
    var format: WFDBSampleFormat
    var samplesPerFrame = 1
    var skew = 0
    var byteOffset = 0
    var gain = WFDBHeader.defaultGain
    var isCalibrated = false
    var baseline: Int32 = 0
    var units = "mV"
    var initialValue: Int32 = 0
    var checksum: Int16?
    var description = ""
    /// Of the converter; nil where the header does not say.
    var resolutionBits: Int?
    /// The stored number in the middle of the converter's range.
    var zero: Int32 = 0

    /// The values of the converter's lowest and highest number.
    var range: ClosedRange<Double>? {
      guard let resolutionBits else { return nil }
      let half = Double(sign: .plus, exponent: resolutionBits - 1, significand: 1)
      func value(_ stored: Double) -> Double { (stored - Double(baseline)) / gain }
      return Channel.range(value(Double(zero) - half), value(Double(zero) + half - 1))
    }
  }

  struct Segment {
    /// `~` for a gap.
    var name: String
    var frameCount: Int
  }

  var recordName: String
  var signals: [Signal] = []
  var segments: [Segment] = []
  var isMultiSegment = false
  var frameHz = 250.0
  /// nil: as many as the signal files hold.
  var frameCount: Int?
  /// Nanoseconds since 1970, where a date is given.
  var startTime: Int64?

  static let defaultGain = 200.0
  static let maximumBytes = 1 << 20
  static let maximumSkew = 1 << 16

  init(_ bytes: [UInt8], path: String, maximumSignals: Int) throws(LogReadError) {
    func fail(_ reason: String) -> LogReadError { LogReadError(.malformedHeader(reason: reason), path: path) }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { String($0).trimmingSpaces() }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    guard let first = lines.first else { throw LogReadError(.empty, path: path) }
    let fields = first.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    let nameParts = fields[0].split(separator: "/", maxSplits: 1).map(String.init)
    guard fields.count >= 2, let name = nameParts.first, let signalCount = Int(fields[1]), signalCount >= 0 else {
      throw fail("its first line must give the record's name and its number of signals")
    }
    recordName = name
    guard signalCount <= maximumSignals else {
      throw LogReadError(.tooManyChannels(count: signalCount, limit: maximumSignals), path: path)
    }
    if fields.count > 2 {
      // Frequency, counter frequency and base counter, as `360/100(7)`.
      guard let rate = Double(fields[2].prefix { $0 != "/" && $0 != "(" }), rate > 0, rate.isFinite else {
        throw fail("the sampling frequency '\(fields[2].shortened(to: 20))' is none")
      }
      frameHz = rate
    }
    if fields.count > 3, let count = Int(fields[3]), count > 0 { frameCount = count }
    if fields.count > 5 { startTime = Self.start(time: fields[4], date: fields[5]) }
    if nameParts.count == 2 {
      guard let count = Int(nameParts[1]), count >= 1, count < lines.count else {
        throw fail("it lists fewer segments than it says")
      }
      isMultiSegment = true
      // Times the samples of a frame it still fits a number.
      var total = 0
      for line in lines[1...count] {
        let parts = line.split(separator: " ").map(String.init)
        guard parts.count >= 2, let frames = Int(parts[1]), frames >= 0, frames < 1 << 40 else {
          throw fail("the segment '\(line.shortened(to: 40))' has no length")
        }
        total += frames
        guard total < 1 << 46 else { throw fail("its segments have more frames than can be counted") }
        segments.append(Segment(name: parts[0], frameCount: frames))
      }
      return
    }
    guard signalCount < lines.count || signalCount == 0 else { throw fail("it lists fewer signals than it says") }
    for line in lines.dropFirst().prefix(signalCount) { signals.append(try Self.signal(line, path: path)) }
  }

  private static func signal(_ line: String, path: String) throws(LogReadError) -> Signal {
    func fail(_ reason: String) -> LogReadError {
      LogReadError(.malformedHeader(reason: "the signal '\(line.shortened(to: 60))' \(reason)"), path: path)
    }
    let fields = line.split(separator: " ", maxSplits: 8, omittingEmptySubsequences: true).map(String.init)
    guard fields.count >= 2 else { throw fail("has no format") }
    let digits = fields[1].prefix(while: \.isNumber)
    guard let number = Int(digits) else { throw fail("has no format") }
    guard let format = WFDBSampleFormat(rawValue: number) else {
      throw LogReadError(.unsupportedEncoding("WFDB signal format \(number)"), path: path)
    }
    var signal = Signal(fileName: fields[0], format: format)
    var rest = fields[1].dropFirst(digits.count)
    while let mark = rest.first {
      let value = rest.dropFirst().prefix(while: \.isNumber)
      guard let number = Int(value) else { throw fail("has a format that cannot be read") }
      switch mark {
      case "x":
        guard (1...65_536).contains(number) else { throw fail("has impossible samples a frame") }
        signal.samplesPerFrame = number
      case ":":
        guard number <= maximumSkew else { throw fail("has a skew of more than \(maximumSkew) frames") }
        signal.skew = number
      case "+":
        guard number < 1 << 40 else { throw fail("begins too far into its file") }
        signal.byteOffset = number
      default: throw fail("has a format that cannot be read")
      }
      rest = rest.dropFirst(1 + value.count)
    }
    if fields.count > 3, let bits = Int(fields[3]), (2...32).contains(bits) { signal.resolutionBits = bits }
    if fields.count > 4 { signal.zero = Int32(fields[4]) ?? 0 }
    signal.baseline = signal.zero
    if fields.count > 2 { try readGain(fields[2], into: &signal, fail) }
    signal.initialValue = signal.zero
    if fields.count > 5, let initial = Int32(fields[5]) { signal.initialValue = initial }
    if fields.count > 6, let sum = Int(fields[6]) { signal.checksum = Int16(truncatingIfNeeded: sum) }
    if fields.count > 8 { signal.description = fields[8].trimmingSpaces() }
    return signal
  }

  /// `200(-5)/mV`: units of the stored numbers in one physical unit, the stored number of 0, the unit.
  private static func readGain(
    _ text: String, into signal: inout Signal, _ fail: (String) -> LogReadError
  ) throws(LogReadError) {
    let number = text.prefix { $0 != "(" && $0 != "/" }
    guard let gain = Double(number), gain.isFinite else { throw fail("has a gain that is no number") }
    if gain != 0 {
      signal.gain = gain
      signal.isCalibrated = true
    }
    var rest = text.dropFirst(number.count)
    if rest.first == "(" {
      guard let close = rest.firstIndex(of: ")"),
        let baseline = Int32(rest[rest.index(after: rest.startIndex)..<close])
      else { throw fail("has a baseline that is no number") }
      signal.baseline = baseline
      rest = rest[rest.index(after: close)...]
    }
    if rest.first == "/", rest.count > 1 { signal.units = String(rest.dropFirst()) }
  }

  /// Nanoseconds since 1970 of `HH:MM:SS.sss` and `DD/MM/YYYY`; nil where either is none.
  static func start(time: String, date: String) -> Int64? {
    let day = date.split(separator: "/").map { Int($0) }
    let clock = time.split(separator: ":").map(String.init)
    guard day.count == 3, let d = day[0], let m = day[1], let y = day[2],
      let days = CivilDate.days(year: y, month: m, day: d),
      (1...3).contains(clock.count), let seconds = clock.last.flatMap({ Double($0) }), seconds >= 0, seconds < 61
    else { return nil }
    var minutes = 0
    for part in clock.dropLast() {
      guard let value = Int(part), value >= 0, value < 60 else { return nil }
      minutes = minutes * 60 + value
    }
    let ofDay = Int64(minutes) * 60_000_000_000 + Int64((seconds * 1e9).rounded())
    let (midnight, overflow) = days.multipliedReportingOverflow(by: 86_400_000_000_000)
    let (sum, overflow2) = midnight.addingReportingOverflow(ofDay)
    return overflow || overflow2 ? nil : sum
  }
}
