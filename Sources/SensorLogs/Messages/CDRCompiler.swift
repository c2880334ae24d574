/// Finds the leaves of a message by walking the first one beside its schema.
struct LayoutWalker {
  let schema: ROS2Schema
  var cursor: CDRCursor
  let maximumLeaves: Int
  private(set) var leaves: [MessageLeaf] = []

  /// The length of each sequence, in the order met; the compiler meets them in the same order.
  private(set) var sequenceCounts: [Int] = []

  /// Array elements in which no value stands, such as empty sequences; no channel limit counts them.
  private var leaflessElements = 0
  private var limit = LeafPathLimit()
  private static let maximumLeaflessElements = 65_536

  init(schema: ROS2Schema, cursor: CDRCursor, maximumLeaves: Int) {
    self.schema = schema
    self.cursor = cursor
    self.maximumLeaves = maximumLeaves
  }

  mutating func walk() throws(CDRDecoder.Failure) {
    try walk(schema.rootFields, prefix: "", isBookkeeping: false)
  }

  private mutating func walk(
    _ fields: [ROS2Schema.Field], prefix: String, isBookkeeping: Bool
  ) throws(CDRDecoder.Failure) {
    // A structure without members still takes one byte.
    if fields.isEmpty, !cursor.skip(1, number: 1) { throw .firstMessage(.undecodableMessage) }
    for field in fields {
      let path = prefix.isEmpty ? field.name : "\(prefix).\(field.name)"
      switch field.arity {
      case .one: try walk(field, path: path, isBookkeeping: isBookkeeping)
      case .fixed(let count): try walk(field, path: path, count: count, isBookkeeping: isBookkeeping)
      case .sequence(let maximum):
        guard let count = cursor.integer(UInt32.self), Int(count) <= max(maximum ?? .max, 0),
          Int(count) <= cursor.count
        else { throw .firstMessage(.undecodableMessage) }
        sequenceCounts.append(Int(count))
        try walk(field, path: path, count: Int(count), isBookkeeping: isBookkeeping)
      }
    }
  }

  private mutating func walk(
    _ field: ROS2Schema.Field, path: String, count: Int, isBookkeeping: Bool
  ) throws(CDRDecoder.Failure) {
    for index in 0..<count {
      guard leaves.count <= maximumLeaves else {
        throw .selection(.tooManyChannels(leaves.count + count), leaves: leaves)
      }
      let (start, leavesBefore) = (cursor.offset, leaves.count)
      try walk(field, path: "\(path)[\(index)]", isBookkeeping: isBookkeeping)
      if leaves.count == leavesBefore { leaflessElements += 1 }
      // Elements that take nothing would be as many as the schema likes, whatever the payload.
      guard cursor.offset > start || count == 1, leaflessElements <= Self.maximumLeaflessElements else {
        throw .firstMessage(.undecodableMessage)
      }
    }
  }

  private mutating func walk(
    _ field: ROS2Schema.Field, path: String, isBookkeeping: Bool
  ) throws(CDRDecoder.Failure) {
    switch field.type {
    case .primitive(.string):
      guard cursor.string() != nil else { throw .firstMessage(.undecodableMessage) }
      guard limit.admit(path.utf8.count) else { throw .schema(.longNames) }
      leaves.append(MessageLeaf(path: path, kind: .text, isBookkeeping: isBookkeeping))
    case .primitive(let primitive):
      guard cursor.skip(primitive.size, number: 1) else { throw .firstMessage(.undecodableMessage) }
      guard limit.admit(path.utf8.count) else { throw .schema(.longNames) }
      let isFloat = primitive == .float32 || primitive == .float64
      leaves.append(MessageLeaf(path: path, kind: .number, isInteger: !isFloat, isBookkeeping: isBookkeeping))
    case .structure(let name):
      let isStamp = ["std_msgs/Header", "builtin_interfaces/Time", "builtin_interfaces/Duration"].contains(name)
      try walk(schema.structures[name] ?? [], prefix: path, isBookkeeping: isBookkeeping || isStamp)
    }
  }
}

/// Turns a schema and the wanted leaves into a decoding program.
struct CDRCompiler {
  let schema: ROS2Schema
  let uses: [LeafUse]
  let sequenceCounts: [Int]
  private var leaf = 0
  private var sequence = 0

  /// One body for each type, shared by all its sequences, so that many sequences of a large type cost little.
  private var unusedBodies: [String: [CDRInstruction]] = [:]

  init(schema: ROS2Schema, uses: [LeafUse], sequenceCounts: [Int]) {
    self.schema = schema
    self.uses = uses
    self.sequenceCounts = sequenceCounts
  }

  mutating func compile() -> [CDRInstruction] {
    var program: [CDRInstruction] = []
    emit(schema.rootFields, &program)
    return Self.gathered(program)
  }

