/// Stored numbers as the bytes of a signal file.
struct WFDBSamplePacker {
  private let format: WFDBSampleFormat
  private var half: Int32?
  private(set) var bytes: [UInt8] = []

  init(_ format: WFDBSampleFormat) { self.format = format }

  mutating func add(_ value: Int32) {
    switch format {
    case .bits16: _ = BinaryNumber.int16.append(value, .little, to: &bytes)
    case .bits24: _ = BinaryNumber.int24.append(value, .little, to: &bytes)
    case .bits32: _ = BinaryNumber.int32.append(value, .little, to: &bytes)
    case .bigEndian16: _ = BinaryNumber.int16.append(value, .big, to: &bytes)
    case .offset8: _ = BinaryNumber.uint8.append(value + 128, .little, to: &bytes)
    case .offset16: _ = BinaryNumber.uint16.append(value + 32_768, .little, to: &bytes)
    case .packed12:
      guard let first = half else {
        half = value
        return
      }
      addPair(first, value)
      half = nil
    case .differences8: preconditionFailure("differences are not written")
    }
  }

  private mutating func addPair(_ first: Int32, _ second: Int32) {
    bytes.append(UInt8(truncatingIfNeeded: first))
    bytes.append(UInt8(truncatingIfNeeded: first >> 8 & 0x0F | second >> 4 & 0xF0))
    bytes.append(UInt8(truncatingIfNeeded: second))
  }

  /// Completes a pair of which one sample is there.
  mutating func finish() {
    if let first = half { addPair(first, 0) }
    half = nil
  }

  mutating func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }
}

/// Annotations in MIT format.
struct WFDBAnnotationText {
  private var bytes: [UInt8] = []
  private var lastSample = 0

  var isEmpty: Bool { bytes.isEmpty }

  private static let maximumBytes = 64 << 20

  private mutating func addPair(_ code: Int, _ value: Int) {
    _ = BinaryNumber.uint16.append(code << 10 | value, .little, to: &bytes)
  }

  /// - Parameter sample: Not before that of the annotation before.
  mutating func add(type: Int, sample: Int, text: String, path: String) throws(LogReadError) {
    guard text.utf8.count <= 255 else {
      throw LogReadError(.cannotWrite(reason: "a label of more than 255 bytes fits no WFDB annotation"), path: path)
    }
    guard bytes.count < Self.maximumBytes, sample - lastSample <= Int(Int32.max) else {
      throw LogReadError(.cannotWrite(reason: "the labels change too often, or too rarely"), path: path)
    }
    var step = sample - lastSample
    lastSample = sample
    if step > 1023 {
      addPair(59, 0)
      _ = BinaryNumber.uint16.append(step >> 16, .little, to: &bytes)
      _ = BinaryNumber.uint16.append(step & 0xFFFF, .little, to: &bytes)
      step = 0
    }
    addPair(type, step)
    guard !text.isEmpty else { return }
    addPair(63, text.utf8.count)
    bytes.append(contentsOf: text.utf8)
    if text.utf8.count % 2 == 1 { bytes.append(0) }
  }

  func finished() -> [UInt8] { bytes + [0, 0] }
}
