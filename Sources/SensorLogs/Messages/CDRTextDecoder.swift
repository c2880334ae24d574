/// Writes CDR messages of one schema as JSON text: every field, under its name, in the order of the schema.
///
/// Whole numbers are written exactly, floating-point numbers as the shortest decimal of their own width, NaN as null.
final class CDRTextDecoder {
  private struct Field {
    /// The name in quotes, with a colon, and a comma before it where it is not the first.
    var key: [UInt8]
    var type: FieldType
    var arity: ROS2Schema.Arity
  }

  private enum FieldType {
    case primitive(ROS2Schema.Primitive)
    case structure(Int)
  }

  private var structures: [[Field]] = []
  private var root = 0
  private let maximumTextBytes: Int

  enum Problem: Error, Equatable {
    case encapsulation(UInt8)
    case damaged
    case textTooLong
  }

  init(schema: ROS2Schema, maximumTextBytes: Int) {
    self.maximumTextBytes = maximumTextBytes
    let names = schema.structures.keys.sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    structures = names.map { name in
      (schema.structures[name] ?? []).enumerated().map { position, field in
        var key: [UInt8] = position > 0 ? [UInt8(ascii: ",")] : []
        JSONText.add(field.name, to: &key)
        key.append(UInt8(ascii: ":"))
        let type: FieldType =
          switch field.type {
          case .primitive(let primitive): .primitive(primitive)
          // A type that is named and not defined is only in structures that the message does not use.
          case .structure(let name): .structure(places[name] ?? -1)
          }
        return Field(key: key, type: type, arity: field.arity)
      }
    }
    root = places[schema.rootName] ?? -1
  }

  /// Appends one message; on a problem the text is left as it was.
  func add(_ payload: UnsafeRawBufferPointer, to text: inout [UInt8]) throws(Problem) {
    if case .unsupported(let kind) = CDRCursor.encapsulation(payload) { throw .encapsulation(kind) }
    guard var cursor = CDRCursor(payload) else { throw .damaged }
    let start = text.count
    do {
      try structure(root, &cursor, &text, limit: start + maximumTextBytes)
    } catch {
      text.removeLast(text.count - start)
      throw error
    }
  }

  private func structure(
    _ place: Int, _ cursor: inout CDRCursor, _ text: inout [UInt8], limit: Int
  ) throws(Problem) {
    guard place >= 0 else { throw .damaged }
    text.append(UInt8(ascii: "{"))
    // A structure without members still takes one byte.
    if structures[place].isEmpty, !cursor.skip(1, number: 1) { throw .damaged }
    for index in structures[place].indices {
      let field = structures[place][index]
      text += field.key
      switch field.arity {
      case .one: try element(field.type, &cursor, &text, limit)
      case .fixed(let count): try elements(field.type, count, &cursor, &text, limit)
      case .sequence(let maximum):
        // Every element takes at least one byte, so a count beyond the payload is a lie.
        guard let count = cursor.integer(UInt32.self), Int(count) <= cursor.count, Int(count) <= maximum ?? .max else {
          throw .damaged
        }
        try elements(field.type, Int(count), &cursor, &text, limit)
      }
    }
    text.append(UInt8(ascii: "}"))
    if text.count > limit { throw .textTooLong }
  }

  private func elements(
    _ type: FieldType, _ count: Int, _ cursor: inout CDRCursor, _ text: inout [UInt8], _ limit: Int
  ) throws(Problem) {
    text.append(UInt8(ascii: "["))
    for index in 0..<count {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      try element(type, &cursor, &text, limit)
      if text.count > limit { throw .textTooLong }
    }
    text.append(UInt8(ascii: "]"))
  }

  private func element(
    _ type: FieldType, _ cursor: inout CDRCursor, _ text: inout [UInt8], _ limit: Int
  ) throws(Problem) {
    switch type {
    case .structure(let place): try structure(place, &cursor, &text, limit: limit)
    case .primitive(let primitive):
      guard Self.add(primitive, &cursor, &text) else { throw .damaged }
    }
  }

  private static func add(
    _ primitive: ROS2Schema.Primitive, _ cursor: inout CDRCursor, _ text: inout [UInt8]
  ) -> Bool {
    switch primitive {
    case .bool:
      guard let value = cursor.integer(UInt8.self) else { return false }
      text += Array((value == 0 ? "false" : "true").utf8)
    case .uint8, .uint16, .uint32:
      guard let value = cursor.wholeNumber(primitive) else { return false }
      DecimalText.addWhole(UInt64(value), to: &text)
    case .int8, .int16, .int32, .int64:
      guard let value = cursor.wholeNumber(primitive) else { return false }
      if value < 0 { text.append(UInt8(ascii: "-")) }
      DecimalText.addWhole(value.magnitude, to: &text)
    case .uint64:
      guard let value = cursor.integer(UInt64.self) else { return false }
      DecimalText.addWhole(value, to: &text)
    case .float64:
      guard let bits = cursor.integer(UInt64.self) else { return false }
      JSONText.add(Double(bitPattern: bits), to: &text)
    case .float32:
      guard let bits = cursor.integer(UInt32.self) else { return false }
      JSONText.add(Float(bitPattern: bits), to: &text)
    case .string:
      guard let bytes = cursor.string() else { return false }
      JSONText.add(String(decoding: bytes, as: UTF8.self), to: &text)
    }
    return true
  }
}
