/// The description of a synchronous data stream (SDS), as its `.sds.yml` file gives it.
///
/// After the metadata format of Arm's SDS-Framework, versions 3.0 and 3.1.
struct SDSMetadata: Equatable {
  /// One value of a sample: some bits at a place.
  struct Field: Equatable {
    var name: String
    var type: BinaryNumber
    var byteOffset: Int
    /// First bit and number of bits within the whole number, for bit fields.
    var bits: (first: Int, count: Int)?
    var scale = 1.0
    var offset = 0.0
    var unit: String?

    /// The values of the lowest and highest number that the field can hold; nil for floating point.
    var range: ClosedRange<Double>? {
      if let bits {
        let isSigned = type.isSigned
        let end = Double(sign: .plus, exponent: isSigned ? bits.count - 1 : bits.count, significand: 1)
        return Channel.range((isSigned ? -end : 0) * scale + offset, (end - 1) * scale + offset)
      }
      return type.limits.flatMap { Channel.range($0.lowest * scale + offset, $0.highest * scale + offset) }
    }

    static func == (left: Field, right: Field) -> Bool {
      left.name == right.name && left.type == right.type && left.byteOffset == right.byteOffset
        && left.bits?.first == right.bits?.first && left.bits?.count == right.bits?.count
        && left.scale == right.scale && left.offset == right.offset && left.unit == right.unit
    }
  }

  var name = ""
  var fields: [Field] = []
  var sampleBytes = 0
  var blockHz: Double?
  var sampleHz: Double?
  var tickHz = 1000.0

  /// What files of this program add: the names of labels, and what time the first tick is.
  var labelNames: [String] = []
  var startTime: Int64 = 0

  static let maximumBytes = 256 << 10
  static let maximumSampleBytes = 1 << 20

  /// The numbers that C names, and how other languages spell them.
  static let types: [String: BinaryNumber] = [
    "int8_t": .int8, "uint8_t": .uint8, "int16_t": .int16, "uint16_t": .uint16, "int32_t": .int32,
    "uint32_t": .uint32, "int64_t": .int64, "uint64_t": .uint64, "float": .float32, "double": .float64,
    "char": .int8, "signed char": .int8, "unsigned char": .uint8, "bool": .uint8, "_Bool": .uint8,
    "short": .int16, "unsigned short": .uint16, "int": .int32, "unsigned int": .uint32, "unsigned": .uint32,
    "long long": .int64, "unsigned long long": .uint64, "float32_t": .float32, "float64_t": .float64,
    "int24_t": .int24, "uint24_t": .uint24,
  ]
}

/// The name of an SDS data file: `<stream>.<label>[.p].sds`, perhaps compressed.
struct SDSFileName: Equatable {
  var stream: String

  /// What stands between stream and ending; nil where nothing does.
  var label: String?

  /// Whether the file was written while another one was played back.
  var isPlayback = false

  /// nil for a name that does not end so.
  init?(_ name: String) {
    var rest = Substring(name)
    for ending in [".zst", ".gz", ".lz4"] where rest.lowercased().hasSuffix(ending) {
      rest = rest.dropLast(ending.count)
    }
    guard rest.lowercased().hasSuffix(".sds"), rest.count > 4 else { return nil }
    rest = rest.dropLast(4)
    if rest.hasSuffix(".p") {
      isPlayback = true
      rest = rest.dropLast(2)
    }
    if let dot = rest.lastIndex(of: "."), dot != rest.startIndex {
      label = String(rest[rest.index(after: dot)...])
      stream = String(rest[..<dot])
    } else {
      stream = String(rest)
    }
  }

  /// What the label says of the frames: a plain number only counts recordings.
  var frameLabel: String? { label.flatMap { $0.isEmpty || $0.allSatisfy(\.isNumber) ? nil : $0 } }
}
