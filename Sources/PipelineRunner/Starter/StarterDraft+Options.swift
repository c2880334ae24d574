import PipelineModel
import SensorLogs

/// Options that the recordings were read with, as stages say them.
extension StarterDraft {
  /// - Throws: where an option was given that recordings of this format do not heed.
  func refuseUselessOptions() throws(StarterError) {
    let reading = options.reading
    for survey in surveys {
      let format = survey.summary.format
      let isTable = format == .csv || format == .tsv
      let hasColumns = isTable || format == .jsonLines
      let isMCAP = format == .mcap
      let isField = if case .field = reading.time { true } else { false }
      let options: [(name: String, isGiven: Bool, isHeeded: Bool)] = [
        ("--time-column", reading.timeColumn != nil, hasColumns),
        ("--columns", reading.columns != nil, isTable),
        ("--time-unit", reading.timeUnit != nil, hasColumns || (isMCAP && isField)),
        ("--decimal", reading.decimal != nil, isTable),
        ("--label-column", reading.labelColumn != nil, hasColumns || isMCAP),
        ("--segment-column", reading.segmentColumn != nil, hasColumns || isMCAP),
        ("--rate", reading.rateHz != nil, hasColumns || format == .raw),
        ("--time", reading.time != .log, isMCAP),
        ("--annotations", reading.annotations != .held, format == .wfdb || format == .edf || format == .bdf),
      ]
      for option in options where option.isGiven && !option.isHeeded {
        throw .uselessOption(option.name, format: format.rawValue)
      }
    }
  }

  /// Where labels stand.
  var labelOrigin: LabelOrigin {
    switch surveys[0].labels {
    case nil, LabelSource.none?, .constant?: .recording
    case .fileName?: .fileName
    case .intervals(let path, let position)?:
      .intervals(options.labelFile ?? path, counting: LabelPosition(position))
    case .events(let path, let position, let tolerance)?:
      .events(options.labelFile ?? path, counting: LabelPosition(position), tolerance: tolerance)
    case .structured(let path)?, .file(let path, _, _)?: .structured(options.labelFile ?? path)
    }
  }
}

extension LabelPosition {
  fileprivate init(_ position: LabelTrack.Position) {
    switch position {
    case .time: self = .clock
    case .sinceFirstFrame: self = .sinceStart
    case .frame: self = .frames
    }
  }
}

extension AnnotationLabels {
  init(_ rule: AnnotationRule) {
    switch rule {
    case .held: self = .held
    case .untilNext: self = .untilNext
    case .nearestFrame: self = .nearestFrame
    }
  }
}

extension RawTimeUnit {
  init(_ unit: TimeUnit) {
    switch unit {
    case .seconds: self = .seconds
    case .milliseconds: self = .milliseconds
    case .microseconds: self = .microseconds
    case .nanoseconds: self = .nanoseconds
    }
  }
}

extension Read {
  /// Takes over what the bytes of a raw recording mean.
  mutating func take(_ layout: RawLayout) {
    fields = layout.parts.map { part in
      switch part {
      case .skipped(let bytes): .skip(bytes: bytes)
      case .field(let field):
        switch field.role {
        case .channel:
          .channel(
            field.name, RawNumber(field.type), unit: field.unit, scale: field.scale, offset: field.offset)
        case .time(let unit): .time(RawNumber(field.type), RawTimeUnit(unit))
        case .label: .label(RawNumber(field.type))
        case .segment: .segment(RawNumber(field.type))
        }
      }
    }
    byteOrder = layout.byteOrder == .little ? .little : .big
    skipBytes = layout.headerBytes
    hertz = layout.rateHz ?? hertz
  }
}

extension RawNumber {
  fileprivate init(_ number: BinaryNumber) {
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
