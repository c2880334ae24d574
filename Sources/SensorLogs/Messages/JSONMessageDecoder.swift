/// Decodes JSON messages. Their fields are those of the first message; later ones may leave some out.
final class JSONMessageDecoder: MessageDecoder {
  let channels: [Channel]
  let leaves: [MessageLeaf]
  let usesLabel: Bool
  let usesSegment: Bool
  private let table: JSONLeafTable
  private let timeExponent: Int

  enum Failure: Error {
    case selection(FieldSelection.Failure, leaves: [MessageLeaf])
    case firstMessage
    case longPaths
  }

  init(firstMessage: UnsafeRawBufferPointer, selection: FieldSelection, timeUnit: TimeUnit?) throws(Failure) {
    var survey = JSONSurvey(maximumLeaves: max(4096, selection.maximumChannels))
    guard var scanner = JSONScanner(firstMessage), scanner.scan(&survey) else { throw .firstMessage }
    if survey.hasLongPaths { throw .longPaths }
    leaves = survey.leaves
    if survey.overflowed { throw .selection(.tooManyChannels(leaves.count), leaves: leaves) }
    let uses: [LeafUse]
    do {
      (uses, channels) = try selection.assign(leaves)
    } catch {
      throw .selection(error, leaves: leaves)
    }
    table = JSONLeafTable(hashes: survey.hashes, uses: uses)
    usesLabel = uses.contains(.label)
    usesSegment = uses.contains(.segment)
    if let index = uses.firstIndex(of: .time) {
      let guessed = TimeUnit(nameSuffix: leaves[index].path) ?? (leaves[index].isInteger ? .nanoseconds : .seconds)
      timeExponent = (timeUnit ?? guessed).nanosecondsExponent
    } else {
      timeExponent = 0
    }
  }

  func decode(_ payload: UnsafeRawBufferPointer, into capture: MessageCapture) -> LogLoss.Code? {
    capture.begin()
    for index in channels.indices { capture.values[index] = .nan }
    var handler = JSONCapture(table: table, capture: capture, timeExponent: timeExponent)
    guard var scanner = JSONScanner(payload), scanner.scan(&handler), !handler.failed else {
      return .undecodableMessage
    }
    capture.missingValues = max(0, channels.count - handler.valueCount)
    // The scanner's own memory for unescaped text ends with it.
    if handler.hasScratchLabel {
      capture.labelText = capture.scratch.withUnsafeBufferPointer { $0 }
    }
    return nil
  }
}

/// Leaves in the order of the first message, found by their path's hash.
private struct JSONLeafTable {
  let hashes: [UInt64]
  let uses: [LeafUse]
  private let indices: [UInt64: Int]

  init(hashes: [UInt64], uses: [LeafUse]) {
    self.hashes = hashes
    self.uses = uses
    indices = Dictionary(zip(hashes, hashes.indices), uniquingKeysWith: { first, _ in first })
  }

  /// Most messages keep the order of the first, so the leaf behind the last one is tried before the table.
  @inline(__always)
  func find(_ path: UInt64, expecting next: Int) -> Int? {
    if next < hashes.count, hashes[next] == path { return next }
    return indices[path]
  }
}

private struct JSONCapture: JSONLeafHandler {
  let table: JSONLeafTable
  let capture: MessageCapture
  let timeExponent: Int
  var next = 0
  var valueCount = 0
  var failed = false
  var hasScratchLabel = false

  init(table: JSONLeafTable, capture: MessageCapture, timeExponent: Int) {
    self.table = table
    self.capture = capture
    self.timeExponent = timeExponent
  }

  func enter(key: UnsafeBufferPointer<UInt8>) {}
  func enter(index: Int) {}
  func leave() {}

  @inline(__always)
  private mutating func use(_ path: UInt64) -> LeafUse {
    guard let index = table.find(path, expecting: next) else { return .unused }
    next = index + 1
    return table.uses[index]
  }

  @inline(__always)
  mutating func number(_ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>, path: UInt64) {
    switch use(path) {
    case .unused: break
    case .channel(let slot):
      capture.values[slot] = decimal.value(text)
      valueCount += 1
    case .time:
      guard let time = decimal.nanoseconds(unitExponent: timeExponent) else { return failed = true }
      capture.time = time
      capture.hasTime = true
    case .seconds: capture.seconds = whole(decimal)
    case .nanoseconds: capture.nanoseconds = whole(decimal)
    case .segment: capture.segment = whole(decimal)
    case .label: capture.labelNumber = whole(decimal)
    }
  }

  private mutating func whole(_ decimal: ScannedDecimal) -> Int64 {
    guard let value = decimal.nanoseconds(unitExponent: 0) else {
      failed = true
      return 0
    }
    return value
  }

  mutating func oddNumber(_ value: Double, path: UInt64) {
    if case .channel(let slot) = use(path) {
      capture.values[slot] = value
      if !value.isNaN { valueCount += 1 }
    }
  }

  mutating func boolean(_ value: Bool, path: UInt64) {
    if case .channel(let slot) = use(path) {
      capture.values[slot] = value ? 1 : 0
      valueCount += 1
    }
  }

  mutating func text(_ bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool, path: UInt64) {
    guard use(path) == .label else { return }
    if isEscaped {
      capture.scratch.removeAll(keepingCapacity: true)
      capture.scratch.append(contentsOf: bytes)
      hasScratchLabel = true
    } else {
      capture.labelText = bytes
      hasScratchLabel = false
    }
  }

  mutating func null(path: UInt64) {
    _ = use(path)
  }
}

/// Lists the leaves of the first message.
struct JSONSurvey: JSONLeafHandler {
  let maximumLeaves: Int
  private(set) var leaves: [MessageLeaf] = []
  private(set) var hashes: [UInt64] = []
  private(set) var overflowed = false
  private(set) var hasLongPaths = false
  private var limit = LeafPathLimit()
  private var path: [String] = []

  init(maximumLeaves: Int) {
    self.maximumLeaves = maximumLeaves
  }

  mutating func enter(key: UnsafeBufferPointer<UInt8>) {
    let name = String(decoding: key, as: UTF8.self)
    path.append(path.isEmpty ? name : ".\(name)")
  }

  mutating func enter(index: Int) { path.append("[\(index)]") }
  mutating func leave() { path.removeLast() }

  private mutating func add(_ kind: MessageLeaf.Kind, isInteger: Bool = false, hash: UInt64) {
    guard leaves.count < maximumLeaves else {
      overflowed = true
      return
    }
    guard !hasLongPaths, limit.admit(path.reduce(0) { $0 + $1.utf8.count }) else {
      hasLongPaths = true
      return
    }
    let isBookkeeping =
      path.first == "header" || path.contains { $0 == "stamp" || $0 == ".stamp" || $0 == ".nanosec" }
    leaves.append(
      MessageLeaf(path: path.joined(), kind: kind, isInteger: isInteger, isBookkeeping: isBookkeeping))
    hashes.append(hash)
  }

  mutating func number(_ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>, path: UInt64) {
    add(.number, isInteger: decimal.exponent == 0, hash: path)
  }

  mutating func oddNumber(_ value: Double, path: UInt64) { add(.number, hash: path) }
  mutating func boolean(_ value: Bool, path: UInt64) { add(.number, isInteger: true, hash: path) }
  mutating func null(path: UInt64) { add(.number, hash: path) }
  mutating func text(_ bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool, path: UInt64) { add(.text, hash: path) }
}
