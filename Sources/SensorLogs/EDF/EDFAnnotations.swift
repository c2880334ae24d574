/// The time-stamped annotation lists (TAL) of one EDF+ record.
///
/// `+onset[\u{15}duration]\u{14}text\u{14}text\u{14}\0`, one behind the other; the first of a record, with an empty text,
/// says when the record begins.
struct EDFAnnotationList {
  struct Annotation: Equatable {
    /// Nanoseconds from the start that the header states.
    var onset: Int64
    var duration: Int64?
    var text: String
  }

  /// When the record begins.
  var recordOnset: Int64?
  var annotations: [Annotation] = []

  /// Lists that cannot be read, and annotations beyond those that one record may have.
  var malformedCount = 0

  /// A record of this many annotations is none that anyone means.
  static let maximumCount = 65_536
  private static let maximumTextBytes = 4096
  /// Of one record.
  private static let maximumTotalTextBytes = 4 << 20

  private var textBytes = 0
  private var isKeeping = true

  init() {}

  /// - Parameter keepsAnnotations: false where only the record's time, and what cannot be read, are asked for.
  init(keepsAnnotations: Bool) {
    isKeeping = keepsAnnotations
  }

  /// Adds the lists of one annotation signal.
  ///
  /// - Parameter isFirst: Whether it is the first such signal, which tells the record's time.
  mutating func add(_ bytes: UnsafeRawBufferPointer, isFirst: Bool) {
    var isTimekeeping = isFirst
    var start = 0
    while start < bytes.count {
      if bytes[start] == 0 {
        start += 1
        continue
      }
      var end = start
      while end < bytes.count, bytes[end] != 0 { end += 1 }
      addList(.init(rebasing: bytes[start..<end]), isTimekeeping: isTimekeeping)
      isTimekeeping = false
      start = end + 1
    }
  }

  private mutating func addList(_ bytes: UnsafeRawBufferPointer, isTimekeeping: Bool) {
    guard let stampEnd = bytes.firstIndex(of: 0x14), let (onset, duration) = Self.stamp(bytes[..<stampEnd]) else {
      malformedCount += 1
      return
    }
    var start = stampEnd + 1
    var isFirst = true
    while start <= bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != 0x14 { end += 1 }
      if start == end {
        if isTimekeeping, isFirst { recordOnset = onset }
      } else {
        add(bytes[start..<end], onset, duration)
      }
      isFirst = false
      start = end + 1
    }
  }

  private mutating func add(_ text: Slice<UnsafeRawBufferPointer>, _ onset: Int64, _ duration: Int64?) {
    let text = text.prefix(Self.maximumTextBytes)
    guard count < Self.maximumCount, textBytes + text.count <= Self.maximumTotalTextBytes else {
      malformedCount += 1
      return
    }
    count += 1
    textBytes += text.count
    if isKeeping || text.elementsEqual(EDFPadding.text.utf8) {
      annotations.append(Annotation(onset: onset, duration: duration, text: String(decoding: text, as: UTF8.self)))
    }
  }

  private var count = 0

  /// When what stands behind it begins, and how long it lasts where that is said.
  private static func stamp(_ bytes: Slice<UnsafeRawBufferPointer>) -> (onset: Int64, duration: Int64?)? {
    guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    guard let middle = bytes.firstIndex(of: 0x15) else { return nanoseconds(bytes).map { ($0, nil) } }
    guard let onset = nanoseconds(bytes[..<middle]) else { return nil }
    let rest = bytes[(middle + 1)...]
    if rest.isEmpty { return (onset, nil) }
    guard let length = nanoseconds(rest), length >= 0 else { return nil }
    return (onset, length)
  }

  private static func nanoseconds(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int64? {
    let text = UnsafeRawBufferPointer(rebasing: bytes).bindMemory(to: UInt8.self)
    guard let base = text.baseAddress, let (decimal, stop) = ScannedDecimal.scan(base, base + text.count),
      stop == base + text.count
    else { return nil }
    return decimal.nanoseconds(unitExponent: 9)
  }
}

/// The annotations of a whole file as labels of its frames and as events.
struct EDFLabels {
  private(set) var labels: LabelTable
  private var held = HeldLabels()
  private(set) var segments = SegmentMarks()
  private var texts: LabelTable
  private var stored: [(start: Int64, end: Int64?, text: Int32)] = []
  private let rule: AnnotationRule
  private let halfPeriod: Int64
  /// Times of frames are rounded where a record's duration is; the frame that a label begins with is not to miss it.
  private let tolerance: Int64
  private let startTime: Int64
  private let fileLabel: Int32

  var isLabelling: Bool { !held.isEmpty || fileLabel >= 0 }

  private static let maximumEvents = 1 << 18

  init(_ header: EDFHeader, periodNanoseconds: Double, options: LogReadOptions) {
    labels = LabelTable(maximumCount: options.maximumLabels)
    texts = LabelTable(maximumCount: options.maximumLabels)
    rule = options.annotations
    startTime = header.startTime
    halfPeriod = max(1, Int64(min(periodNanoseconds / 2, 1e15)))
    tolerance = halfPeriod / 8
    fileLabel = labels.index(ofFileLabel: options.fileLabel)
  }

  /// - Returns: false where there are too many labels or annotations, or where it lies beyond all times.
  mutating func add(_ annotation: EDFAnnotationList.Annotation) -> Bool {
    let (start, startOverflows) = startTime.addingReportingOverflow(annotation.onset)
    let length = annotation.duration ?? 0
    let (end, endOverflows) = start.addingReportingOverflow(length)
    if startOverflows || endOverflows { return false }
    guard stored.count < Self.maximumEvents, let text = texts.index(of: annotation.text) else { return false }
    stored.append((start, length > 0 ? end : nil, text))
    if length > 0 { return hold(annotation.text, from: start, to: end) }
    if segments.add(annotation.text, from: start) { return true }
    switch rule {
    case .held: return true
    case .untilNext:
      guard let index = labels.index(of: annotation.text) else { return false }
      return held.addUntilNext(index, from: start)
    case .nearestFrame:
      let (first, firstOverflows) = start.subtractingReportingOverflow(halfPeriod)
      let (last, lastOverflows) = start.addingReportingOverflow(halfPeriod)
      return hold(annotation.text, from: firstOverflows ? .min : first, to: lastOverflows ? .max : last)
    }
  }

  private mutating func hold(_ text: String, from start: Int64, to end: Int64) -> Bool {
    guard let index = labels.index(of: text) else { return false }
    return held.add(index, from: start, to: end)
  }

  @inline(__always)
  mutating func label(at time: Int64) -> Int32 { held.isEmpty ? fileLabel : held.label(at: time &+ tolerance) }

  @inline(__always)
  mutating func segment(at time: Int64) -> Int32 { segments.segment(at: time &+ tolerance) }

  var events: [LogEvent] {
    stored.map { LogEvent(time: $0.start, endTime: $0.end, text: $0.text < 0 ? "" : texts.names[Int($0.text)]) }
  }
}
