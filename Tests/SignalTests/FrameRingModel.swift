import Testing

@testable import Signal

/// Visits every interleaving of a producer and readers of a small ring, step by step: each step has at most one
/// access to shared memory, and runs the ring's own code. States seen before are not visited again.
struct FrameRingModel {
  /// A mistake built in on purpose, to show that the search finds such things.
  enum Fault: CaseIterable {
    case none, publishesBeforeFilling, forgetsToClaim, skipsTheGenerationCheck, givesFramesBackBeforeReading
    case trustsOneReader
  }

  struct Actor: Hashable {
    var step = 0
    var scratch: UInt64 = 0
    var observed: [Observation] = []
    var sawEnd = false
    var isDone = false
    var framesTaken: UInt64 = 0
  }

  struct Observation: Hashable {
    var streamIndex: UInt64
    var value: Float
  }

  struct State: Hashable {
    var bytes: [UInt8]
    var producer = FrameProducer.State()
    var producerActor = Actor()
    var readers: [FrameReader.State]
    var readerActors: [Actor]
  }

  let shape: FrameRingShape
  let frames: UInt64
  let batch: Int
  let fault: Fault

  private let buffer: UnsafeMutableRawBufferPointer
  private let memory: FrameRingMemory

  init(shape: FrameRingShape, frames: UInt64, batch: Int, fault: Fault = .none) {
    self.shape = shape
    self.frames = frames
    self.batch = batch
    self.fault = fault
    buffer = .allocate(byteCount: shape.bytesNeeded, alignment: 64)
    memory = FrameRingMemory(shape: shape, unsafeMemory: buffer.baseAddress!)
    memory.initialize()
  }

  struct Outcome {
    var states = 0
    var endings = 0
    var violation: String?
    /// States from which no interleaving ends.
    var stuck = 0
  }

  func explore() -> Outcome {
    defer { buffer.deallocate() }
    var outcome = Outcome()
    let start = State(
      bytes: save(), readers: Array(repeating: .init(), count: shape.readers),
      readerActors: Array(repeating: .init(), count: shape.readers))
    var numbers = [start: 0]
    var queue = [start]
    var cameFrom: [[Int]] = [[]]
    var endings: [Int] = []
    var next = 0
    while next < queue.count {
      let state = queue[next]
      var moved = false
      for actor in 0...shape.readers {
        var after = state
        restore(state.bytes)
        guard let violation = advance(actor, &after) else { continue }
        if !violation.isEmpty {
          outcome.violation = violation
          return outcome
        }
        moved = true
        after.bytes = save()
        if let number = numbers[after] {
          cameFrom[number].append(next)
        } else {
          numbers[after] = queue.count
          cameFrom.append([next])
          queue.append(after)
        }
      }
      if !moved { endings.append(next) }
      next += 1
    }
    outcome.states = queue.count
    outcome.endings = endings.count
    outcome.stuck = queue.count - reachable(backwardsFrom: endings, cameFrom)
    return outcome
  }

  private func reachable(backwardsFrom endings: [Int], _ cameFrom: [[Int]]) -> Int {
    var seen = Set(endings)
    var pending = endings
    while let state = pending.popLast() {
      for earlier in cameFrom[state] where seen.insert(earlier).inserted { pending.append(earlier) }
    }
    return seen.count
  }

  /// The words at the start of each line, then records and values: all that producer and readers share.
  private func save() -> [UInt8] {
    let lines = (FrameRingMemory.valuesOffset(shape) - shape.slots * FrameRingMemory.recordBytes) / 64
    let frames = (lines * 64)..<FrameRingMemory.copiesOffset(shape)
    return (0..<lines).flatMap { buffer[($0 * 64)..<($0 * 64 + 8)] } + buffer[frames]
  }

  private func restore(_ bytes: [UInt8]) {
    let lines = (FrameRingMemory.valuesOffset(shape) - shape.slots * FrameRingMemory.recordBytes) / 64
    for line in 0..<lines {
      for byte in 0..<8 { buffer[line * 64 + byte] = bytes[line * 8 + byte] }
    }
    for byte in (lines * 8)..<bytes.count { buffer[byte - lines * 8 + lines * 64] = bytes[byte] }
  }

  /// Nil when the actor is done, "" when it made a step, otherwise what it found wrong.
  private func advance(_ actor: Int, _ state: inout State) -> String? {
    if actor == 0 {
      if state.producerActor.isDone { return nil }
      var producer = FrameProducer(memory: memory)
      producer.state = state.producer
      stepProducer(&producer, &state.producerActor)
      state.producer = producer.state
      return ""
    }
    if state.readerActors[actor - 1].isDone { return nil }
    var reader = FrameReader(memory: memory, number: actor - 1)
    reader.state = state.readers[actor - 1]
    let violation = stepReader(&reader, &state.readerActors[actor - 1])
    state.readers[actor - 1] = reader.state
    return violation
  }

  static func value(_ streamIndex: UInt64) -> Float { Float(streamIndex) + 100 }

  // MARK: The producer's steps: look at each cursor, claim, fill (values, then header), publish, at last close

