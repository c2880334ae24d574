import PipelineModel
import SensorLogs

extension RawLayout {
  /// The layout that a stage describes.
  init(_ read: Read) {
    let parts = (read.fields ?? []).map { field -> Part in
      switch field {
      case .channel(let name, let type, let unit, let scale, let offset):
        .field(Field(name, BinaryNumber(type), unit: unit, scale: scale, offset: offset))
      case .time(let type, let unit): .field(Field("time", BinaryNumber(type), role: .time(TimeUnit(unit))))
      case .label(let type): .field(Field("label", BinaryNumber(type), role: .label))
      case .segment(let type): .field(Field("segment", BinaryNumber(type), role: .segment))
      case .skip(let bytes): .skipped(bytes: bytes)
      }
    }
    self.init(
      parts, byteOrder: read.byteOrder == .little ? .little : .big, headerBytes: read.skipBytes, rateHz: read.hertz)
  }
}

extension BinaryNumber {
  fileprivate init(_ number: RawNumber) {
    switch number {
    case .int8: self = .int8
    case .uint8: self = .uint8
    case .int16: self = .int16
    case .uint16: self = .uint16
    case .int24: self = .int24
    case .uint24: self = .uint24
    case .int32: self = .int32
    case .uint32: self = .uint32
    case .int64: self = .int64
    case .uint64: self = .uint64
    case .float32: self = .float32
    case .float64: self = .float64
    }
  }
}

extension TimeUnit {
  init(_ unit: RawTimeUnit) {
    switch unit {
    case .seconds: self = .seconds
    case .milliseconds: self = .milliseconds
    case .microseconds: self = .microseconds
    case .nanoseconds: self = .nanoseconds
    }
  }
}

extension AnnotationRule {
  init(_ labels: AnnotationLabels) {
    switch labels {
    case .held: self = .held
    case .untilNext: self = .untilNext
    case .nearestFrame: self = .nearestFrame
    }
  }
}
