/// The header of an EDF or BDF file, with their plus forms.
///
/// After Kemp et al. 1992, "A simple format for exchange of digitized polygraphic recordings", the EDF+ specification of
/// 2003 and BioSemi's description of BDF.
struct EDFHeader {
  enum Variant {
    case edf
    case bdf

    var magic: [UInt8] {
      switch self {
      case .edf: Array("0       ".utf8)
      case .bdf: [0xFF] + Array("BIOSEMI".utf8)
      }
    }

    var sample: BinaryNumber { self == .edf ? .int16 : .int24 }
    var annotationLabel: String { self == .edf ? "EDF Annotations" : "BDF Annotations" }
    var digitalLimit: Int { self == .edf ? 32_767 : 8_388_607 }
  }

  struct Signal {
    var label: String
    var unit: String?
    var physicalMinimum: Double
    var physicalMaximum: Double
    var digitalMinimum: Double
    var digitalMaximum: Double
    var samplesPerRecord: Int
    var isAnnotation = false
    /// Where its samples begin within a record.
    var byteOffset = 0
  }

  var variant: Variant
  var isPlus = false
  var isDiscontinuous = false
  var signals: [Signal] = []
  /// nil where the file does not say.
  var recordCount: Int?
  var recordNanoseconds = 0.0
  /// Nanoseconds since 1970 of the start that the header states.
  var startTime: Int64 = 0
  var headerBytes = 0
  var recordBytes = 0

  /// Reads the header and leaves the stream at the first record.
  init(_ stream: ByteStream, maximumRecordBytes: Int) throws(LogReadError) {
    let path = stream.path
    func fail(_ reason: String) -> LogReadError { LogReadError(.malformedHeader(reason: reason), path: path) }
    func cut() -> LogReadError {
      LogReadError(
        .damaged(stream.damage?.code ?? .truncated), path: path,
        byteOffset: stream.storedOffset(ahead: stream.window.count))
    }
    guard try stream.ensure(256) else { throw cut() }
    let fixed = Array(stream.window.prefix(256))
    guard fixed.starts(with: Variant.edf.magic) || fixed.starts(with: Variant.bdf.magic) else {
      throw LogReadError(.unsupportedFormat(found: "this file"), path: path, byteOffset: 0)
    }
    variant = fixed[0] == 0xFF ? .bdf : .edf
    func text(_ start: Int, _ count: Int) -> String { Self.text(fixed[start..<(start + count)]) }
    let reserved = text(192, 44)
    isPlus = reserved.hasPrefix("EDF+") || reserved.hasPrefix("BDF+")
    isDiscontinuous = reserved.hasPrefix("EDF+D") || reserved.hasPrefix("BDF+D")
    guard let count = Int(text(252, 4)), (1...4096).contains(count) else {
      throw fail("its number of signals is '\(text(252, 4))'")
    }
    headerBytes = 256 * (count + 1)
    if let stated = Int(text(236, 8)), stated >= 0 { recordCount = stated }
    guard let seconds = Double(text(244, 8)), seconds >= 0, seconds <= 1e6 else {
      throw fail("the duration of a record is '\(text(244, 8))'")
    }
    recordNanoseconds = seconds * 1e9
    startTime = Self.start(date: text(168, 8), time: text(176, 8), recording: isPlus ? text(88, 80) : "")
    guard try stream.ensure(headerBytes) else { throw cut() }
    let all = Array(stream.window.prefix(headerBytes))
    try readSignals(all, count: count, maximumRecordBytes: maximumRecordBytes, fail)
    stream.advance(headerBytes)
  }

  private mutating func readSignals(
    _ bytes: [UInt8], count: Int, maximumRecordBytes: Int, _ fail: (String) -> LogReadError
  ) throws(LogReadError) {
    // Each property stands for all signals before the next one does.
    func field(_ index: Int, from start: Int, _ width: Int) -> String {
      let first = 256 + start * count + index * width
      return Self.text(bytes[first..<(first + width)])
    }
    for index in 0..<count {
      let label = field(index, from: 0, 16)
      let unit = field(index, from: 96, 8)
      guard let samples = Int(field(index, from: 216, 8)), samples >= 0, samples <= maximumRecordBytes else {
        throw fail("signal '\(label)' states no number of samples")
      }
      var signal = Signal(
        label: label, unit: unit.isEmpty ? nil : unit,
        physicalMinimum: Self.number(field(index, from: 104, 8)) ?? .nan,
        physicalMaximum: Self.number(field(index, from: 112, 8)) ?? .nan,
        digitalMinimum: Self.number(field(index, from: 120, 8)) ?? .nan,
        digitalMaximum: Self.number(field(index, from: 128, 8)) ?? .nan, samplesPerRecord: samples)
      signal.isAnnotation = isPlus && label == variant.annotationLabel
      signal.byteOffset = recordBytes
      recordBytes += samples * variant.sample.byteCount
      guard recordBytes <= maximumRecordBytes else {
        throw fail("a record is larger than \(maximumRecordBytes) bytes; raise the limit to read it")
      }
      signals.append(signal)
    }
    guard recordBytes > 0 else { throw fail("a record has no bytes") }
  }

  /// Without the blanks around it; only ASCII is allowed, and others are found in the wild.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self).filter { $0 != "\0" }.trimmingSpaces()
  }

  /// A decimal comma is against the rules and met with all the same.
  private static func number(_ text: String) -> Double? {
    Double(text) ?? Double(String(text.map { $0 == "," ? "." : $0 }))
  }

  /// Nanoseconds since 1970 of `dd.mm.yy` and `hh.mm.ss`, or 0 where these are none.
  ///
  /// - Parameter recording: May state the year with four digits, as `Startdate 02-MAR-2002`.
  private static func start(date: String, time: String, recording: String) -> Int64 {
    let day = date.split { $0 == "." || $0 == "-" || $0 == "/" }.map { Int($0) }
    let clock = time.split { $0 == "." || $0 == ":" }.map { Int($0) }
    guard day.count == 3, let d = day[0], let m = day[1], let two = day[2], clock.count == 3, let hour = clock[0],
      let minute = clock[1], let second = clock[2], (0..<100).contains(two), (0..<24).contains(hour),
      (0..<60).contains(minute), (0..<62).contains(second)
    else { return 0 }
    // Two digits begin in 1985.
    var year = two >= 85 ? 1900 + two : 2000 + two
    let words = recording.split(separator: " ")
    if words.count >= 2, words[0] == "Startdate", let stated = words[1].split(separator: "-").last.flatMap({ Int($0) }),
      (1000...9999).contains(stated), stated % 100 == two
    {
      year = stated
    }
    guard let days = CivilDate.days(year: year, month: m, day: d) else { return 0 }
    let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    let (time, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? 0 : time
  }
}
