@testable import SensorLogs

extension FuzzTarget {
  /// An SDS recording: its YAML, then its data.
  static let sds = FuzzTarget(name: "sds", maximumBytes: 4096) {
    let own = try SeedFiles.recording("imu.0.sds")
    let data = own["imu.0.sds"] ?? []
    let yaml = own["imu.sds.yml"] ?? []
    let bits = """
      sds:
        name: bits
        tick-frequency: 1000
        content:
        - value: a
          type: uint16_t:5
          scale: 0.5
          offset: -1
        - value: b
          type: int16_t:3
        - value: c
          type: float
          dim-x: 2
          dim-y: 2
      """
    let record: [UInt8] = [1, 0, 0, 0, 20, 0, 0, 0] + (0..<20).map { UInt8($0 * 11) }
    return [yaml + [UInt8].cut + data, Array(bits.utf8) + [UInt8].cut + record + [9, 0, 0, 0, 0, 0, 0, 0] + record]
  } check: { input in
    let parts = input.parts(2)
    let metadata: SDSMetadata
    do {
      metadata = try SDSMetadata(yaml: parts[0], path: "yaml", maximumChannels: 64)
    } catch { return }
    let options = LogReadOptions.fuzzing
    let limit = LogCompression.recognized(parts[1]) == nil ? parts[1].count : 1 << 19
    // Without a rate the samples of a record are spread up to the next one.
    let hasRate = metadata.sampleHz != nil || metadata.blockHz != nil
    try checkReading(parts[1], mostFrames: limit, hasOwnTimes: hasRate) { input in
      try SDSReader(ByteStream(input, options: options), metadata: metadata, label: "walk", options: options)
    }
  }

  /// Raw frames: the layout as text, then the data.
  static let raw = FuzzTarget(name: "raw", maximumBytes: 4096) {
    let texts = [
      "time:uint32[ms],acc:int16[g]*0.001,t:int16[degC]*0.1-273.15,label:uint8,skip:1,segment:int16",
      "a:float32,b:int24,c:uint64,time:float64[s]", "a:uint8",
    ]
    return texts.enumerated().map { index, text in
      [UInt8(index * 3)] + Array(text.utf8) + [UInt8].cut + (0..<64).map { UInt8(truncatingIfNeeded: $0 * $0) }
    }
  } check: { input in
    let (choice, rest) = input.choiceAndRest
    let parts = rest.parts(2)
    let layout: RawLayout
    do {
      layout = try RawLayout(
        text: String(decoding: parts[0], as: UTF8.self), byteOrder: choice & 1 == 0 ? .little : .big,
        headerBytes: choice & 2 == 0 ? 0 : 7, rateHz: choice & 4 == 0 ? nil : 100)
    } catch { return }
    try require(layout.mistake == nil, "a layout with a mistake is taken: \(layout.mistake as Any)")
    var options = LogReadOptions.fuzzing
    options.rawLayout = layout
    let isPlain = LogCompression.recognized(parts[1]) == nil
    let reading = try checkReading(parts[1], mostFrames: isPlain ? parts[1].count : 1 << 19) { input in
      try SensorLog.open(input, options: options)
    }
    guard isPlain, reading.refusal == nil else { return }
    let (whole, left) = (parts[1].count - layout.headerBytes).quotientAndRemainder(dividingBy: layout.frameBytes)
    try require(
      reading.frames.count + reading.counters.lostRows == whole + (left > 0 ? 1 : 0),
      "\(reading.frames.count) frames and \(reading.counters.lostRows) lost ones of \(whole), \(left) bytes left")
  }

  static let edgeImpulseJSON = edgeImpulse("edge-impulse-json", "a.json")
  static let edgeImpulseCBOR = edgeImpulse("edge-impulse-cbor", "a.cbor")

  private static func edgeImpulse(_ name: String, _ file: String) -> FuzzTarget {
    FuzzTarget(name: name, maximumBytes: 4096) {
      let signed = try SeedFiles.file(file) { $0.signingKey = "key" }
      let late =
        "{\"payload\":{\"values\":[[1,null],[2],3,[4,\"x\",{}]],\"sensors\":[{\"name\":\"a\",\"units\":\"g\"},"
        + "{\"name\":\"b\"}],\"interval_ms\":2.5,\"device_type\":\"d\"},\"signature\":\"0\"}"
      return [[0] + (try SeedFiles.file(file)), [1] + signed, [0] + Array(late.utf8)]
    } check: { input in
      let (choice, bytes) = input.choiceAndRest
      var options = LogReadOptions.fuzzing
      options.format = .edgeImpulse
      if choice & 1 != 0 { options.signingKey = "key" }
      let limit = LogCompression.recognized(bytes) == nil ? bytes.count : 1 << 19
      try checkReading(bytes, mostFrames: limit) { input in try SensorLog.open(input, options: options) }
    }
  }

  /// EDF and BDF with their plus forms.
  static let edf = FuzzTarget(name: "edf", maximumBytes: 8192) {
    try ["a.edf", "a.bdf"].map { try SeedFiles.file($0, frames: 60) }
  } check: { input in
    var options = LogReadOptions.fuzzing
    options.format = .edf
    let isPlain = LogCompression.recognized(input) == nil
    try checkReading(input, mostFrames: isPlain ? input.count : 1 << 19) { input in
      try SensorLog.open(input, options: options)
    }
  }
}
