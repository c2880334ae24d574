/// Turns the bytes of one frame into values, time, label and segment.
struct RawFrameDecoder {
  private struct Step {
    var byteOffset: Int
    var type: BinaryNumber
    var scale: Double
    var offset: Double
    var isPlain: Bool
  }

  private let order: ByteOrder
  private let steps: [Step]
  private let timeStep: (byteOffset: Int, type: BinaryNumber)?
  private let timeExponent: Int
  private var timeCounter: WrappingCounter?
  private let labelStep: (byteOffset: Int, type: BinaryNumber)?
  private let segmentStep: (byteOffset: Int, type: BinaryNumber)?

  let frameBytes: Int
  let channels: [Channel]

  var hasTime: Bool { timeStep != nil }
  var hasLabels: Bool { labelStep != nil }
  var hasSegments: Bool { segmentStep != nil }

  /// - Parameter layout: Without a mistake.
  init(_ layout: RawLayout, options: LogReadOptions, path: String) throws(LogReadError) {
    order = layout.byteOrder
    frameBytes = layout.frameBytes
    var all: [Channel] = []
    var allSteps: [Step] = []
    var time: (byteOffset: Int, type: BinaryNumber)?
    var exponent = 0
    var label: (byteOffset: Int, type: BinaryNumber)?
    var segment: (byteOffset: Int, type: BinaryNumber)?
    var position = 0
    for part in layout.parts {
      switch part {
      case .skipped(let bytes): position += bytes
      case .field(let field):
        switch field.role {
        case .channel:
          let range = field.type.limits.flatMap { limits in
            Channel.range(
              limits.lowest * field.scale + field.offset, limits.highest * field.scale + field.offset)
          }
          all.append(Channel(name: field.name, unit: field.unit, range: range))
          allSteps.append(
            Step(
              byteOffset: position, type: field.type, scale: field.scale, offset: field.offset,
              isPlain: field.scale == 1 && field.offset == 0))
        case .time(let unit):
          time = (position, field.type)
          exponent = unit.nanosecondsExponent
        case .label: label = (position, field.type)
        case .segment: segment = (position, field.type)
        }
        position += field.type.byteCount
      }
    }
    all = ChannelChoice.unique(all)
    let chosen = try ChannelChoice.indices(of: all, options: options, path: path)
    channels = ChannelChoice.withUnits(chosen.map { all[$0] }, options: options)
    steps = chosen.map { allSteps[$0] }
    timeStep = time
    timeExponent = exponent
    if let time, !time.type.isSigned, time.type.byteCount <= 4 {
      timeCounter = WrappingCounter(bitCount: time.type.byteCount * 8)
    }
    labelStep = label
    segmentStep = segment
  }

  @inline(__always)
  func values(at pointer: UnsafeRawPointer, into frame: UnsafeMutablePointer<Double>) {
    for slot in steps.indices {
      let step = steps[slot]
      let stored = step.type.value(at: pointer + step.byteOffset, order)
      frame[slot] = step.isPlain ? stored : stored * step.scale + step.offset
    }
  }

  /// Nanoseconds; nil where the field holds no time that 64 bits can tell.
  mutating func time(at pointer: UnsafeRawPointer) -> Int64? {
    guard let timeStep else { return nil }
    let scale = TimeUnit.scale(exponent: timeExponent)
    if timeStep.type.isFloatingPoint {
      let scaled = (timeStep.type.value(at: pointer + timeStep.byteOffset, order) * Double(scale)).rounded()
      return scaled.magnitude < 0x1p63 ? Int64(scaled) : nil
    }
    guard var count = timeStep.type.whole(at: pointer + timeStep.byteOffset, order) else { return nil }
    if timeCounter != nil { count = timeCounter!.unwrap(UInt64(count)) }
    let (product, overflow) = count.multipliedReportingOverflow(by: Int64(scale))
    return overflow ? nil : product
  }

  /// The label's number, negative for none.
  func label(at pointer: UnsafeRawPointer) -> Int64 {
    labelStep.flatMap { $0.type.whole(at: pointer + $0.byteOffset, order) } ?? -1
  }

  func segment(at pointer: UnsafeRawPointer) -> Int32 {
    segmentStep.flatMap { $0.type.whole(at: pointer + $0.byteOffset, order) }.map { Int32(truncatingIfNeeded: $0) }
      ?? 0
  }
}
