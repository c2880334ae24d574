/// Writes Edge Impulse's data acquisition format, JSON or CBOR, signed where a key is given.
///
/// Frames must follow each other at one rate, in one segment. Labels go to `structured_labels.labels` beside the file, where entries of
/// other files are kept; frames without a label are written there as `-1`.
final class EdgeImpulseWriter: LogWriter {
  enum Encoding {
    case json
    case cbor
  }

  private let output: OutputFile
  private let schema: LogSchema
  private let encoding: Encoding
  private let metadata: [String: String]
  private var signer: HMACSHA256?
  private var signatureOffset = 0
  private var bytes: [UInt8] = []
  private var grid: RegularGrid?
  private var frameCount = 0
  private var segment: Int32?
  private var ranges: [StructuredLabels.Range] = []

  private static let blockBytes = 128 << 10
  private static let maximumRanges = 1 << 20

  var bytesWritten: Int { output.position }

  init(path: String, schema: LogSchema, options: LogWriteOptions, encoding: Encoding) throws(LogReadError) {
    output = try OutputFile(path: path)
    self.schema = schema
    self.encoding = encoding
    metadata = options.metadata
    signer = options.signingKey.map { HMACSHA256(key: Array($0.utf8)) }
  }

  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError) {
    precondition(batch.channelCount == schema.channels.count, "the batch has other channels than the file")
    if batch.isEmpty { return }
    var grid: RegularGrid
    if let known = self.grid {
      grid = known
    } else {
      grid = try begin(batch)
    }
    for index in 0..<batch.count {
      guard try grid.index(of: batch.times[index], path: output.path) == frameCount else {
        throw LogReadError(
          .cannotWrite(
            reason: "there is a gap before the frame at \(batch.times[index]) ns, which Edge Impulse files cannot hold"),
          path: output.path)
      }
      guard segment == nil || segment == batch.segments[index] else {
        throw LogReadError(
          .cannotWrite(
            reason: "segment \(batch.segments[index]) begins at \(batch.times[index]) ns, and Edge Impulse files hold "
              + "one; cut the recording into one file for each"), path: output.path)
      }
      segment = batch.segments[index]
      try addRow(batch.values[(index * batch.channelCount)..<((index + 1) * batch.channelCount)])
      let label = batch.labels[index]
      if schema.hasLabels { try addLabel(label < 0 ? "-1" : labelNames[Int(label)]) }
      frameCount += 1
      if bytes.count >= Self.blockBytes { try flush() }
    }
    self.grid = grid
  }

  private func begin(_ batch: FrameBatch) throws(LogReadError) -> RegularGrid {
    let grid = try RegularGrid(schema, firstFrames: batch, path: output.path)
    addHeader(intervalMilliseconds: 1000 / grid.rateHz)
    return grid
  }

  private static let emptySignature = String(repeating: "0", count: 64)

  private func addHeader(intervalMilliseconds: Double) {
    let algorithm = signer == nil ? "none" : "HS256"
    let device = metadata["device_type"] ?? "MARTLET"
    switch encoding {
    case .json:
      add("{\"protected\":{\"ver\":\"v1\",\"alg\":\"\(algorithm)\"},\"signature\":\"")
      signatureOffset = bytes.count
      add(Self.emptySignature + "\",\"payload\":{\"device_type\":")
      JSONText.add(device, to: &bytes)
      add(",\"interval_ms\":")
      JSONText.add(intervalMilliseconds, to: &bytes)
      add(",\"sensors\":[")
      for (index, channel) in schema.channels.enumerated() {
        add(index == 0 ? "{\"name\":" : ",{\"name\":")
        JSONText.add(channel.name, to: &bytes)
        add(",\"units\":")
        JSONText.add(channel.unit ?? "", to: &bytes)
        add("}")
      }
      add("],\"values\":[")
    case .cbor:
      bytes += CBORText.head(.map, 3)
      bytes += CBORText.text("protected") + CBORText.head(.map, 2)
      bytes += CBORText.text("ver") + CBORText.text("v1") + CBORText.text("alg") + CBORText.text(algorithm)
      bytes += CBORText.text("signature") + CBORText.head(.text, 64)
      signatureOffset = bytes.count
      bytes += Array(Self.emptySignature.utf8) + CBORText.text("payload") + CBORText.head(.map, 4)
      bytes += CBORText.text("device_type") + CBORText.text(device)
      bytes += CBORText.text("interval_ms") + CBORText.number(intervalMilliseconds)
      bytes += CBORText.text("sensors") + CBORText.head(.list, UInt64(schema.channels.count))
      for channel in schema.channels {
        bytes += CBORText.head(.map, 2) + CBORText.text("name") + CBORText.text(channel.name)
        bytes += CBORText.text("units") + CBORText.text(channel.unit ?? "")
      }
      // How many rows there will be is not known yet.
      bytes += CBORText.text("values") + [CBORText.indefiniteList]
    }
  }

  private func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private func addRow(_ values: ArraySlice<Double>) throws(LogReadError) {
    guard values.allSatisfy(\.isFinite) else {
      throw LogReadError(
        .cannotWrite(reason: "frame \(frameCount) lacks a value, which Edge Impulse files cannot say; fill gaps first"),
        path: output.path)
    }
    switch encoding {
    case .json:
      add(frameCount == 0 ? "[" : ",[")
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        JSONText.add(value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .cbor:
      bytes += CBORText.head(.list, UInt64(values.count))
      for value in values { bytes += CBORText.number(value) }
    }
  }

  private func addLabel(_ label: String) throws(LogReadError) {
    let row = Int64(frameCount)
    if let last = ranges.indices.last, ranges[last].label == label {
      ranges[last].last = row
      return
    }
    guard ranges.count < Self.maximumRanges else {
      throw LogReadError(
        .cannotWrite(reason: "the label changes more than \(Self.maximumRanges) times"), path: output.path)
    }
    ranges.append(.init(first: row, last: row, label: label))
  }

  private func flush() throws(LogReadError) {
    signer?.update(bytes)
    try output.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  func finish() throws(LogReadError) {
    if grid == nil {
      guard let rate = schema.nominalRateHz, rate > 0 else {
        throw LogReadError(.cannotWrite(reason: "there is no frame, and so no rate"), path: output.path)
      }
      addHeader(intervalMilliseconds: 1000 / rate)
    }
    switch encoding {
    case .json: add("]}}")
    case .cbor: bytes.append(CBORText.breakByte)
    }
    try flush()
    if let signature = signer?.finish() { try output.overwrite(Array(signature.utf8), at: signatureOffset) }
    // Both are on disk before either gets its name; the recording does so first, and what it held before is gone then.
    try CompanionFiles(beside: output.path).withLockedFolder { () throws(LogReadError) in
      let labels = try StructuredLabels.prepared(ranges, beside: output.path)
      try output.finish()
      try labels?.finish()
    }
  }
}

/// Values as CBOR.
enum CBORText {
  enum Kind: UInt8 {
    case text = 3
    case list = 4
    case map = 5
  }

  static let indefiniteList: UInt8 = 0x9F
  static let breakByte: UInt8 = 0xFF

  static func head(_ kind: Kind, _ count: UInt64) -> [UInt8] { head(kind.rawValue, count) }

  private static func head(_ major: UInt8, _ count: UInt64) -> [UInt8] {
    let first = major << 5
    func big(_ info: UInt8, _ byteCount: Int) -> [UInt8] {
      [first | info] + (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) }
    }
    switch count {
    case 0..<24: return [first | UInt8(count)]
    case ..<0x100: return big(24, 1)
    case ..<0x1_0000: return big(25, 2)
    case ..<0x1_0000_0000: return big(26, 4)
    default: return big(27, 8)
    }
  }

  static func text(_ text: String) -> [UInt8] { head(.text, UInt64(text.utf8.count)) + Array(text.utf8) }

  /// A whole number where it is one, else the shorter float that holds it exactly.
  static func number(_ value: Double) -> [UInt8] {
    if let whole = Int64(exactly: value), !(value == 0 && value.sign == .minus) {
      return whole >= 0 ? head(0, UInt64(whole)) : head(1, UInt64(-1 - whole))
    }
    let narrow = Float(value)
    if Double(narrow) == value { return [0xFA] + bigEndian(UInt64(narrow.bitPattern), 4) }
    return [0xFB] + bigEndian(value.bitPattern, 8)
  }

  private static func bigEndian(_ bits: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
  }
}
