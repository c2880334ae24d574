/// How samples of a WFDB signal file are stored.
///
/// After the manual page signal(5) of the WFDB library.
public enum WFDBSampleFormat: Int, Sendable, Hashable, Codable, CaseIterable {
  /// Differences of 8 bits.
  case differences8 = 8
  /// 16 bits, low byte first.
  case bits16 = 16
  /// 24 bits, low byte first.
  case bits24 = 24
  /// 32 bits, low byte first.
  case bits32 = 32
  /// 16 bits, high byte first.
  case bigEndian16 = 61
  /// 8 bits with an offset of 128.
  case offset8 = 80
  /// 16 bits with an offset of 32768.
  case offset16 = 160
  /// Two samples of 12 bits in three bytes.
  case packed12 = 212

  /// The stored number that stands for a missing sample, where there is one.
  var missing: Int32? {
    switch self {
    case .differences8: nil
    case .bits16, .bigEndian16, .offset16: -32_768
    case .bits24: -8_388_608
    case .bits32: .min
    case .offset8: -128
    case .packed12: -2048
    }
  }

  /// The largest number that can be stored.
  var maximum: Int32 { missing.map { $0 == .min ? .max : -$0 - 1 } ?? .max }
}

/// Takes sample after sample out of a signal file.
struct WFDBSampleCursor {
  let stream: ByteStream
  let format: WFDBSampleFormat
  /// Whether the first sample of a pair has been taken.
  private var isWithinPair = false
  /// For differences: the last value of each signal, and the signal of each sample of a frame.
  private var previous: [Int32]
  private let signals: [Int]
  private var place = 0

  /// - Parameters:
  ///   - initial: For differences: the value before the first one of each signal of the file.
  ///   - samplesPerFrame: How many samples of each signal follow each other in a frame.
  init(_ stream: ByteStream, format: WFDBSampleFormat, initial: [Int32] = [], samplesPerFrame: [Int] = []) {
    self.stream = stream
    self.format = format
    previous = initial
    signals =
      format == .differences8
      ? samplesPerFrame.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) } : []
  }

  /// The next stored number, or nil where the file ends.
  @inline(__always)
  mutating func next() throws(LogReadError) -> Int32? {
    switch format {
    case .bits16: return try whole(.int16, .little)
    case .packed12: return try nextPacked()
    case .bits24: return try whole(.int24, .little)
    case .bits32: return try whole(.int32, .little)
    case .bigEndian16: return try whole(.int16, .big)
    case .offset16: return try whole(.uint16, .little).map { $0 - 32_768 }
    case .offset8: return try whole(.uint8, .little).map { $0 - 128 }
    case .differences8:
      guard let difference = try whole(.int8, .little) else { return nil }
      let signal = signals[place]
      let value = previous[signal] &+ difference
      previous[signal] = value
      place = place + 1 == signals.count ? 0 : place + 1
      return value
    }
  }

  @inline(__always)
  private func whole(_ type: BinaryNumber, _ order: ByteOrder) throws(LogReadError) -> Int32? {
    if stream.window.count < type.byteCount, try !stream.ensure(type.byteCount) { return nil }
    let value = Int32(type.value(at: stream.window.baseAddress!, order))
    stream.advance(type.byteCount)
    return value
  }

  private mutating func nextPacked() throws(LogReadError) -> Int32? {
    let needed = isWithinPair ? 3 : 2
    if stream.window.count < needed, try !stream.ensure(needed) { return nil }
    let window = stream.window
    let middle = Int32(window[1])
    let bits: Int32
    if isWithinPair {
      bits = Int32(window[2]) | (middle & 0xF0) << 4
      stream.advance(3)
    } else {
      bits = Int32(window[0]) | (middle & 0x0F) << 8
    }
    isWithinPair.toggle()
    return (bits << 20) >> 20
  }

  /// Bytes behind the last whole sample.
  var restBytes: Int { isWithinPair ? max(0, stream.window.count - 2) : stream.window.count }
}
