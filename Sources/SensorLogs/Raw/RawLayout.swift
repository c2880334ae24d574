/// What the bytes of a raw recording mean: frames of equal length, one behind the other.
public struct RawLayout: Sendable, Hashable {
  /// One number of a frame.
  public struct Field: Sendable, Hashable {
    public enum Role: Sendable, Hashable {
      case channel
      /// The frame's time. An unsigned one of up to 32 bits may start over when its bits are used up.
      case time(TimeUnit)
      /// The number is the frame's label; a negative one is none.
      case label
      /// The number separates takes.
      case segment
    }

    public var name: String
    public var type: BinaryNumber
    public var unit: String?

    /// The value is the stored number times this, plus ``offset``.
    public var scale: Double
    public var offset: Double
    public var role: Role

    public init(
      _ name: String, _ type: BinaryNumber, unit: String? = nil, scale: Double = 1, offset: Double = 0,
      role: Role = .channel
    ) {
      self.name = name
      self.type = type
      self.unit = unit
      self.scale = scale
      self.offset = offset
      self.role = role
    }
  }

  /// A frame's parts, in order, without gaps.
  public enum Part: Sendable, Hashable {
    case field(Field)
    /// Bytes that mean nothing here.
    case skipped(bytes: Int)
  }

  public var parts: [Part]
  public var byteOrder: ByteOrder

  /// Bytes before the first frame.
  public var headerBytes: Int

  /// Frames a second, where no field is the time.
  public var rateHz: Double?

  /// Nanoseconds of the first frame, where no field is the time.
  public var startTime: Int64

  public init(
    _ parts: [Part], byteOrder: ByteOrder = .little, headerBytes: Int = 0, rateHz: Double? = nil, startTime: Int64 = 0
  ) {
    self.parts = parts
    self.byteOrder = byteOrder
    self.headerBytes = headerBytes
    self.rateHz = rateHz
    self.startTime = startTime
  }

  public init(
    fields: [Field], byteOrder: ByteOrder = .little, headerBytes: Int = 0, rateHz: Double? = nil, startTime: Int64 = 0
  ) {
    self.init(
      fields.map(Part.field), byteOrder: byteOrder, headerBytes: headerBytes, rateHz: rateHz, startTime: startTime)
  }

  /// A layout that holds everything that frames of a recording have: time in nanoseconds, values of 64 bits.
  public init(holding schema: LogSchema) {
    var fields = [Field("time", .int64, role: .time(.nanoseconds))]
    fields += schema.channels.map { Field($0.name, .float64, unit: $0.unit) }
    if schema.hasSegments { fields.append(Field("segment", .int32, role: .segment)) }
    if schema.hasLabels { fields.append(Field("label", .int32, role: .label)) }
    self.init(fields: fields)
  }

  public var fields: [Field] { parts.compactMap { if case .field(let field) = $0 { field } else { nil } } }

  public var frameBytes: Int {
    parts.reduce(0) { sum, part in
      switch part {
      case .field(let field): sum + field.type.byteCount
      case .skipped(let bytes): sum + bytes
      }
    }
  }

  static let maximumFrameBytes = 1 << 20

  /// What is wrong with the layout, or nil.
  public var mistake: String? {
    for part in parts {
      switch part {
      case .skipped(let bytes):
        guard (1...Self.maximumFrameBytes).contains(bytes) else { return "a part of \(bytes) bytes cannot be skipped" }
      case .field(let field):
        guard field.scale.isFinite, field.offset.isFinite, field.scale != 0 else {
          return "field '\(field.name)' needs a scale other than zero and a finite offset"
        }
        if field.role != .channel, field.scale != 1 || field.offset != 0 {
          return "field '\(field.name)' is no channel and takes no scale or offset"
        }
        if field.role == .label || field.role == .segment, field.type.isFloatingPoint {
          return "field '\(field.name)' must be a whole number"
        }
      }
    }
    let roles = fields.map(\.role)
    let times = roles.count { if case .time = $0 { true } else { false } }
    if times > 1 || roles.count(where: { $0 == .label }) > 1 || roles.count(where: { $0 == .segment }) > 1 {
      return "a frame has at most one time, one label and one segment"
    }
    if !roles.contains(.channel) { return "no field is a channel" }
    if parts.count > 1 << 16 || frameBytes > Self.maximumFrameBytes { return "a frame has at most 1 MiB" }
    guard (0...(1 << 30)).contains(headerBytes) else { return "the bytes before the first frame must be 0 to 1 GiB" }
    if let rateHz, !(rateHz > 0 && rateHz.isFinite) { return "a rate must be greater than zero" }
    if times == 0, rateHz == nil { return "either a field is the time, or a rate is given" }
    return nil
  }
}