  /// Wanted doubles and unused values of their size in a row become one instruction: nothing pads between them.
  private static func gathered(_ program: [CDRInstruction]) -> [CDRInstruction] {
    var result: [CDRInstruction] = []
    var (number, loads): (Int, [(offset: Int, slot: Int)]) = (0, [])
    func end() {
      if !loads.isEmpty {
        result.append(.doubles(number: number, loads: loads))
      } else if number > 0 {
        result.append(.skip(size: 8, number: number))
      }
      (number, loads) = (0, [])
    }
    for instruction in program {
      switch instruction {
      // Beyond this a count of bytes could overflow; no payload is so long.
      case .skip(size: 8, number: let count) where count < 1 << 32 && number < 1 << 32: number += count
      case .float64(let slot):
        loads.append((number * 8, slot))
        number += 1
      default:
        end()
        result.append(instruction)
      }
    }
    end()
    return result
  }

  private mutating func emit(_ fields: [ROS2Schema.Field], _ program: inout [CDRInstruction]) {
    if fields.isEmpty { Self.addSkip(1, 1, &program) }
    for field in fields {
      switch field.arity {
      case .one: emitOne(field, &program)
      case .fixed(let count): for _ in 0..<count { emitOne(field, &program) }
      case .sequence(let maximum): emitSequence(field, maximum: maximum, &program)
      }
    }
  }

  private mutating func emitSequence(
    _ field: ROS2Schema.Field, maximum: Int?, _ program: inout [CDRInstruction]
  ) {
    let count = sequenceCounts[sequence]
    sequence += 1
    let firstLeaf = leaf
    var unrolled: [CDRInstruction] = []
    for _ in 0..<count { emitOne(field, &unrolled) }
    if uses[firstLeaf..<leaf].contains(where: { $0 != .unused }) {
      program.append(.expectCount(UInt32(count)))
      program += unrolled
      return
    }
    switch field.type {
    case .primitive(.string): program.append(.loop(number: nil, body: [.skipString]))
    case .primitive(let primitive): program.append(.skipSequence(size: primitive.size, maximum: maximum))
    case .structure(let name): program.append(.loop(number: nil, body: unusedBody(name)))
    }
  }

  /// One element of a structure in which nothing is wanted, whatever the lengths inside it.
  private mutating func unusedBody(_ name: String) -> [CDRInstruction] {
    if let known = unusedBodies[name] { return known }
    var body: [CDRInstruction] = []
    let fields = schema.structures[name] ?? []
    if fields.isEmpty { Self.addSkip(1, 1, &body) }
    for field in fields {
      switch (field.type, field.arity) {
      case (.primitive(.string), .one): body.append(.skipString)
      case (.primitive(.string), .fixed(let count)): body.append(.loop(number: count, body: [.skipString]))
      case (.primitive(.string), .sequence): body.append(.loop(number: nil, body: [.skipString]))
      case (.primitive(let primitive), .one): Self.addSkip(primitive.size, 1, &body)
      case (.primitive(let primitive), .fixed(let count)): Self.addSkip(primitive.size, count, &body)
      case (.primitive(let primitive), .sequence(let maximum)):
        body.append(.skipSequence(size: primitive.size, maximum: maximum))
      case (.structure(let inner), .one): body += unusedBody(inner)
      case (.structure(let inner), .fixed(let count)):
        body.append(.loop(number: count, body: unusedBody(inner)))
      case (.structure(let inner), .sequence): body.append(.loop(number: nil, body: unusedBody(inner)))
      }
    }
    unusedBodies[name] = body
    return body
  }

  private mutating func emitOne(_ field: ROS2Schema.Field, _ program: inout [CDRInstruction]) {
    guard case .primitive(let primitive) = field.type else {
      if case .structure(let name) = field.type { emit(schema.structures[name] ?? [], &program) }
      return
    }
    let use = uses[leaf]
    leaf += 1
    switch (primitive, use) {
    case (.string, .label): program.append(.labelString)
    case (.string, _): program.append(.skipString)
    case (_, .unused): Self.addSkip(primitive.size, 1, &program)
    case (.float64, .channel(let slot)): program.append(.float64(slot: slot))
    case (_, .channel(let slot)): program.append(.number(primitive, slot: slot))
    default: program.append(.special(primitive, use))
    }
  }

  /// Values of one size in a row need no padding between them, so they are one skip.
  private static func addSkip(_ size: Int, _ number: Int, _ program: inout [CDRInstruction]) {
    if number == 0 { return }
    if case .skip(size, let before)? = program.last {
      program[program.count - 1] = .skip(size: size, number: before + number)
    } else {
      program.append(.skip(size: size, number: number))
    }
  }
}
