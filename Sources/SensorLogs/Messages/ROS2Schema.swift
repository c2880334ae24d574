/// A parsed `ros2msg` schema: the fields of a message and of every type it is made of.
struct ROS2Schema {
  enum Primitive {
    case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64, string

    /// Bytes, which are also its alignment; a string is led by a 32-bit count.
    var size: Int {
      switch self {
      case .bool, .uint8, .int8: 1
      case .uint16, .int16: 2
      case .uint32, .int32, .float32, .string: 4
      case .uint64, .int64, .float64: 8
      }
    }

    init?(name: String) {
      switch name {
      case "bool": self = .bool
      case "byte", "char", "uint8": self = .uint8
      case "int8": self = .int8
      case "uint16": self = .uint16
      case "int16": self = .int16
      case "uint32": self = .uint32
      case "int32": self = .int32
      case "uint64": self = .uint64
      case "int64": self = .int64
      case "float32": self = .float32
      case "float64": self = .float64
      case "string": self = .string
      default: return nil
      }
    }
  }

  enum FieldType {
    case primitive(Primitive)
    case structure(String)
  }

  enum Arity: Equatable {
    case one
    case fixed(Int)
    /// Any number, or at most so many.
    case sequence(maximum: Int?)
  }

  struct Field {
    var name: String
    var type: FieldType
    var arity: Arity
  }

  enum Failure: Error, Equatable {
    case service
    case wideString
    case unknownType(String)
    case badLine(String)
    case recursive(String)
    case tooLarge
    case longNames

    var sentence: String {
      switch self {
      case .service: "its schema is that of a service, not of a message"
      case .wideString: "wstring has no agreed encoding"
      case .unknownType(let name): "its schema does not define '\(name)'"
      case .badLine(let line): "its schema has a line that is no field: '\(line)'"
      case .recursive(let name): "its schema contains '\(name)' inside itself"
      case .tooLarge: "its schema is too large"
      case .longNames: LeafPathLimit.sentence
      }
    }
  }

  /// No payload holds more elements than this.
  private static let maximumFixedCount = Int(Int32.max)

  /// Fields of all types together, and of the message unfolded.
  private static let maximumFields = 16_384

  /// Names are not stored whole by others either.
  private static let maximumNameBytes = 255

  private(set) var structures: [String: [Field]] = [:]
  let rootName: String
  /// What it takes in memory.
  var fieldCount: Int { structures.values.reduce(0) { $0 + $1.count } }
  /// Fields of the parsed schemas that are kept at hand, where there are several.
  static let keptFields = 65_536
  var rootFields: [Field] { structures[rootName] ?? [] }

  init(name: String, text: String) throws(Failure) {
    rootName = Self.normalized(name)
    var current = rootName
    var fields: [Field] = []
    var package = Self.package(of: rootName)
    var awaitsName = false
    var fieldCount = 0
    // Splitting on unicode scalars, because Swift takes "\r\n" for one character.
    for rawLine in text.unicodeScalars.split(whereSeparator: { $0 == "\n" || $0 == "\r" }) {
      let line = Self.withoutComment(String(rawLine)).trimmingSpaces()
      if line.isEmpty { continue }
      if line.count >= 3, line.allSatisfy({ $0 == "=" }) {
        awaitsName = true
        continue
      }
      if awaitsName, line.hasPrefix("MSG:") {
        structures[current] = fields
        current = Self.normalized(line.dropFirst(4).trimmingSpaces())
        package = Self.package(of: current)
        fields = []
        awaitsName = false
        continue
      }
      awaitsName = false
      if line == "---" { throw .service }
      guard let field = try Self.field(line, package: package) else { continue }
      fieldCount += 1
      guard fieldCount <= Self.maximumFields else { throw .tooLarge }
      fields.append(field)
    }
    structures[current] = fields
    addWellKnown()
    try check()
  }

  private mutating func addWellKnown() {
    for name in ["builtin_interfaces/Time", "builtin_interfaces/Duration"] where structures[name] == nil {
      structures[name] = [
        Field(name: "sec", type: .primitive(.int32), arity: .one),
        Field(name: "nanosec", type: .primitive(.uint32), arity: .one),
      ]
    }
  }

