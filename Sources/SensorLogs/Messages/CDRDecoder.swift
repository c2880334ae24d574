/// Decodes CDR messages by a program compiled from their schema.
///
/// The program is straight-line: neighbouring unused values are one skip, fixed arrays are unrolled where something in
/// them is wanted. A sequence whose elements are wanted has as many as in the first message; a message with another
/// number has another layout.
final class CDRDecoder: MessageDecoder {
  let channels: [Channel]
  let leaves: [MessageLeaf]
  let usesLabel: Bool
  let usesSegment: Bool
  private let program: CDRProgram
  private let timeScale: Int

  enum Failure: Error {
    case schema(ROS2Schema.Failure)
    case selection(FieldSelection.Failure, leaves: [MessageLeaf])
    case firstMessage(LogLoss.Code)
    case encapsulation(UInt8)
  }

  init(
    schema: ROS2Schema, firstMessage: UnsafeRawBufferPointer, selection: FieldSelection, timeUnit: TimeUnit?
  ) throws(Failure) {
    if case .unsupported(let kind) = CDRCursor.encapsulation(firstMessage) { throw .encapsulation(kind) }
    guard let cursor = CDRCursor(firstMessage) else { throw .firstMessage(.undecodableMessage) }
    var walker = LayoutWalker(schema: schema, cursor: cursor, maximumLeaves: max(4096, selection.maximumChannels))
    try walker.walk()
    leaves = walker.leaves
    let uses: [LeafUse]
    do {
      (uses, channels) = try selection.assign(leaves)
    } catch {
      throw .selection(error, leaves: leaves)
    }
    var compiler = CDRCompiler(schema: schema, uses: uses, sequenceCounts: walker.sequenceCounts)
    program = CDRProgram(compiler.compile())
    usesLabel = uses.contains(.label)
    usesSegment = uses.contains(.segment)
    timeScale = TimeUnit.scale(exponent: (timeUnit ?? Self.timeUnit(uses, leaves)).nanosecondsExponent)
  }

  private static func timeUnit(_ uses: [LeafUse], _ leaves: [MessageLeaf]) -> TimeUnit {
    guard let index = uses.firstIndex(of: .time) else { return .nanoseconds }
    return TimeUnit(nameSuffix: leaves[index].path) ?? (leaves[index].isInteger ? .nanoseconds : .seconds)
  }

  func decode(_ payload: UnsafeRawBufferPointer, into capture: MessageCapture) -> LogLoss.Code? {
    capture.begin()
    guard var cursor = CDRCursor(payload) else { return .undecodableMessage }
    for place in program.steps.indices {
      switch program.steps[place] {
      case .skip(let size, let number):
        guard cursor.skip(size, number: number) else { return .undecodableMessage }
      case .skipString:
        guard cursor.skipString() else { return .undecodableMessage }
      case .doubles(let number, let wanted):
        cursor.align(8)
        let start = cursor.offset
        guard cursor.skip(8, number: number) else { return .undecodableMessage }
        cursor.read(program.loads, wanted, from: start, into: capture.values.baseAddress!)
      case .other(let index):
        if let problem = run(program.others[index], &cursor, capture) { return problem }
      }
    }
    return nil
  }

  private func run(
    _ program: [CDRInstruction], _ cursor: inout CDRCursor, _ capture: MessageCapture
  ) -> LogLoss.Code? {
    for instruction in program {
      switch instruction {
      case .skip(let size, let number):
        guard cursor.skip(size, number: number) else { return .undecodableMessage }
      case .float64(let slot):
        guard let bits = cursor.integer(UInt64.self) else { return .undecodableMessage }
        capture.values[slot] = Double(bitPattern: bits)
      case .doubles(let number, let loads):
        cursor.align(8)
        let start = cursor.offset
        guard cursor.skip(8, number: number) else { return .undecodableMessage }
        let values = capture.values.baseAddress!
        for load in loads { values[load.slot] = cursor.double(at: start + load.offset) }
      case .number(let primitive, let slot):
        guard let value = cursor.number(primitive) else { return .undecodableMessage }
        capture.values[slot] = value
      case .special(let primitive, let use):
        guard take(primitive, use, &cursor, capture) else { return .undecodableMessage }
      case .skipString:
        guard cursor.skipString() else { return .undecodableMessage }
      case .labelString:
        guard let text = cursor.string() else { return .undecodableMessage }
        capture.labelText = text
      case .skipSequence(let size, let maximum):
        guard let count = cursor.integer(UInt32.self), cursor.skip(size, number: Int(count)) else {
          return .undecodableMessage
        }
        if let maximum, count > maximum { return .undecodableMessage }
      case .expectCount(let expected):
        guard let count = cursor.integer(UInt32.self) else { return .undecodableMessage }
        if count != expected { return .layoutChanged }
      case .loop(let number, let body):
        let count: Int
        if let number {
          count = number
        } else {
          // Every element takes at least one byte, so a count beyond the payload is a lie.
          guard let stated = cursor.integer(UInt32.self), Int(stated) <= cursor.count else {
            return .undecodableMessage
          }
          count = Int(stated)
        }
        for _ in 0..<count {
          let start = cursor.offset
          if let problem = run(body, &cursor, capture) { return problem }
          guard cursor.offset > start || count == 1 else { return .undecodableMessage }
        }
      }
    }
    return nil
  }

  private func take(
    _ primitive: ROS2Schema.Primitive, _ use: LeafUse, _ cursor: inout CDRCursor, _ capture: MessageCapture
  ) -> Bool {
    if use == .time {
      capture.hasTime = true
      if primitive == .float32 || primitive == .float64 {
        guard let value = cursor.number(primitive) else { return false }
        guard let whole = Int64(exactly: (value * Double(timeScale)).rounded()) else { return false }
        capture.time = whole
        return true
      }
      guard let value = cursor.wholeNumber(primitive) else { return false }
      let (scaled, overflow) = value.multipliedReportingOverflow(by: Int64(timeScale))
      capture.time = scaled
      return !overflow
    }
    guard let value = cursor.wholeNumber(primitive) else { return false }
    switch use {
    case .seconds: capture.seconds = value
    case .nanoseconds: capture.nanoseconds = value
    case .segment: capture.segment = value
    case .label: capture.labelNumber = value
    case .unused, .channel, .time: break
    }
    return true
  }
}

/// One step of a decoding program.
enum CDRInstruction {
  case skip(size: Int, number: Int)
  case float64(slot: Int)
  /// So many values of 8 bytes in a row, some of which are wanted: each with its offset from the first.
  case doubles(number: Int, loads: [(offset: Int, slot: Int)])
  case number(ROS2Schema.Primitive, slot: Int)
  case special(ROS2Schema.Primitive, LeafUse)
  case skipString
  case labelString
  case skipSequence(size: Int, maximum: Int?)
  case expectCount(UInt32)
  /// A fixed number of rounds, or as many as the message says.
  case loop(number: Int?, body: [CDRInstruction])
}