  private func stepProducer(_ producer: inout FrameProducer, _ actor: inout Actor) {
    let looks = shape.policy == .dropOldest ? 0 : fault == .trustsOneReader ? 1 : shape.readers
    switch actor.step {
    case 0..<looks:
      if actor.step == 0 { actor.scratch = producer.state.published }
      if let position = producer.position(of: actor.step) { actor.scratch = min(actor.scratch, position) }
      actor.step += 1
      if actor.step == looks { producer.state.slowestReader = actor.scratch }
    case looks:
      stepClaim(&producer, &actor, looks)
    case looks + 1:
      memory.fill(slot: producer.state.slot) { $0[0] = Self.value(producer.state.offered) }
      actor.step += 1
    case looks + 2:
      producer.finishSlot(testHeader(producer.state.offered))
      actor.step = producer.state.filled < producer.state.claimed ? looks + 1 : looks + 3
    case looks + 3:
      if fault != .publishesBeforeFilling { producer.storePublished() } else { producer.state.filled = 0 }
      actor.step = producer.state.offered < frames ? 0 : looks + 4
    case looks + 4:
      memory.storeOffered(UInt(producer.state.offered))
      actor.step += 1
    default:
      memory.storeStatus(RingStatus.closed.word)
      actor.isDone = true
    }
  }

  private func stepClaim(_ producer: inout FrameProducer, _ actor: inout Actor, _ looks: Int) {
    let wanted = min(batch, Int(frames - producer.state.offered))
    if fault == .forgetsToClaim {
      producer.state.claimed = wanted
    } else if producer.claimWithoutLooking(wanted) == 0 {
      if shape.policy == .dropNewest { producer.drop() }
      actor.step = producer.state.offered < frames ? 0 : looks + 4
      return
    }
    if fault == .publishesBeforeFilling {
      let claimed = producer.state.claimed
      producer.state.filled = claimed
      producer.storePublished()
      (producer.state.claimed, producer.state.filled) = (claimed, 0)
      producer.state.slowestReader = 0
    }
    actor.step = looks + 1
  }

  // MARK: A reader's steps: status, published, claimed, then each frame's header and values, check, give back

  private func stepReader(_ reader: inout FrameReader, _ actor: inout Actor) -> String {
    let window = min(shape.longestWindowFrames, Int(reader.state.published - reader.state.cursor))
    switch actor.step {
    case 0:
      actor.sawEnd = RingStatus(word: memory.loadStatus()) != .open
      actor.step = 1
    case 1:
      reader.refreshPublished()
      actor.step = 2
    case 2:
      if shape.policy == .dropOldest {
        reader.refreshClaimed()
        reader.skipOverwritten()
      }
      actor.observed = []
      let available = reader.state.published - reader.state.cursor
      actor.step = available > 0 ? 3 : actor.sawEnd ? 6 : 0
      if fault == .givesFramesBackBeforeReading, available > 0 {
        memory.storeCursor(UInt(reader.state.cursor) + 1, of: reader.number)
      }
    case 3:
      let slot = reader.slot(at: 0, count: 0) + actor.observed.count
      actor.observed.append(Observation(streamIndex: memory.record(at: slot).streamIndex, value: -1))
      actor.step = 4
    case 4:
      let offset = actor.observed.count - 1
      actor.observed[offset].value = read(slot: reader.slot(at: 0, count: 0) + offset, for: reader.number)
      actor.step = actor.observed.count < window ? 3 : 5
    case 5:
      return finishWindow(&reader, &actor)
    default:
      reader.account(upTo: widened(memory.loadOffered(), from: reader.state.expectedStreamIndex))
      actor.isDone = true
      return checkEnd(reader.state, actor)
    }
    return ""
  }

  private func read(slot: Int, for reader: Int) -> Float {
    guard shape.policy == .dropOldest else { return memory.read(slot: slot, count: 1) { $0[0] } }
    memory.copyFrames(slot: slot, count: 1, for: reader)
    return memory.readCopy(of: reader, count: 1) { $0[0] }
  }

  private func finishWindow(_ reader: inout FrameReader, _ actor: inout Actor) -> String {
    actor.step = 0
    let intact = fault == .skipsTheGenerationCheck || reader.isIntact(offset: 0)
    let observed = actor.observed
    actor.observed = []
    guard intact else { return "" }
    var expected = reader.state.expectedStreamIndex
    for seen in observed {
      if seen.value != Self.value(seen.streamIndex) { return "a torn frame: \(observed)" }
      let follows = shape.policy == .dropNewest ? seen.streamIndex >= expected : seen.streamIndex == expected
      if !follows { return "frame \(seen.streamIndex) where \(expected) was due: \(observed)" }
      expected = seen.streamIndex + 1
    }
    reader.advance(by: 1)
    actor.framesTaken += 1
    return ""
  }

  private func checkEnd(_ reader: FrameReader.State, _ actor: Actor) -> String {
    if actor.framesTaken + reader.overrun.frames != frames {
      return "\(actor.framesTaken) frames taken and \(reader.overrun.frames) lost of \(frames)"
    }
    if shape.policy == .block && reader.overrun.frames > 0 { return "frames lost while the producer waits" }
    return ""
  }
}