  /// Every type is defined, none contains itself, and the whole unfolds to a bounded number of fields; so walking a
  /// message ends.
  private func check() throws(Failure) {
    var fieldCounts: [String: Int] = [:]
    _ = try fieldCount(rootName, path: [], known: &fieldCounts)
  }

  private func fieldCount(
    _ name: String, path: Set<String>, known: inout [String: Int]
  ) throws(Failure) -> Int {
    if let count = known[name] { return count }
    if path.contains(name) { throw .recursive(name) }
    guard path.count < 64 else { throw .tooLarge }
    guard let fields = structures[name] else { throw .unknownType(name) }
    var count = 1
    for field in fields {
      count += 1
      if case .structure(let inner) = field.type {
        count += try fieldCount(inner, path: path.union([name]), known: &known)
      }
      guard count <= Self.maximumFields else { throw .tooLarge }
    }
    known[name] = count
    return count
  }

  /// `pkg/msg/Type` and `pkg/Type` are one name.
  static func normalized(_ name: String) -> String {
    let parts = name.split(separator: "/")
    return parts.count == 3 && parts[1] == "msg" ? "\(parts[0])/\(parts[2])" : name
  }

  private static func package(of name: String) -> String {
    name.split(separator: "/").first.map(String.init) ?? ""
  }

  /// A `#` inside quotes belongs to a default value.
  private static func withoutComment(_ line: String) -> String {
    var quote: Character?
    for index in line.indices {
      let character = line[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == "#" {
        return String(line[..<index])
      }
    }
    return line
  }

  /// One line of a definition; nil for a constant.
  private static func field(_ line: String, package: String) throws(Failure) -> Field? {
    let parts = line.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
    guard parts.count == 2 else { throw .badLine(String(line.prefix(60)).printable) }
    let rest = parts[1].trimmingSpaces()
    let nameEnd = rest.firstIndex { !($0.isLetter || $0.isNumber || $0 == "_") } ?? rest.endIndex
    let name = String(rest[..<nameEnd])
    let tail = rest[nameEnd...].trimmingSpaces()
    guard !name.isEmpty else { throw .badLine(String(line.prefix(60)).printable) }
    guard name.utf8.count <= maximumNameBytes else { throw .longNames }
    // `TYPE NAME=VALUE` is not sent; `TYPE NAME value` has a default, which is sent like any other.
    if tail.hasPrefix("=") { return nil }
    var typeText = String(parts[0])
    var arity = Arity.one
    if typeText.hasSuffix("]"), let open = typeText.lastIndex(of: "[") {
      let inside = typeText[typeText.index(after: open)...].dropLast()
      typeText = String(typeText[..<open])
      if inside.isEmpty {
        arity = .sequence(maximum: nil)
      } else if inside.hasPrefix("<="), let maximum = Int(inside.dropFirst(2)), maximum >= 0 {
        arity = .sequence(maximum: maximum)
      } else if let count = Int(inside), count > 0 {
        // With no array of no elements, every value takes a byte at least, so the payload bounds every loop over it.
        guard count <= maximumFixedCount else { throw .tooLarge }
        arity = .fixed(count)
      } else {
        throw .badLine(String(line.prefix(60)).printable)
      }
    }
    if let bound = typeText.range(of: "<=") { typeText = String(typeText[..<bound]) }
    if typeText == "wstring" { throw .wideString }
    if let primitive = Primitive(name: typeText) {
      return Field(name: name, type: .primitive(primitive), arity: arity)
    }
    return Field(name: name, type: .structure(resolved(typeText, package: package)), arity: arity)
  }

  private static func resolved(_ type: String, package: String) -> String {
    switch type {
    case "time": "builtin_interfaces/Time"
    case "duration": "builtin_interfaces/Duration"
    case "Header" where package != "std_msgs": "std_msgs/Header"
    case let name where name.contains("/"): normalized(name)
    default: "\(package)/\(type)"
    }
  }
}

extension String {
  fileprivate func range(of text: String) -> String.Index? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(text) { return index }
      index = self.index(after: index)
    }
    return nil
  }
}
