/// What one line gave: its frame's values, time, label and segment.
final class JSONLineCapture {
  var handler: JSONLineHandler
  private(set) var labels: LabelTable
  private var clock: TextClock

  private(set) var time: Int64 = 0
  private var hasTime = false
  private var seconds: Int64?
  private var nanoseconds: Int64?
  private(set) var label: Int32 = -1
  /// Why the label has no index.
  private(set) var labelRefusal: LogLoss.Code?
  private(set) var segment: Int32 = 0
  fileprivate(set) var unknownFields = 0
  private let channelCount: Int

  init(_ fields: JSONLineFields, options: LogReadOptions) {
    labels = LabelTable(maximumCount: options.maximumLabels)
    clock = TextClock(unit: fields.timeUnit)
    channelCount = fields.channels.count
    handler = JSONLineHandler(JSONLineTable(fields))
    handler.capture = self
  }

  /// - Parameter values: Where the values go, one for each channel.
  @inline(__always)
  func begin(_ values: UnsafeMutablePointer<Double>) {
    values.update(repeating: .nan, count: channelCount)
    hasTime = false
    seconds = nil
    nanoseconds = nil
    label = -1
    labelRefusal = nil
    segment = 0
    handler.begin(values)
  }

  /// The time of the line, if it has one.
  var wholeTime: Int64? {
    if hasTime { return time }
    guard let seconds, let nanoseconds else { return nil }
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow2) = product.addingReportingOverflow(nanoseconds)
    return overflow || overflow2 ? nil : sum
  }

  /// A number that is no channel's; false where it does not fit its use.
  fileprivate func take(
    _ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>, as use: JSONLineFields.Use
  ) -> Bool {
    switch use {
    case .time:
      guard let found = clock.nanoseconds(decimal, text) else { return false }
      time = found
      hasTime = true
    case .seconds, .nanoseconds:
      guard let whole = decimal.nanoseconds(unitExponent: 0) else { return false }
      if use == .seconds { seconds = whole } else { nanoseconds = whole }
    case .segment:
      guard let whole = decimal.nanoseconds(unitExponent: 0), let narrow = Int32(exactly: whole) else { return false }
      segment = narrow
    case .label: takeLabel(text)
    case .channel, .unused: break
    }
    return true
  }

  fileprivate func take(_ text: UnsafeBufferPointer<UInt8>, as use: JSONLineFields.Use) -> Bool {
    switch use {
    case .time:
      guard let found = clock.nanoseconds(text) else { return false }
      time = found
      hasTime = true
    case .label: takeLabel(text)
    default: return false
    }
    return true
  }

  private func takeLabel(_ text: UnsafeBufferPointer<UInt8>) {
    if let index = labels.index(of: text) {
      label = index
    } else {
      labelRefusal = labels.refusal
    }
  }
}

/// The fields of a file, found by their path's hash.
struct JSONLineTable {
  let hashes: [UInt64]
  let uses: [JSONLineFields.Use]
  private let indices: [UInt64: Int]

  init(_ fields: JSONLineFields) {
    hashes = fields.hashes
    uses = fields.uses
    indices = Dictionary(zip(hashes, hashes.indices), uniquingKeysWith: { first, _ in first })
  }

  /// Most lines keep the order of the first, so the field behind the last one is tried before the table.
  @inline(__always)
  func find(_ path: UInt64, expecting next: Int) -> Int? {
    if next < hashes.count, hashes[next] == path { return next }
    return indices[path]
  }
}

/// Puts the leaves of a line where they belong.
struct JSONLineHandler: JSONLeafHandler {
  private let table: JSONLineTable
  /// It owns this handler.
  fileprivate unowned(unsafe) var capture: JSONLineCapture!
  private var values: UnsafeMutablePointer<Double>!
  /// The line that each field was last met in, to find those that one line has twice.
  private var metIn: [Int]
  private var line = 0
  private var next = 0

  /// Channels with a value, and fields of channels at all.
  private(set) var presentValues = 0
  private(set) var valueFields = 0
  /// A field that the line has twice, or -1; its last value counts.
  private(set) var repeated = -1
  private(set) var problem: (code: LogLoss.Code, field: Int)?

  init(_ table: JSONLineTable) {
    self.table = table
    metIn = Array(repeating: 0, count: table.hashes.count)
  }

  @inline(__always)
  mutating func begin(_ values: UnsafeMutablePointer<Double>) {
    self.values = values
    line &+= 1
    next = 0
    presentValues = 0
    valueFields = 0
    repeated = -1
    problem = nil
  }

  func enter(key: UnsafeBufferPointer<UInt8>) {}
  func enter(index: Int) {}
  func leave() {}

  @inline(__always)
  private mutating func find(_ path: UInt64) -> Int? {
    guard let index = table.find(path, expecting: next) else {
      capture.unknownFields += 1
      return nil
    }
    next = index + 1
    if metIn[index] == line { noteRepeated(index) }
    metIn[index] = line
    return index
  }

  @inline(never)
  private mutating func noteRepeated(_ index: Int) {
    guard table.uses[index] != .unused else { return }
    repeated = index
    if case .channel(let slot) = table.uses[index] {
      valueFields -= 1
      if !values[slot].isNaN { presentValues -= 1 }
      values[slot] = .nan
    }
  }

  @inline(__always)
  private mutating func set(_ value: Double, _ slot: Int) {
    values[slot] = value
    valueFields += 1
    if !value.isNaN { presentValues += 1 }
  }

  private mutating func refuse(_ index: Int) {
    let isTime = [.time, .seconds, .nanoseconds].contains(table.uses[index])
    problem = problem ?? (isTime ? .badTime : .badCell, index)
  }

  @inline(__always)
  mutating func number(_ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>, path: UInt64) {
    guard let index = find(path) else { return }
    if case .channel(let slot) = table.uses[index] {
      set(decimal.value(text), slot)
    } else if !capture.take(decimal, text, as: table.uses[index]) {
      refuse(index)
    }
  }

  mutating func oddNumber(_ value: Double, path: UInt64) {
    guard let index = find(path) else { return }
    switch table.uses[index] {
    case .channel(let slot): set(value, slot)
    case .time, .seconds, .nanoseconds, .segment: refuse(index)
    case .label, .unused: break
    }
  }

  mutating func boolean(_ value: Bool, path: UInt64) {
    guard let index = find(path) else { return }
    switch table.uses[index] {
    case .channel(let slot): set(value ? 1 : 0, slot)
    case .label:
      let word: StaticString = value ? "true" : "false"
      word.withUTF8Buffer { _ = capture.take($0, as: .label) }
    case .time, .seconds, .nanoseconds, .segment: refuse(index)
    case .unused: break
    }
  }

  mutating func text(_ bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool, path: UInt64) {
    guard let index = find(path) else { return }
    switch table.uses[index] {
    case .channel(let slot):
      // Some programs write numbers, and those that JSON does not have, as text.
      var value = 0.0
      var missing = 0
      if bytes.isEmpty {
        set(.nan, slot)
      } else if let first = bytes.baseAddress,
        TableCell.number(first, first + bytes.count, 0, &value, &missing) == first + bytes.count
      {
        set(value, slot)
      } else {
        refuse(index)
      }
    case .unused: break
    case let use: if !capture.take(bytes, as: use) { refuse(index) }
    }
  }

  mutating func null(path: UInt64) {
    guard let index = find(path) else { return }
    if case .channel(let slot) = table.uses[index] { set(.nan, slot) }
  }
}
