/// A part of the frames of a raw recording, in the order of its bytes.
public enum RawField: Sendable, Hashable {
  /// A channel: the number stored, times `scale`, plus `offset`, in `unit`.
  case channel(_ name: String, _ type: RawNumber, unit: String? = nil, scale: Double = 1, offset: Double = 0)
  /// The frame's time. An unsigned number of up to 32 bits may start over when its bits are used up.
  case time(_ type: RawNumber, _ unit: RawTimeUnit)
  /// The number of the frame's label; a negative one is none.
  case label(_ type: RawNumber)
  /// The number of the take.
  case segment(_ type: RawNumber)
  /// Bytes that mean nothing here.
  case skip(bytes: Int)
}

/// A number as it is stored.
public enum RawNumber: Sendable, Hashable, CaseIterable {
  case int8
  case uint8
  case int16
  case uint16
  case int24
  case uint24
  case int32
  case uint32
  case int64
  case uint64
  case float32
  case float64

  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }
}

public enum RawTimeUnit: Sendable, Hashable, CaseIterable {
  case seconds
  case milliseconds
  case microseconds
  case nanoseconds
}

/// Which byte of a number comes first.
public enum RawByteOrder: Sendable, Hashable, CaseIterable {
  case little
  case big
}

extension RawField: MemberChoice {
  static let cases: [MemberCase<RawField>] = [
    MemberCase(
      "channel",
      (
        .make("name", String.self, labelled: false, "The channel's name."),
        .make("type", RawNumber.self, labelled: false, "The number as it is stored."),
        .make("unit", String?.self, default: .nothing, "The unit of the values, such as g."),
        .make(
          "scale", Double.self, limits: .within(-1e9...1e9), default: .integer(1),
          "The value of one step of the number stored."),
        .make(
          "offset", Double.self, limits: .within(-1e9...1e9), default: .integer(0),
          "The value that a stored 0 stands for.")
      ),
      "A channel.", make: { RawField.channel($0, $1, unit: $2, scale: $3, offset: $4) },
      take: {
        if case .channel(let name, let type, let unit, let scale, let offset) = $0 {
          (name, type, unit, scale, offset)
        } else {
          nil
        }
      }),
    MemberCase(
      "time",
      .make("type", RawNumber.self, labelled: false, "The number as it is stored."),
      .make("unit", RawTimeUnit.self, labelled: false, "What one step of it lasts."),
      "The frame's time.", make: { RawField.time($0, $1) },
      take: { if case .time(let type, let unit) = $0 { (type, unit) } else { nil } }),
    MemberCase(
      "label", .make("type", RawNumber.self, labelled: false, "The number as it is stored."),
      "The number of the frame's label; a negative one is none.", make: RawField.label,
      take: { if case .label(let type) = $0 { type } else { nil } }),
    MemberCase(
      "segment", .make("type", RawNumber.self, labelled: false, "The number as it is stored."),
      "The number of the take.", make: RawField.segment,
      take: { if case .segment(let type) = $0 { type } else { nil } }),
    MemberCase(
      "skip", .make("bytes", Int.self, unit: "bytes", limits: .within(1...1_048_576), "How many."),
      "Bytes that mean nothing here.", make: { RawField.skip(bytes: $0) },
      take: { if case .skip(let bytes) = $0 { bytes } else { nil } }),
  ]
}

extension RawNumber: PlainChoice {
  var summary: String {
    switch self {
    case .int8: "A whole number of 8 bits, with sign."
    case .uint8: "A whole number of 8 bits, without sign."
    case .int16: "A whole number of 16 bits, with sign."
    case .uint16: "A whole number of 16 bits, without sign."
    case .int24: "A whole number of 24 bits, with sign."
    case .uint24: "A whole number of 24 bits, without sign."
    case .int32: "A whole number of 32 bits, with sign."
    case .uint32: "A whole number of 32 bits, without sign."
    case .int64: "A whole number of 64 bits, with sign."
    case .uint64: "A whole number of 64 bits, without sign."
    case .float32: "A floating-point number of 32 bits."
    case .float64: "A floating-point number of 64 bits."
    }
  }
}

extension RawTimeUnit: PlainChoice {
  var summary: String {
    switch self {
    case .seconds: "Seconds."
    case .milliseconds: "Thousandths of a second."
    case .microseconds: "Millionths of a second."
    case .nanoseconds: "Thousand-millionths of a second."
    }
  }
}

extension RawByteOrder: PlainChoice {
  var summary: String {
    switch self {
    case .little: "The lowest byte first."
    case .big: "The highest byte first."
    }
  }
}

extension RawField {
  /// What is wrong with the parts of a frame, or `nil`.
  static func mistake(in fields: [RawField], hertz: Double?) -> String? {
    var names: Set<String> = []
    var times = 0
    var labels = 0
    var segments = 0
    for field in fields {
      switch field {
      case .channel(let name, _, _, let scale, _):
        if name.isEmpty { return "a channel has no name" }
        if !names.insert(name).inserted { return "two channels are named \"\(name)\"" }
        if scale == 0 { return "channel \"\(name)\" has the scale 0" }
      case .time: times += 1
      case .label(let type):
        labels += 1
        if type.isFloatingPoint { return "a label is a whole number" }
      case .segment(let type):
        segments += 1
        if type.isFloatingPoint { return "a segment is a whole number" }
      case .skip: break
      }
    }
    if names.isEmpty { return "none of its parts is a channel" }
    if times > 1 || labels > 1 || segments > 1 { return "it has a second time, label or segment" }
    if times == 0, hertz == nil { return "nothing gives its time" }
    return nil
  }
}
